"""An NLU component: who reads out digits gives no command, whatever else the sentence sounds like."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.vietnamese.digits import hear_digits

GIVE_CODE = "give_code"
_SHORT = 3  # words: "dạ năm ạ"
_ANSWERS = frozenset({GIVE_CODE, "correct_code", "affirm", "deny"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DigitIntent(GraphComponent, IntentClassifier):
    """Last in the pipeline. Digits outweigh a command or a question ("em đọc lại từ đầu: không một hai ba"), which
    would keep them from the code's slot; an answer that may hold digits stays as it was classified.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DigitIntent:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            intent = (message.get(INTENT) or {}).get("name")
            if intent not in _ANSWERS and is_number(message.get(TEXT) or ""):
                message.set(INTENT, {"name": GIVE_CODE, "confidence": 1.0}, add_to_output=True)
        return messages


def is_number(text: str) -> bool:
    """Whether a text has more digits than words that belong to no number; one digit stands among few words."""
    if text.startswith("/"):  # a machine's event
        return False
    heard = hear_digits(text)
    enough = 1 if len(text.split()) <= _SHORT else 2
    return len(heard.digits) >= max(enough, len(heard.rest) + 1)
