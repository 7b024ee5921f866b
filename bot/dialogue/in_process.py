"""Rasa's two outer ends without a network: actions that run in this process, and a channel that collects messages."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor


class InProcessActions(EndpointConfig):
    """Stands where Rasa expects an action server and runs the action at once.

    Rasa goes on when an action fails, as if it had done nothing; `failed` has the calls in which that happened.
    """

    def __init__(self, actions: list[Any]) -> None:
        super().__init__(url="in-process")
        self.failed: set[str] = set()
        self._executor = ActionExecutor()
        for action in actions:
            self._executor.register_action(action)

    async def request(self, method: str = "post", **request: Any) -> Any:
        """What an action server would answer to `request["json"]`."""
        try:
            return await self._executor.run(request["json"])
        except Exception:
            self.failed.add(request["json"]["sender_id"])
            raise


def trust_answers() -> None:
    """Let Rasa take an action's answer without its JSON schema, for all agents of this process.

    Rasa checks the schema itself anew for each answer: four fifths of the time of a turn, where no stranger answers.
    """
    RemoteAction._validate_action_result = lambda _action, _answer: True


class CollectingChannel(OutputChannel):
    """Keeps a turn's messages whole."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return "phone"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(message)
