"""Every syllable that Vietnamese can write, and the two sound units of each: an onset and a toned rime.

A syllable is one written word. Its onset unit is `o_` and a consonant (`o_q0` where none is written); its rime unit is
`r_`, the vowels with the coda, and a tone: 1 level, 2 huyền, 3 hỏi, 4 ngã, 5 sắc, 6 nặng. The glide of "qua" and "hoa"
belongs to the rime, so "qua" is `o_c r_oa1`. The rimes are those of the spelling rules, with the rare glide rimes of
"quạu", "quào", "ngoẻo", "quặp", "khuỷu".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_TONES: Final[Mapping[str, int]] = {"\u0300": 2, "\u0309": 3, "\u0303": 4, "\u0301": 5, "\u0323": 6}
_MARKS: Final[Mapping[int, str]] = {1: "", **{tone: mark for mark, tone in _TONES.items()}}
_SHAPED: Final = "ăâêôơư"  # vowels that carry the tone wherever they stand

# Written onset -> unit, longest first; "gi" and "qu" are read by `_split`.
_ONSETS: Final[Mapping[str, str]] = {
    **{"ngh": "ng", "ng": "ng", "nh": "nh", "ch": "ch", "tr": "tr", "th": "th", "ph": "ph", "kh": "kh", "gh": "g"},
    **{onset: onset for onset in "bcđghlmnprstvx"},
    **{"k": "c", "d": "z"},
}
_ONSET_UNITS: Final = ("q0", *sorted({*_ONSETS.values()}))

_PLAIN_RIMES: Final = (
    *("a", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "ia", "ua", "ưa"),
    *("ai", "ay", "ây", "oi", "ôi", "ơi", "ui", "ưi", "uôi", "ươi"),
    *("ao", "eo", "au", "âu", "êu", "iu", "ưu", "iêu", "ươu"),
    *("am", "ăm", "âm", "em", "êm", "im", "om", "ôm", "ơm", "um", "ưm", "iêm", "uôm", "ươm"),
    *("an", "ăn", "ân", "en", "ên", "in", "on", "ôn", "ơn", "un", "iên", "uôn", "ươn"),
    *("ang", "ăng", "âng", "eng", "ong", "ông", "ung", "ưng", "iêng", "uông", "ương", "anh", "ênh", "inh"),
    *("ap", "ăp", "âp", "ep", "êp", "ip", "op", "ôp", "ơp", "up", "iêp", "ươp"),
    *("at", "ăt", "ât", "et", "êt", "it", "ot", "ôt", "ơt", "ut", "ưt", "iêt", "uôt", "ươt"),
    *("ac", "ăc", "âc", "ec", "oc", "ôc", "uc", "ưc", "iêc", "uôc", "ươc", "ach", "êch", "ich"),
)
_GLIDE_RIMES: Final = (
    *("oa", "oe", "uê", "uy", "uơ", "oai", "oay", "oao", "oau", "oeo", "uây", "uêu", "uya", "uyu"),
    *("oam", "oăm", "oem", "oan", "oăn", "oen", "uân", "uên", "uyn", "uyên"),
    *("oang", "oăng", "uâng", "oanh", "uênh", "uynh"),
    *("oap", "oăp", "uyp", "oat", "oăt", "oet", "uât", "uêt", "uyt", "uyêt"),
    *("oac", "oăc", "oach", "uêch", "uych"),
)
_RIMES: Final = frozenset({*_PLAIN_RIMES, *_GLIDE_RIMES})
_LONG_O: Final[Mapping[str, str]] = {"oong": "ong", "ooc": "oc"}  # loans too rare to train a rime of their own
_LONG_O_ONSETS: Final = ("b", "c", "l", "m", "s", "x")
_LABIALS: Final = frozenset({"b", "m", "p", "ph", "v"})
_LABIAL_GLIDES: Final = frozenset({"oa", "oan", "oay", "oet", "uy", "uyt"})  # only in loans: "voan", "phuy", "xe buýt"
_Y_FOR_I: Final = frozenset({"", "h", "k", "l", "m", "s", "t", "v"})  # onsets that write their open "i" with "y" too
_STOPS: Final = ("p", "t", "c", "ch")

# One-syllable foreign words, as Vietnamese callers say them. Words of two syllables are two words: "giê rô", "a lô".
LOANS: Final[Mapping[str, str]] = {"app": "áp", "bye": "bai", "ka": "ca", "pass": "pát", "yes": "dét"}


def units(word: str) -> tuple[str, str]:
    """The onset and the toned rime unit of one written syllable; letter case, tone place and i/y do not matter.

    Raises:
        ValueError: the word is no Vietnamese syllable, or has a tone that its coda excludes.
    """
    lower = unicodedata.normalize("NFC", word).lower()
    marks = unicodedata.normalize("NFD", LOANS.get(lower, lower))
    tones = [_TONES[mark] for mark in marks if mark in _TONES]
    onset, rime = _split(unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES)))
    tone = tones[0] if tones else 1
    if rime not in _RIMES or len(tones) > 1 or tone not in _tones(rime):
        raise ValueError(f"{word!r} is not a Vietnamese syllable")
    return f"o_{onset}", f"r_{rime}{tone}"


def speakable(text: str) -> bool:
    """Whether a label is Vietnamese words that have units; an empty one is not."""
    try:
        return bool([units(word) for word in text.split()])
    except ValueError:
        return False


def all_syllables() -> list[str]:
    """All syllables that the spelling rules allow (NFC, sorted), tones as in "hòa, thủy", and `LOANS`."""
    toned = {
        _with_tone(onset, rime, tone)
        for unit in _ONSET_UNITS
        for sound in (*_PLAIN_RIMES, *_GLIDE_RIMES)
        if unit not in _LABIALS or sound in _PLAIN_RIMES or sound in _LABIAL_GLIDES
        for onset, rime in _spellings(unit, sound)
        for tone in _tones(sound)
    }
    long_o = {_with_tone(onset, rime, tone) for onset in _LONG_O_ONSETS for rime in _LONG_O for tone in _tones(rime)}
    return sorted(toned | long_o | set(LOANS))


def _split(plain: str) -> tuple[str, str]:
    """Onset unit and rime of a syllable without its tone."""
    if plain.startswith("qu"):
        return "c", _after_qu(plain[2:])
    if plain.startswith("gi"):
        return "z", _after_gi(plain[2:])
    written = next((onset for onset in _ONSETS if plain.startswith(onset)), "")
    rime = plain.removeprefix(written)
    if rime == "y" or rime.startswith("yê"):
        rime = "i" + rime[1:]
    return _ONSETS.get(written, "q0"), _LONG_O.get(rime, rime)


def _after_qu(rest: str) -> str:
    if rest.startswith("i"):
        return "uy" + rest[1:]
    return ("o" if rest[:1] in ("a", "ă", "e") else "u") + rest


def _after_gi(rest: str) -> str:
    """ "gì" and "gìn" share one i between onset and rime, and so does "giếng" (its ê is never without i)."""
    if rest == "" or rest[0] not in "aăâeêioôơuưy" or (rest[0] == "ê" and len(rest) > 1):
        return "i" + rest
    return rest


def _spellings(unit: str, rime: str) -> Iterator[tuple[str, str]]:
    """The written forms (onset, rime) of a sound."""
    front = rime[0] in "ieê"
    if unit == "c" and rime in _GLIDE_RIMES:
        if rime not in ("uya", "uyu"):
            yield "qu", rime[1:]
        if rime == "uy" or (rime.startswith("uy") and rime[2:] == "t"):
            yield "qu", "i" + rime[2:]
    elif unit == "c":
        yield from _with_y("k" if front else "c", rime)
        if rime == "uôc":
            yield "qu", "ôc"
    elif unit in ("g", "ng"):
        yield f"{unit}h" if front else unit, rime
    elif unit == "z":
        yield "d", rime
        yield from _with_gi(rime)
    elif unit == "q0":
        yield from _with_y("", "y" + rime[1:] if rime.startswith("iê") else rime)
    else:
        yield from _with_y(unit, rime)


def _with_y(onset: str, rime: str) -> Iterator[tuple[str, str]]:
    yield onset, rime
    if rime == "i" and onset in _Y_FOR_I:
        yield onset, "y"


def _with_gi(rime: str) -> Iterator[tuple[str, str]]:
    if rime in ("ia", "iu"):
        return  # would be read as "gia", "giu"
    if rime.startswith("i"):
        yield "g", rime
    elif rime == "ê" or rime[0] != "ê":
        yield "gi", rime


def _tones(rime: str) -> tuple[int, ...]:
    return (5, 6) if rime.endswith(_STOPS) else (1, 2, 3, 4, 5, 6)


def _with_tone(onset: str, rime: str, tone: int) -> str:
    """The syllable with its tone mark where the older spelling has it: hòa, hoàn, thủy, quý, giá."""
    vowels = len(rime.rstrip("cghmnpt"))
    shaped = [at for at in range(vowels) if rime[at] in _SHAPED]
    if shaped:
        at = shaped[-1]
    elif vowels < len(rime):
        at = vowels - 1
    else:
        at = 1 if vowels == 3 else 0
    return unicodedata.normalize("NFC", onset + rime[: at + 1] + _MARKS[tone] + rime[at + 1 :])


# All onsets, then all toned rimes. The network's output 0 is the CTC blank, output n + 1 is UNITS[n].
UNITS: Final[tuple[str, ...]] = (
    *(f"o_{onset}" for onset in _ONSET_UNITS),
    *(f"r_{rime}{tone}" for rime in (*_PLAIN_RIMES, *_GLIDE_RIMES) for tone in _tones(rime)),
)
UNIT_ID: Final[Mapping[str, int]] = {unit: number for number, unit in enumerate(UNITS, start=1)}


@dataclass(frozen=True, slots=True)
class Sounds:
    """One syllable taken apart: `oan2` is medial "o", nucleus "a", coda "n", tone 2. Empty where it has none.

    `rime` is the toneless rime, `onset` a unit's name without its `o_`.
    """

    onset: str
    medial: str
    nucleus: str
    coda: str
    rime: str
    tone: str


def sounds(word: str) -> Sounds:
    """The sounds of one written syllable. Raises ValueError as `units` does."""
    onset, toned = units(word)
    return _apart(onset[2:], toned[2:-1], toned[-1])


def _apart(onset: str, rime: str, tone: str) -> Sounds:
    medial = rime[0] if rime in _GLIDE_RIMES else ""
    vowels = rime[len(medial) :].rstrip("cghmnpt")
    coda = rime[len(medial) + len(vowels) :]
    nucleus = f"i{vowels[1:]}" if medial and vowels.startswith("y") else vowels
    if not coda and len(nucleus) > 1 and nucleus[-1] in "iyou":
        nucleus, coda = nucleus[:-1], nucleus[-1]
    return Sounds(onset, medial, nucleus, coda, rime, tone)


_ALL_SOUNDS: Final = tuple(
    _apart(onset, rime, str(tone))
    for onset in _ONSET_UNITS
    for rime in (*_PLAIN_RIMES, *_GLIDE_RIMES)
    for tone in _tones(rime)
)
# What each part of `Sounds` can be, sorted.
INVENTORY: Final[Mapping[str, tuple[str, ...]]] = {
    part: tuple(sorted({getattr(each, part) for each in _ALL_SOUNDS}))
    for part in ("onset", "medial", "nucleus", "coda", "rime", "tone")
}
