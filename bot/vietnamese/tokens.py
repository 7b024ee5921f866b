"""A caller's words cut into what each does: numerals, corrections, new starts, letters, and padding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.vietnamese.lexicon import (
    DIGIT_OF,
    LONGEST_PHRASE,
    LOOKALIKES,
    PAIR,
    PHRASES,
    SCALES,
    SKIPPED_TENS,
    SOUTHERN_NO,
    TEN,
    TENS,
    Kind,
)
from bot.vietnamese.text import words

_GLUED: Final = re.compile(r"([a-zđ]{2})([0-9]+)")
_PLACES: Final = frozenset(
    {"đầu", "đầu tiên", "cuối", "cuối cùng", "giữa", "đuôi"}
    | {"tiếp", "tiếp theo", "sau", "nữa", "kế", "kế tiếp", "còn lại"}
)
_HOLDS: Final = frozenset({"có", "đủ", "gồm", "thiếu", "còn", "dư"})
_POLITE: Final = frozenset({"ạ", "dạ", "em", "anh", "chị", "ơi", "à", "cô", "chú", "bạn", "tôi", "cháu"})
_NO_MORE: Final = frozenset({Kind.CORRECT, Kind.DENY, Kind.NO, Kind.RESTART, Kind.REREAD})
_UNITS: Final = frozenset({"mốt", "lăm", "nhăm"})
_HESITATION: Final = frozenset({"ờ", "à", "ừ", "ừm", "ờm", "ưm", "ơ"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a phrase, and what it does. A letter's text is the capital letter, or a card's two."""

    kind: Kind
    text: str


def tokenise(text: str) -> list[Token]:
    """The tokens of an utterance; no word is lost, and padding stays in its place."""
    tokens = _descriptions_aside(list(_looked_up(_respelt(words(text)))))
    tokens = _hesitations_aside(_stray_numbers_aside(_lookalikes_heard(tokens)))
    return _lone_letters_aside(_opening_no(tokens))


def _respelt(heard: Sequence[str]) -> list[str]:
    """Southern "hông" as "không", and "gd4790" as "gd", "4790"."""
    respelt: list[str] = []
    for word in heard:
        glued = _GLUED.fullmatch(word)
        plain = "không" if word in SOUTHERN_NO else word
        respelt += [plain] if glued is None or (word,) in PHRASES else glued.groups()
    return respelt


def _looked_up(heard: Sequence[str]) -> Iterator[Token]:
    at = 0
    while at < len(heard):
        for length in range(min(LONGEST_PHRASE, len(heard) - at), 0, -1):
            found = PHRASES.get(tuple(heard[at : at + length]))
            if found is not None:
                yield Token(*found)
                at += length
                break
        else:
            yield _unlisted(heard[at])
            at += 1


def _unlisted(word: str) -> Token:
    if word.isascii() and word.isdigit():
        return Token(Kind.NUMBER, word)
    if len(word) == 2 and word.isascii() and word.isalpha() and not set(word) & set("aeiouy"):
        return Token(Kind.LETTER, word.upper())
    return Token(Kind.OTHER, word)


def _descriptions_aside(tokens: list[Token]) -> list[Token]:
    """Numbers that count or place digits are no digits: "số thứ hai là", "ba số cuối", "có mười số"."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        length = _description(tokens, at)
        if length:
            kept.append(Token(Kind.FILLER, " ".join(token.text for token in tokens[at : at + length])))
        else:
            kept.append(tokens[at])
        at += length or 1
    return kept


def _description(tokens: Sequence[Token], at: int) -> int:
    """How many tokens from here only describe digits; 0 if none."""
    texts = [token.text for token in tokens[at : at + 4]] + [""] * 4
    number = [_is_number(tokens, at + ahead) for ahead in range(4)]
    if texts[0] == "thứ" and (number[1] or texts[1] in ("nhất", "nhì")):
        return 3 if texts[1] in TEN and number[2] and texts[3] in ("là", "phải là") else 2
    if number[0] and texts[1] in ("số", "chữ số", "con số", "con") and texts[2] in _PLACES:
        return 3
    if texts[0] in _HOLDS and number[1] and texts[2] in ("số", "chữ số", "con số") and not number[3]:
        return 3
    return 0


def _is_number(tokens: Sequence[Token], at: int) -> bool:
    return 0 <= at < len(tokens) and tokens[at].kind is Kind.NUMBER


def _lookalikes_heard(tokens: list[Token]) -> list[Token]:
    """ "ai" is "hai" and "sau" is "sáu" between two numbers, where a recogniser slips."""
    return [
        Token(Kind.NUMBER, LOOKALIKES[token.text])
        if token.text in LOOKALIKES and _is_number(tokens, at - 1) and _is_number(tokens, at + 1)
        else token
        for at, token in enumerate(tokens)
    ]


def _stray_numbers_aside(tokens: list[Token]) -> list[Token]:
    """ "linh" or "đôi" without a digit after it, and "trăm" without one before it, are words like any other."""
    return [replace(token, kind=Kind.OTHER) if _is_stray(tokens, at) else token for at, token in enumerate(tokens)]


def _is_stray(tokens: Sequence[Token], at: int) -> bool:
    token = tokens[at]
    if token.kind is not Kind.NUMBER:
        return False
    if token.text in SKIPPED_TENS | PAIR:
        return not (_is_number(tokens, at + 1) and tokens[at + 1].text in DIGIT_OF)
    if token.text in SCALES - TEN:
        before = at - 1
        while before >= 0 and tokens[before].text in _HESITATION:
            before -= 1
        return not _is_number(tokens, before)
    return False


def _hesitations_aside(tokens: list[Token]) -> list[Token]:
    """ "chín ờ mươi mốt" is one number with a pause in it."""
    kept: list[Token] = []
    spoken = ""
    for token in tokens:
        goes_on = token.text in SCALES - {"mười"} or (token.text in _UNITS and spoken in TENS)
        if token.kind is Kind.NUMBER and goes_on:
            while kept and kept[-1].text in _HESITATION:
                kept.pop()
        if token.text not in _HESITATION:
            spoken = token.text
        kept.append(token)
    return kept


def _opening_no(tokens: list[Token]) -> list[Token]:
    """The first "không" is a no if what follows it takes something back: "không ạ, sai rồi", "không, là một hai"."""
    first = next((at for at, token in enumerate(tokens) if token.kind is not Kind.FILLER), None)
    if first is None or tokens[first] != Token(Kind.NUMBER, "không"):
        return tokens
    after = first + 1
    while after < len(tokens) and tokens[after].text in _POLITE:
        after += 1
    if after >= len(tokens):
        return tokens
    says_no = tokens[after].kind in _NO_MORE or (tokens[after].text == "là" and _is_number(tokens, after + 1))
    return [*tokens[:first], Token(Kind.NO, "không"), *tokens[first + 1 :]] if says_no else tokens


def _lone_letters_aside(tokens: list[Token]) -> list[Token]:
    """One letter by itself is a word that sounds like it; two spell something."""
    return [
        replace(token, kind=Kind.OTHER, text=token.text.lower())
        if token.kind is Kind.LETTER and len(token.text) == 1 and not _has_letter_beside(tokens, at)
        else token
        for at, token in enumerate(tokens)
    ]


def _has_letter_beside(tokens: Sequence[Token], at: int) -> bool:
    beside = tokens[max(at - 1, 0) : at] + tokens[at + 1 : at + 2]  # type: ignore[operator]
    return any(token.kind is Kind.LETTER for token in beside)
