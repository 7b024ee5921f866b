"""All checks of a conversation's design, cheapest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.design.examples import check_examples, check_unicode
from bot.design.findings import Finding, told
from bot.design.mishearing import check_mishearing
from bot.design.names import check_names
from bot.design.prompts import Voice, check_lengths, check_recordings, check_words
from bot.design.rasa_validation import rasa_findings
from bot.design.reachability import check_rules, check_wordings
from bot.design.sources import Design, read_design
from bot.dialogue.domain_check import check_domain
from bot.dialogue.training import DialogueSources
from bot.errors import DialogueError, PromptError
from bot.ports import Recognizer
from bot.tts.library import PromptLibrary

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """The bot's voice: `library` of the recordings in `folder`, `voice` for what they lack, read once needed.

    `recognizer` listens to people's recordings, where one is given.
    """

    folder: Path
    library: Callable[[], PromptLibrary]
    voice: Voice
    recognizer: Recognizer | None
    most_s: float


def check_design(sources: DialogueSources, recordings: Recordings, report: Report) -> list[Finding]:
    """Every finding, by file and line; `report` is told each step. A file that cannot be read is the only finding."""
    report("Đọc nlu_data/")
    try:
        design = read_design(sources)
    except DialogueError as unreadable:
        return list(told("unreadable", sources.nlu_dir, str(unreadable)))
    findings = [*_of_domain(sources), *_of_texts(design, report), *_of_prompts(design, recordings, report)]
    report("Nạp Rasa và kiểm tra bằng bộ kiểm tra của Rasa (lâu nhất là lúc nạp)")
    findings += rasa_findings(sources, design)
    return sorted(dict.fromkeys(findings), key=lambda each: each.at)


def _of_domain(sources: DialogueSources) -> Iterator[Finding]:
    try:
        check_domain(sources.domain)
    except DialogueError as mistakes:
        yield from told("domain", sources.domain, str(mistakes))
    except (AttributeError, TypeError):
        return  # of a shape that Rasa refuses, and names


def _of_texts(design: Design, report: Report) -> Iterator[Finding]:
    report(f"So {len(design.examples)} ví dụ: trùng nhau, dễ nghe nhầm")
    yield from check_examples(design.examples)
    yield from check_mishearing(design.examples)
    yield from check_unicode(design.variations)
    report(f"Dò {len(design.rules)} luật và truyện")
    yield from check_names(design)
    yield from check_rules(design)
    yield from check_wordings(design)


def _of_prompts(design: Design, recordings: Recordings, report: Report) -> Iterator[Finding]:
    report(f"Đối chiếu {len(design.variations)} câu với bản thu")
    try:
        library = recordings.library()
    except PromptError as broken:
        yield from told("prompt_broken", recordings.folder, str(broken))
        return
    yield from check_recordings(design, library, recordings.folder)
    yield from check_lengths(design, library, recordings.voice, most_s=recordings.most_s)
    if recordings.recognizer:
        report("Nghe lại các bản thu của người")
        yield from check_words(design, library, recordings.recognizer)
