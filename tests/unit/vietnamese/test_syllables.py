"""Words of the bot and of Vietnamese spelling, and their sound units."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from bot.vietnamese.syllables import INVENTORY, UNIT_ID, UNITS, all_syllables, sounds, units
from bot.vietnamese.text import normalise

PROJECT = Path(__file__).parents[3]
# Spoken as several words ("a lô", "vi ét ét ai đi"); one entry of the lexicon is one syllable.
NOT_ONE_SYLLABLE = {"alo", "cccd", "email", "id", "ok", "otp", "reset", "vneid", "vss", "vssid"}
SYLLABLES = frozenset(all_syllables())


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("không", "o_kh r_ông1"),
        ("bẩy", "o_b r_ây3"),
        ("một", "o_m r_ôt6"),
        ("nghìn", "o_ng r_in2"),
        ("ngàn", "o_ng r_an2"),
        ("ghi", "o_g r_i1"),
        ("gà", "o_g r_a2"),
        ("kẻ", "o_c r_e3"),
        ("qua", "o_c r_oa1"),
        ("quý", "o_c r_uy5"),
        ("quí", "o_c r_uy5"),
        ("quốc", "o_c r_uôc5"),
        ("cuốc", "o_c r_uôc5"),
        ("gì", "o_z r_i2"),
        ("dì", "o_z r_i2"),
        ("giếng", "o_z r_iêng5"),
        ("giê", "o_z r_ê1"),
        ("giữa", "o_z r_ưa4"),
        ("kỹ", "o_c r_i4"),
        ("kĩ", "o_c r_i4"),
        ("ý", "o_q0 r_i5"),
        ("yêu", "o_q0 r_iêu1"),
        ("hòa", "o_h r_oa2"),
        ("hoà", "o_h r_oa2"),
        ("ĐÚNG", "o_đ r_ung5"),
        ("khuỷu", "o_kh r_uyu3"),
        ("pass", "o_p r_at5"),
    ],
)
def test_a_word_is_an_onset_and_a_toned_rime(word: str, expected: str) -> None:
    assert " ".join(units(word)) == expected
    assert units(unicodedata.normalize("NFD", word)) == units(word)


@pytest.mark.parametrize("word", ["", "vssid", "mat", "mạtt", "ngh", "b", "bà̀", "hai ba", "kràng", "[unk]"])
def test_what_is_no_syllable_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="not a Vietnamese syllable"):
        units(word)


def test_units_are_a_fixed_list_without_doubles_and_all_of_them_occur() -> None:
    assert len(set(UNITS)) == len(UNITS) == 745
    assert UNIT_ID[UNITS[0]] == 1
    assert UNIT_ID[UNITS[-1]] == len(UNITS)
    assert {unit for word in SYLLABLES for unit in units(word)} == set(UNITS)
    assert [unit[0] for unit in UNITS] == sorted(unit[0] for unit in UNITS)


def test_stops_have_two_tones() -> None:
    assert {unit[-1] for unit in UNITS if unit[:-1].endswith(("p", "t", "c", "ch")) and unit.startswith("r_")} == {
        "5",
        "6",
    }


def test_there_are_all_syllables_once_in_their_one_spelling() -> None:
    assert 12_000 < len(SYLLABLES) < 20_000
    assert len(all_syllables()) == len(SYLLABLES)
    assert all(unicodedata.normalize("NFC", word) == word for word in SYLLABLES)
    assert {"thủy", "hòa", "quỵt", "nghệ", "kỷ", "lý", "lí", "buýt", "xoong", "gìn", "giặt"} <= SYLLABLES
    assert not {"thuỷ", "hoà", "ca2", "ngi", "cê", "gê", "kà"} & SYLLABLES


def test_texts_that_the_bot_normalises_are_found() -> None:
    assert [word for word in SYLLABLES if normalise(word) != word] == []


def test_every_word_that_the_bot_listens_for_is_in_the_lexicon() -> None:
    texts = [file.read_text("utf-8") for file in (PROJECT / "nlu_data" / "nlu").glob("*.yml")]
    examples = [line for text in texts for line in text.splitlines() if line.lstrip().startswith("- ")]
    spoken = [re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line.split("- ", 1)[1]) for line in examples]
    plain = [line for line in spoken if not re.search(r"[\d\[]|intent:|synonym:|lookup:|regex:", line)]
    grammar = (PROJECT / "bot" / "asr" / "grammars.py").read_text("utf-8")
    said = re.findall(r'"([^"\[\]\\{}_=*]+)"', grammar.split("_NUMBER_INTENTS")[0].split("DIGITS:", 1)[1])
    words = {word for line in (*plain, *said) for word in re.findall(r"[^\W\d_]+", line.lower())}
    assert len(words) > 300
    assert sorted(words - SYLLABLES - NOT_ONE_SYLLABLE) == []


@pytest.mark.parametrize(
    ("word", "medial", "nucleus", "coda", "tone"),
    [
        ("khách", "", "a", "ch", "5"),
        ("quý", "u", "i", "", "5"),
        ("xuyên", "u", "iê", "n", "1"),
        ("hoài", "o", "a", "i", "2"),
        ("người", "", "ươ", "i", "2"),
        ("của", "", "ua", "", "3"),
        ("yêu", "", "iê", "u", "1"),
        ("ạ", "", "a", "", "6"),
    ],
)
def test_a_syllable_taken_apart(word: str, medial: str, nucleus: str, coda: str, tone: str) -> None:
    apart = sounds(word)
    assert (apart.medial, apart.nucleus, apart.coda, apart.tone) == (medial, nucleus, coda, tone)


def test_every_syllable_has_sounds_of_the_inventory() -> None:
    for word in SYLLABLES:
        apart = sounds(word)
        assert all(getattr(apart, part) in known for part, known in INVENTORY.items())
