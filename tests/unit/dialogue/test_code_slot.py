"""What an answer does to the code heard so far."""

from __future__ import annotations

import pytest

from bot.dialogue.code_slot import CodeHeard, Notice, hear_code, key_code
from bot.dialogue.posterior import CodePosterior
from bot.replies import Hypothesis

CODE = "0123456789"
SPOKEN = "không một hai ba bốn năm sáu bảy tám chín"
CALLER = "0912345678"


def heard(partial: str, *texts: str, lengths: tuple[int, ...] = (10,), correcting: bool = False) -> CodeHeard:
    hypotheses = [Hypothesis(text) for text in texts]
    return hear_code(partial, hypotheses, lengths=lengths, caller=CALLER, correcting=correcting)


def keyed(partial: str, keys: str, lengths: tuple[int, ...] = (10,)) -> CodeHeard:
    return key_code(partial, keys, lengths=lengths, caller=CALLER)


@pytest.mark.parametrize(
    ("partial", "text", "expected"),
    [
        ("", SPOKEN, CodeHeard(code=CODE)),
        ("", "không một hai", CodeHeard(partial="012", notice=Notice.PARTIAL)),
        ("012", "ba bốn năm", CodeHeard(partial="012345", notice=Notice.PARTIAL)),
        ("012345", "sáu bảy tám chín", CodeHeard(code=CODE)),
        ("012345", SPOKEN, CodeHeard(code=CODE)),  # read anew without saying so
        ("012", "em đọc lại từ đầu bảy tám", CodeHeard(partial="78", notice=Notice.PARTIAL)),
        ("012", "đọc lại từ đầu", CodeHeard(notice=Notice.RESTARTED)),
        ("012", "hết rồi ạ", CodeHeard(partial="012", notice=Notice.SHORT)),
        ("", "không một hai hết rồi", CodeHeard(partial="012", notice=Notice.SHORT)),
        ("012", "à nhầm", CodeHeard(partial="012", notice=Notice.CORRECTING)),
        ("", "không một hai à nhầm", CodeHeard(partial="012", notice=Notice.CORRECTING)),
        ("013", "à nhầm hai", CodeHeard(partial="012", notice=Notice.PARTIAL)),
        ("012", "", CodeHeard(partial="012", notice=Notice.SHORT)),
        ("", "", CodeHeard()),
        ("", "con ơi mở cửa", CodeHeard()),
        ("012345", "sáu bảy tám chín một", CodeHeard(notice=Notice.LONG)),
        ("", "không một hai ba bốn năm sáu bảy tám chín một", CodeHeard(notice=Notice.LONG)),
        ("", "không không một một chín chín không không không một hai ba", CodeHeard(notice=Notice.CITIZEN_ID)),
        ("00119900", "không một hai ba", CodeHeard(notice=Notice.CITIZEN_ID)),
        ("", "gờ đê bốn bảy chín", CodeHeard(notice=Notice.INSURANCE_CARD)),
        ("479", SPOKEN, CodeHeard(code=CODE)),
        ("", "không chín một hai ba bốn năm sáu bảy tám", CodeHeard(notice=Notice.PHONE_NUMBER)),
        ("09123", "bốn năm sáu bảy tám", CodeHeard(notice=Notice.PHONE_NUMBER)),
        ("", "hai số không", CodeHeard(partial="", notice=Notice.AMBIGUOUS)),
        ("012", "hai số không", CodeHeard(partial="012", notice=Notice.AMBIGUOUS)),
        ("", "không một hai ba bốn năm sáu ba số không", CodeHeard(code="0123456000")),  # 30 would be short
    ],
)
def test_a_spoken_answer(partial: str, text: str, expected: CodeHeard) -> None:
    assert heard(partial, text) == expected


@pytest.mark.parametrize(
    ("partial", "text", "expected"),
    [
        ("0124", "ba", CodeHeard(partial="0123", notice=Notice.PARTIAL)),
        ("0124", "ba bốn năm sáu bảy tám chín", CodeHeard(code=CODE)),
        ("0124", "ba bốn năm", CodeHeard(partial="012345", notice=Notice.PARTIAL)),
    ],
)
def test_digits_after_a_correction_word_replace_the_last_one(partial: str, text: str, expected: CodeHeard) -> None:
    assert heard(partial, text, correcting=True) == expected


def test_a_later_hypothesis_that_completes_the_code_is_taken() -> None:
    assert heard("", "không một hai ba bốn năm sáu bảy tám", SPOKEN) == CodeHeard(code=CODE)
    assert heard("", "không một hai", "không một hai ba") == CodeHeard(partial="012", notice=Notice.PARTIAL)


def test_the_longer_code_is_taken_where_both_lengths_are_in_use() -> None:
    twelve = "không không một một chín chín không không không một hai ba"
    assert heard("", twelve, lengths=(10, 12)) == CodeHeard(code="001199000123")
    assert heard("", SPOKEN, lengths=(10, 12)) == CodeHeard(code=CODE)


@pytest.mark.parametrize(
    ("partial", "n_best", "digits"),
    [
        ("", {SPOKEN: 0.75, SPOKEN.replace("ba", "bảy"): 0.25}, (1.0,) * 3 + (0.75,) + (1.0,) * 6),
        ("0123", {"bốn năm sáu bảy tám chín": 0.75, "bốn năm sáu bảy tám tám": 0.25}, (1.0,) * 9 + (0.75,)),
        ("0123", {"bốn năm sáu bảy tám chín": 0.75, "bốn năm sáu bảy tám": 0.25}, (1.0,) * 10),
        ("", {SPOKEN: None}, None),
    ],
)
def test_a_code_has_the_posterior_of_its_n_best(
    partial: str, n_best: dict[str, float | None], digits: tuple[float, ...] | None
) -> None:
    hypotheses = [Hypothesis(text, confidence) for text, confidence in n_best.items()]
    posterior = hear_code(partial, hypotheses, lengths=(10,), caller=CALLER).posterior
    assert posterior == (CodePosterior(0.75, digits) if digits else None)


@pytest.mark.parametrize(
    ("partial", "keys", "expected"),
    [
        ("", CODE, CodeHeard(code=CODE)),
        ("", "0123", CodeHeard(partial="0123", notice=Notice.SHORT)),
        ("0123", "456789", CodeHeard(code=CODE)),
        ("0123", CODE, CodeHeard(code=CODE)),
        ("0123", "*" + CODE, CodeHeard(code=CODE)),
        ("0123", "99*45", CodeHeard(partial="45", notice=Notice.SHORT)),
        ("0123", "*", CodeHeard(notice=Notice.RESTARTED)),
        ("0123", "45*", CodeHeard(notice=Notice.RESTARTED)),
        ("", "", CodeHeard()),
        ("0123", "", CodeHeard(partial="0123", notice=Notice.SHORT)),
        ("", "01234567891", CodeHeard(notice=Notice.LONG)),
        ("", CALLER, CodeHeard(notice=Notice.PHONE_NUMBER)),
        ("", "001199000123", CodeHeard(notice=Notice.CITIZEN_ID)),
        ("", "4790123456789", CodeHeard(notice=Notice.INSURANCE_CARD)),
    ],
)
def test_keys(partial: str, keys: str, expected: CodeHeard) -> None:
    assert keyed(partial, keys) == expected


def test_digits_stay_out_of_its_repr() -> None:
    assert "012" not in repr(CodeHeard(code=CODE, partial="012"))
