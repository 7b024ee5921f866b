"""What callers and the bot say, read from the dialogue's files."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from bot.replies import PLACE
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


def prompt_texts(domain: Path) -> list[str]:
    """The fixed parts of all that the bot says."""
    responses = yaml.safe_load(domain.read_text(encoding="utf-8"))["responses"]
    texts = [each["text"] for variations in responses.values() for each in variations if "text" in each]
    return [part for text in texts for part in PLACE.split(text)[::2] if _WORD.search(part)]
