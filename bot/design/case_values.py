"""What may stand in an e2e case: the caller's acts, the checks and a fixture's values, each with an example."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.design.cases import Does
from bot.design.findings import At
from bot.design.sources import Design
from bot.errors import ScriptError
from bot.ports import Trouble
from bot.replies import Expect, HungUp, Hypothesis, Keys, NoInput, Outcome, Utterance
from bot.reset.phone import national_form

FIXTURE_KEYS: Final = ("caller", "accounts", "failed_attempts", "accounts_away", "bot", "steps")
_RASAS_INTENTS: Final = ("nlu_fallback",)
_CODE: Final = re.compile(r"[0-9]{4,20}")


@dataclass(frozen=True, slots=True)
class Value:
    """A kind of value: what belongs to it, and one that does."""

    fits: Callable[[Any], bool]
    example: str

    def check(self, at: At, key: str, value: Any) -> None:
        """Raises ScriptError: it does not fit."""
        if not self.fits(value):
            fail(at, f"{key} không hợp lệ: {value!r}. Ví dụ: {self.example}")


def fail(at: At, problem: str) -> NoReturn:
    raise ScriptError(f"{at}: {problem}")


def checks_of(design: Design) -> dict[str, Value]:
    """Everything that can be checked after a move. Values of slots are looked at by themselves."""
    responses = [name for each in design.variations for name in (each.response, each.prompt_id)]
    outcomes = [each.value for each in Outcome]
    return {
        "utter": Value(lambda one: one in responses, "utter: utter_greeting (xem: nhanh8 prompts list)"),
        "bot": Value(_is_text, "bot: Xin cảm ơn và chào quý khách."),
        "slot_was_set": Value(_is_text, ""),
        "slot_was_not_set": Value(_is_text, ""),
        "intent": _one_of("intent", (*sorted(design.intents), *_RASAS_INTENTS)),
        "expect": _one_of("expect", [each.value for each in Expect]),
        "reads": Value(
            lambda one: one is None or _is_digits(one), 'reads: "0123" (luôn đặt trong dấu nháy), hoặc null'
        ),
        "digits_wanted": Value(lambda one: one is None or _is_count(one), "digits_wanted: 3, hoặc null"),
        "outcome": Value(
            lambda one: one is None or one in outcomes,
            f"outcome: reset, hoặc null khi cuộc gọi còn tiếp (có thể: {', '.join(outcomes)})",
        ),
    }


def slot_value(design: Design, at: At, name: Any, wanted: Any) -> tuple[str, Any]:
    """A slot's name and the value that it should have, None for any. Raises ScriptError."""
    slot = design.slots.get(name) if isinstance(name, str) else None
    if slot is None:
        fail(at, f"không có slot {name!r}. Có thể dùng: {', '.join(design.slots)}.")
    if slot.get("type") in ("text", "categorical") and not isinstance(wanted, (str, type(None))):
        fail(at, f'slot {name} là chữ: đặt giá trị trong dấu nháy, ví dụ {name}: "0123456789".')
    return str(name), wanted


def fixture_value(at: At, key: str, value: Any) -> Any:
    """What a fixture's `caller`, `accounts`, `failed_attempts` or `accounts_away` sets. Raises ScriptError."""
    if key == "caller":
        return None if value is None else _phone(at, value)
    if key == "accounts":
        return _accounts(at, value)
    kind = {"failed_attempts": Value(_is_count, "failed_attempts: 5"), "accounts_away": Value(_is_true, f"{key}: true")}
    kind[key].check(at, key, value)
    return value


def _accounts(at: At, value: Any) -> dict[str, str]:
    if not isinstance(value, CommentedMap):
        fail(at, 'accounts: cần mã số và số điện thoại, ví dụ: {"0123456789": "0912345678"}; {} là không có ai.')
    for code in value:
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            fail(at, f'accounts: {code!r} không phải mã số trong dấu nháy, ví dụ "0123456789".')
    return {code: _phone(at, phone) for code, phone in value.items()}


def _phone(at: At, value: Any) -> str:
    number = national_form(value) if isinstance(value, str) else None
    if number is None:
        fail(at, f'{value!r} không phải số điện thoại Việt Nam trong dấu nháy. Ví dụ: "0912345678".')
    return number


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_true(value: Any) -> bool:
    return value is True


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]+", value) is not None


def _is_keys(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9*]+#?|#", value) is not None


def _is_heard(value: Any) -> bool:
    """A text, the n-best, or the n-best with the confidence of each."""
    if isinstance(value, CommentedMap):
        return bool(value) and all(isinstance(one, (int, float)) and 0 <= one <= 1 for one in value.values())
    return isinstance(value, str) or (isinstance(value, CommentedSeq) and all(isinstance(one, str) for one in value))


def _hypotheses(value: Any) -> Utterance:
    if isinstance(value, CommentedMap):
        return Utterance(tuple(Hypothesis(str(text), float(share)) for text, share in value.items()))
    return Utterance(tuple(map(Hypothesis, [value] if isinstance(value, str) else value)))


def _one_of(key: str, values: Sequence[str]) -> Value:
    return Value(lambda value: value in values, f"{key}: {values[0]} (có thể: {', '.join(values)})")


ACTS: Final[Mapping[str, tuple[Value, Callable[[Any], Does]]]] = {
    "user": (
        Value(_is_text, "user: cấp lại mật khẩu"),
        lambda text: Utterance((Hypothesis(text.strip().lower()),)),
    ),
    "heard": (Value(_is_heard, "heard: {không một: 0.6, không mốt: 0.4}"), _hypotheses),
    "keys": (
        Value(_is_keys, 'keys: "0123456789" (luôn đặt trong dấu nháy)'),
        lambda keys: Keys(keys.rstrip("#")),
    ),
    "silence": (Value(_is_true, "silence: true"), lambda _: NoInput()),
    "hang_up": (Value(_is_true, "hang_up: true"), lambda _: HungUp()),
    "trouble": (_one_of("trouble", [each.value for each in Trouble]), Trouble),
}
