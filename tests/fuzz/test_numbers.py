"""Whatever words a recogniser gives, the parser of numbers ends, and finds digits or none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.vietnamese.corrections import correct
from bot.vietnamese.digits import HeardDigits, hear_digits, joined
from bot.vietnamese.lexicon import PHRASES
from bot.vietnamese.numbers import NumberKind, fitting, kind
from tests.fuzz.damage import damaged_text, fuzz

WORDS = sorted({word for phrase in PHRASES for word in phrase})
SAID = "không một hai ba nhầm năm sáu bảy tám hai lần chín số thứ ba là mười hai triệu ba trăm lẻ năm nghìn"
LONG = st.lists(st.sampled_from(WORDS), max_size=200).map(" ".join)  # endless where the ways to read it multiply
TEXTS = damaged_text(SAID, *(f" {word} " for word in WORDS), " 091 ", " [unk] ", "\u0300") | LONG


@fuzz
@given(TEXTS, st.text("0123456789", max_size=15), st.booleans())
def test_any_words_after_any_digits(text: str, before: str, correcting: bool) -> None:
    heard = hear_digits(text)
    ways = joined(before, heard, correcting=correcting)
    assert all(way.isascii() and way.isdigit() for way in ways)
    for said in (heard, HeardDigits(digits="".join(ways[:1]), readings=ways)):
        assert kind(said, lengths=(10, 12), caller="0912345678") in NumberKind
        assert all(len(reading) in (10, 12) for reading in fitting(said, (10, 12)))


@fuzz
@given(TEXTS, st.text("0123456789", min_size=10, max_size=12))
def test_any_words_about_a_code(text: str, code: str) -> None:
    found = correct(code, text, groups=(4, 3, 3))
    if found is not None:
        assert all(way.isascii() and way.isdigit() for way in found.candidates)
