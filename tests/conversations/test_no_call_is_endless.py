"""Whatever callers do, in whatever order: seeded random calls through the real dialogue."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from bot.replies import Heard, Hypothesis, Keys, NoInput, Utterance
from bot.vietnamese.sayings import SpeakingStyle, say_code
from tests.conversations.scene import CALLER, CODE, CODE_SPOKEN, MAX_MISSES, Scene, Talk

SAID = (
    *("cấp lại mật khẩu", "đúng", "đúng rồi ạ", "không", "không, sai rồi", "dạ", "ờ", "hết rồi", "à nhầm", "năm"),
    *(
        "không một hai",
        "ba bốn năm sáu",
        "hai số không",
        "số thứ ba là năm",
        "không phải chín mà là năm",
        "số cuối sai",
    ),
    *("đọc lại", "đọc lại từ đầu", "em đọc lại từ đầu không một", "phí bao nhiêu", "mã số ở đâu", "giúp tôi với"),
    *("cảm ơn", "alo", "xin chào", "dùng căn cước được không", "gờ đê bốn bảy chín", "không chín một hai ba bốn năm"),
    *("[unk]", "", "/start_call", "/press_keys", "{bhxh_code}", "xyz", "7" * 40, "không " * 60, CODE_SPOKEN),
)
PRESSED = ("", "1", "2", "8", "5", "*", "**", "0123", "456789", CODE, "*" + CODE, CALLER, "001199000123", "9" * 30)
NOT_UNDERSTOOD: tuple[Heard, ...] = (
    NoInput(),
    *(Utterance((Hypothesis(text),)) for text in ("", "[unk]", "[unk] [unk]", "xyz", "ờ", "à ừm")),
    Utterance(()),
)
DOUBTED = Utterance((Hypothesis("không một hai ba bốn năm sáu bảy tám năm", 0.5), Hypothesis(CODE_SPOKEN, 0.5)))
STATES: dict[str, tuple[str | Utterance, ...]] = {
    "menu": (),
    "code": ("cấp lại mật khẩu",),
    "part of the code": ("cấp lại mật khẩu", "không một hai ba"),
    "confirmation": ("cấp lại mật khẩu", CODE_SPOKEN),
    "a doubt": ("cấp lại mật khẩu", DOUBTED),
    "after a no": ("cấp lại mật khẩu", CODE_SPOKEN, "sai rồi"),
}


def anything(rng: random.Random) -> Heard:
    pick = rng.random()
    if pick < 0.1:
        return NoInput()
    if pick < 0.25:
        return Keys(rng.choice(PRESSED))
    if pick < 0.35:
        digits = "".join(rng.choices("0123456789", k=rng.choice((2, 5, 10, 10, 12, 13))))
        return Utterance((Hypothesis(say_code(digits, rng, rng.choice(list(SpeakingStyle)))),))
    if pick < 0.5:
        return DOUBTED
    texts = rng.sample(SAID, rng.choice((1, 1, 1, 3)))
    return Utterance(tuple(Hypothesis(text, rng.choice((None, 1 / len(texts)))) for text in texts))


def check(talk: Talk) -> None:
    reply = talk.reply
    assert reply.says, "the bot is silent"
    assert reply.hang_up == (reply.expect.value == "nothing") == (reply.outcome is not None)
    assert not re.search(r"\d{2}", " ".join(reply.slots.values()).replace(".0", "")), "unmasked digits"
    code, partial = talk.slot("bhxh_code"), talk.slot("partial_code")
    assert code is None or re.fullmatch(r"\d{10}", str(code)), "no whole code in its slot"
    assert partial is None or re.fullmatch(r"\d{1,9}", str(partial)), "no part of a code in its slot"


@pytest.mark.parametrize("seed", range(60))
def test_any_call_goes_on_or_ends_in_order(rasa_dialogue: Callable[..., Scene], seed: int) -> None:
    rng = random.Random(seed)
    scene = rasa_dialogue()
    talk = scene.call()
    check(talk)
    for _ in range(25):
        if talk.reply.hang_up:
            break
        reads = talk.read_back if talk.reply.expect.value == "yes_no" else None
        heard = anything(rng)
        talk.turn(heard)
        check(talk)
        if talk.secret is not None and reads is not None:
            assert reads == CODE, "only the code that was read back and confirmed is checked"
        if talk.secret is not None:
            assert scene.vault.resolve(talk.secret).reveal() not in repr(talk.reply)
    talk.end()
    assert talk.id not in scene.kept_calls


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("seed", range(6))
def test_a_call_in_which_nothing_is_understood_ends(rasa_dialogue: Callable[..., Scene], state: str, seed: int) -> None:
    rng = random.Random(seed)
    talk = rasa_dialogue().call()
    for said in STATES[state]:
        talk.turn(said if isinstance(said, Utterance) else Utterance((Hypothesis(said),)))
    for _ in range(MAX_MISSES):
        assert not talk.reply.hang_up
        talk.turn(rng.choice(NOT_UNDERSTOOD))
    assert talk.prompts == ["utter_give_up"]
    talk.end()


def test_a_confirmed_code_is_the_one_that_is_checked(rasa_dialogue: Callable[..., Scene]) -> None:
    rng = random.Random(8)
    scene = rasa_dialogue()
    asked: list[str] = []
    request = scene.directory.request_reset
    scene.directory.request_reset = lambda r, limits: (asked.append(r.code), request(r, limits))[1]  # type: ignore[method-assign]
    try:
        for _ in range(40):
            code = "".join(rng.choices("123456789", k=10))
            talk = scene.call()
            talk.hear("cấp lại mật khẩu")
            talk.hear(say_code(code, rng, SpeakingStyle.SINGLES))
            talk.hear(rng.choice(("phí bao nhiêu", "đọc lại", "cảm ơn em", "có an toàn không")))
            assert talk.read_back == code
            talk.hear(rng.choice(("đúng", "dạ đúng rồi ạ", "vâng", "chính xác", "đúng rồi em")))
            assert asked[-1] == code
            talk.end()
    finally:
        del scene.directory.request_reset
