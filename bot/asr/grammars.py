"""Which words and phrases a caller may say in each turn: digits and answers from here, commands from the NLU files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.errors import DialogueError
from bot.replies import Expect
from bot.vietnamese.speech import spoken
from bot.yaml_lines import load_yaml

UNKNOWN: Final = "[unk]"

DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
# Pairs teach the grammar's two-word statistics that any digit follows any digit.
_DIGIT_PAIRS: Final = tuple(f"{first} {second}" for first in DIGITS for second in DIGITS)
_DIGIT_VARIANTS: Final = (
    *("hông", "giê rô", "mốt", "tư", "lăm", "nhăm", "bẩy"),
    *("linh", "lẻ", "mười", "mươi", "chục", "trăm", "nghìn", "ngàn", "số", "con"),
)
_FILLERS: Final = (
    *("dạ", "ạ", "dạ vâng", "ờ", "à", "ừ", "là", "mã số", "mã số của em là", "mã số của tôi là", "mã số bảo hiểm là"),
    *("tiếp theo", "tiếp theo là", "rồi", "hết", "hết rồi"),
    *("nhầm", "à nhầm", "không phải", "xin lỗi", "sai rồi", "đọc lại", "đọc lại từ đầu"),
)
_ANSWERS: Final = (
    *("đúng", "đúng rồi", "dạ đúng", "dạ đúng rồi", "vâng", "dạ", "dạ vâng", "phải"),
    *("không", "dạ không", "không phải", "không đúng", "sai", "sai rồi", "dạ sai rồi"),
)
_WORDS: Final[Mapping[Expect, tuple[str, ...]]] = {
    Expect.MENU: (),
    Expect.CODE: (*_DIGIT_PAIRS, *_DIGIT_VARIANTS, *_FILLERS),
    Expect.YES_NO: (*_ANSWERS, *DIGITS),
    Expect.CLOSING: (*_ANSWERS,),
    Expect.NOTHING: (),
}
_NUMBER_INTENTS: Final = frozenset({"give_code", "correct_code"})
# Intents whose examples are left out of a turn; a designer's new intent is heard everywhere.
_UNHEARD: Final[Mapping[Expect, frozenset[str]]] = {
    Expect.MENU: _NUMBER_INTENTS,
    Expect.CODE: frozenset({"give_code"}),
    Expect.YES_NO: frozenset({"give_code"}),
    Expect.CLOSING: _NUMBER_INTENTS,
    Expect.NOTHING: frozenset(),
}

_ENTITY: Final = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_WORD: Final = re.compile(r"[^\W\d_]+")


class Grammars:
    """The phrases of each turn, read once from `*.yml` in `nlu_dir` (Rasa 3.1 NLU format).

    Raises:
        DialogueError: no such folder, no file in it, or a file that is not NLU data; names file and line.
    """

    def __init__(self, nlu_dir: Path) -> None:
        files = sorted(nlu_dir.glob("*.yml"))
        if not files:
            raise DialogueError(f"Không có tệp NLU (*.yml) nào trong {nlu_dir}. Kiểm tra lại thư mục nlu_data.")
        examples = [example for file in files for example in _examples(file)]
        self._phrases = {expect: _phrases(expect, examples) for expect in Expect}

    def phrases(self, expect: Expect) -> tuple[str, ...]:
        """Lower-case NFC phrases of a turn, without doubles; `[unk]` is the last."""
        return self._phrases[expect]


def _phrases(expect: Expect, examples: list[tuple[str, str]]) -> tuple[str, ...]:
    commands = [text for intent, text in examples if intent not in _UNHEARD[expect]]
    return (*dict.fromkeys([*_WORDS[expect], *commands]), UNKNOWN)


def _examples(file: Path) -> Iterator[tuple[str, str]]:
    """Intent and plain words of each example that can be spoken."""
    data = load_yaml(file, DialogueError)
    blocks = data.get("nlu") if isinstance(data, CommentedMap) else None
    if not isinstance(blocks, CommentedSeq):
        raise DialogueError(f"{file}:1: thiếu mục nlu: (danh sách các ý định). Thêm mục này.")
    for number, block in enumerate(blocks):
        if not isinstance(block, CommentedMap) or not {"intent", "synonym", "lookup", "regex"} & set(block):
            raise _misplaced(file, blocks.lc.item(number)[0], "cần intent: và examples:")
        if "intent" not in block:
            continue
        text = block.get("examples")
        if not isinstance(text, str):
            raise _misplaced(file, block.lc.line, f"ý định {block['intent']} thiếu examples: |")
        for line in text.splitlines():
            if words := _spoken_words(line):
                yield str(block["intent"]), words


def _misplaced(file: Path, line: int, what: str) -> DialogueError:
    return DialogueError(f"{file}:{line + 1}: {what}. Viết theo mẫu của Rasa 3.1.")


def _spoken_words(line: str) -> str:
    """`- mã của tôi là [91](code) ạ` without marks, names as they are said: "vssid" is "vi ét ét ai đi".

    Empty for figures and machine events like `[im lặng]`.
    """
    text = _ENTITY.sub(r"\1", unicodedata.normalize("NFC", line).strip().removeprefix("-").strip().lower())
    if not text or text.startswith("[") or any(character.isdigit() for character in text):
        return ""
    return " ".join(_WORD.findall(spoken(text).lower()))
