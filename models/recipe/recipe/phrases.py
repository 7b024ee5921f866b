"""What callers say, read from the dialogue's NLU files."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from bot.vietnamese.speech import spoken
from bot.vietnamese.syllables import speakable

_ENTITY = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_WORD = re.compile(r"[^\W\d_]+")


def spoken_phrases(nlu_dir: Path) -> list[str]:
    """The examples of all intents as lower-case words, names as they are said, sorted; figures are left out."""
    phrases = set()
    for file in sorted(nlu_dir.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            for line in str(block.get("examples", "")).splitlines():
                text = _ENTITY.sub(r"\1", line.strip().removeprefix("-").lower())
                words = " ".join(_WORD.findall(spoken(text).lower()))
                if speakable(words) and not re.search(r"[\d\[]", text):
                    phrases.add(words)
    return sorted(phrases)
