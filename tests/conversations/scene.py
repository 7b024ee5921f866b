"""Text-level calls through the real Rasa agent and the real reset service, over accounts in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bot.dialogue.actions import AnswerCall, CheckAccount, ForgetCode
from bot.dialogue.closing_form import ValidateClosingForm
from bot.dialogue.open_calls import OpenCalls
from bot.dialogue.rasa_dialogue import RasaDialogue
from bot.dialogue.reset_form import ValidateResetForm
from bot.ports import Caller
from bot.replies import DigitString, Heard, Hypothesis, Keys, NoInput, Reply, SecretRef, Utterance
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetService
from bot.reset.vault import SecretVault
from tests.contract.clocks import FixedClock
from tests.contract.directories import NO_LIMITS, InMemoryDirectory

CALLER = "0912345678"
CODE = "0123456789"
CODE_SPOKEN = "không một hai ba bốn năm sáu bảy tám chín"
MAX_MISSES = 3
_CALL_IDS = count(1)


class PlainHasher:
    """Hashes at once: these tests are about talking."""

    def hash(self, password: str) -> str:
        return f"hash of {password}"

    def verify(self, password_hash: str, password: str) -> bool:
        return password_hash == self.hash(password)


class Scene:
    """A loaded bot. `fresh` gives it back its one account."""

    def __init__(self, model: Path) -> None:
        self.clock = FixedClock()
        self.directory = InMemoryDirectory()
        self.vault = SecretVault(self.clock, 120)
        self.service = ResetService(
            self.directory,
            PlainHasher(),
            self.vault,
            PasswordPolicy(),
            self.clock,
            limits=NO_LIMITS,
            tries=2,
        )
        calls = OpenCalls()
        actions = [
            AnswerCall(calls, branch_preselected=False),
            ValidateResetForm(
                calls,
                lengths=(len(CODE),),
                max_misses=MAX_MISSES,
                doubt_below=0.6,
                skip_read_back_above=None,
                second_factor=False,
            ),
            CheckAccount(calls, self.service, max_misses=MAX_MISSES),
            ForgetCode(),
            ValidateClosingForm(self.service, max_misses=MAX_MISSES),
        ]
        self.dialogue = RasaDialogue(model, actions, calls, code_digits=len(CODE))

    def fresh(self, accounts: Mapping[str, str] | None = None) -> Scene:
        self.directory.accounts.clear()
        self.directory.failure = None
        for code, phone in (accounts if accounts is not None else {CODE: CALLER}).items():
            self.directory.add(code, phone, PlainHasher().hash("the old one"))
        return self

    def call(self, number: str | None = CALLER) -> Talk:
        """A call that has been answered."""
        return Talk(self, number)

    @property
    def kept_calls(self) -> list[str]:
        """The calls that Rasa still remembers."""
        return list(asyncio.run(self.dialogue._trackers.keys()))


@dataclass
class Talk:
    """One call, turn by turn; `reply` is what the bot said last."""

    scene: Scene
    number: str | None
    reply: Reply = field(init=False)
    id: str = field(default_factory=lambda: f"call-{next(_CALL_IDS)}")

    def __post_init__(self) -> None:
        self._take(self.scene.dialogue.start(Caller(self.id, self.number)))

    def hear(self, *texts: str) -> Reply:
        """The caller says something; more texts are what else the recogniser may have heard."""
        return self.turn(Utterance(tuple(Hypothesis(text) for text in texts)))

    def press(self, keys: str) -> Reply:
        return self.turn(Keys(keys))

    def silence(self) -> Reply:
        return self.turn(NoInput())

    def turn(self, heard: Heard) -> Reply:
        return self._take(self.scene.dialogue.reply(self.id, heard))

    def end(self) -> None:
        asyncio.run(self.scene.dialogue.end(self.id))
        self.scene.service.end(self.id)

    def slot(self, name: str) -> object:
        """What Rasa itself remembers."""
        return asyncio.run(self.scene.dialogue.tracker(self.id)).get_slot(name)

    @property
    def prompts(self) -> list[str]:
        return [say.prompt_id for say in self.reply.says]

    @property
    def read_back(self) -> str | None:
        """The digits that the bot reads out, complete or not."""
        values = [value for say in self.reply.says for value in say.values.values()]
        return next((value.digits for value in values if isinstance(value, DigitString)), None)

    @property
    def secret(self) -> SecretRef | None:
        values = [value for say in self.reply.says for value in say.values.values()]
        return next((value for value in values if isinstance(value, SecretRef)), None)

    def _take(self, answer: Awaitable[Reply]) -> Reply:
        async def taken() -> Reply:
            return await answer

        self.reply = asyncio.run(taken())
        return self.reply
