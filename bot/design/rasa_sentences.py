"""What Rasa's validator says, in our words and with the line that it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.design.bot_words import bot_words
from bot.design.findings import At, Finding, Severity
from bot.design.sources import Design, Rule, one_or_more, questions
from bot.dialogue.training import DialogueSources

# Where a name is looked for, beside the sections of the domain.
_EXAMPLES, _STEPS, _FORM, _CONFIG = "examples", "steps", "form", "config"


@dataclass(frozen=True, slots=True)
class _Known:
    """A sentence of Rasa 3.6.21 (rasa/validator.py); its first group is a name, to be found in `where`."""

    pattern: str
    severity: Severity
    kind: str
    where: str
    wording: str


_KNOWN: Final = (
    _Known(
        r"The intent '(.+?)' is listed in the domain file, but is not found in the NLU",
        Severity.WARNING,
        "intent_without_examples",
        "intents",
        "ý định {0} chưa có ví dụ nào trong nlu/. Thêm ví dụ, hoặc bỏ khỏi intents.",
    ),
    _Known(
        r"There is a message in the training data labeled with intent '(.+?)'",
        Severity.ERROR,
        "unknown_intent",
        _EXAMPLES,
        "ví dụ của ý định {0}, domain.yml không có ý định này. Sửa tên hoặc thêm vào intents.",
    ),
    _Known(
        r"The intent '(.+?)' is used in your stories, but it is not listed",
        Severity.ERROR,
        "unknown_intent",
        _STEPS,
        "domain.yml không có ý định {0}. Sửa tên hoặc thêm vào intents.",
    ),
    _Known(
        r"The intent '(.+?)' is not used in any story or rule",
        Severity.WARNING,
        "unused_intent",
        "intents",
        "không luật, truyện hay biểu mẫu nào dùng ý định {0}. Viết luật cho nó, hoặc bỏ đi.",
    ),
    _Known(
        r"The action '(.+?)' is used in the stories, but is not a valid utterance action",
        Severity.ERROR,
        "unknown_response",
        _STEPS,
        "không có câu {0} trong responses. Sửa tên hoặc viết câu này trong domain.yml.",
    ),
    _Known(
        r"The utterance '(.+?)' is not used in any story or rule",
        Severity.WARNING,
        "unused_response",
        "responses",
        "không luật, truyện, biểu mẫu hay bước nào nói câu {0}. Bỏ câu, hoặc viết luật dùng nó.",
    ),
    _Known(
        r"The form '(.+?)' is used in the '.+' block",
        Severity.ERROR,
        "unknown_form",
        _STEPS,
        "domain.yml không có biểu mẫu {0}. Sửa tên hoặc thêm vào forms.",
    ),
    _Known(
        r"The action '(.+?)' is used in the '.+' block",
        Severity.ERROR,
        "unknown_action",
        _STEPS,
        "domain.yml không có hành động {0}. Sửa tên hoặc thêm vào actions.",
    ),
    _Known(
        r"The form slot '(.+?)' in form '(.+?)' is not present in the domain slots",
        Severity.ERROR,
        "unknown_slot",
        _FORM,
        "biểu mẫu {1} hỏi slot {0}, domain.yml không có slot này. Sửa tên hoặc thêm vào slots.",
    ),
    _Known(
        r"Slot '(.+?)' has a mapping condition for form '(.+?)' which is not listed",
        Severity.ERROR,
        "unknown_form",
        "slots",
        "slot {0} có điều kiện về biểu mẫu {1}, domain.yml không có biểu mẫu này. Sửa tên.",
    ),
    _Known(
        r"Slot '(.+?)' has a mapping condition for form '(.+?)', but it's not present in",
        Severity.ERROR,
        "slot_not_in_form",
        "slots",
        "slot {0} có điều kiện về biểu mẫu {1}, nhưng required_slots của biểu mẫu không có slot này. Thêm vào, hoặc "
        "sửa điều kiện.",
    ),
    _Known(
        r"The config file is missing the '(.+?)' mandatory key",
        Severity.ERROR,
        "config",
        _CONFIG,
        "thiếu khóa {0}. Thêm lại khóa này.",
    ),
    _Known(
        r"The config file is missing a unique value for the '(.+?)' mandatory key",
        Severity.WARNING,
        "config",
        _CONFIG,
        "{0} còn là giá trị mẫu. Đặt một tên riêng.",
    ),
)
_TOLD_ELSEWHERE: Final = (
    "was found labeled with multiple different intents",  # by bot.design.examples, with both lines
    "in stories which is not part of the domain",  # by Rasa again
    "Slot auto-fill has been removed in 3.0",  # to everybody
)
_NO_DOMAIN: Final = re.compile(r"Loading domain from '.+' failed\. Using empty domain\. Error: '(.+)'", re.DOTALL)
_FILE: Final = re.compile(r"Issue found in '(.+?)':")
_CONFLICT: Final = re.compile(r"predicted in '(.+?)'")


@dataclass(frozen=True, slots=True)
class RasaSentences:
    """Sentences about `rules`, which are those that Rasa was given."""

    sources: DialogueSources
    design: Design
    rules: Sequence[Rule]

    def findings(self, sentences: Iterable[str]) -> Iterator[Finding]:
        """Intents that a form takes, and responses that a form or the bot's code says, are used whatever Rasa says."""
        sentences = list(sentences)
        lost = next((found for found in map(_NO_DOMAIN.search, sentences) if found), None)
        if lost:  # all else that Rasa says then is only that nothing is in the domain
            yield Finding(Severity.ERROR, "unreadable", At(self.sources.domain), f"Rasa không đọc được: {lost[1]}")
            return
        for sentence in sentences:
            if not any(known in sentence for known in _TOLD_ELSEWHERE):
                yield from self._finding(sentence)

    def _finding(self, sentence: str) -> Iterator[Finding]:
        for known in _KNOWN:
            found = re.search(known.pattern, sentence)
            if found:
                if not self._is_used(known.kind, found[1]):
                    at = self._place(known.where, found)
                    yield Finding(known.severity, known.kind, at, known.wording.format(*found.groups()))
                return
        stories = _CONFLICT.findall(sentence)
        yield self._conflict(stories, sentence) if stories else self._unknown(sentence)

    def _place(self, where: str, found: re.Match[str]) -> At:
        name = found[1]
        if where == _CONFIG:
            return At(self.sources.config)
        if where == _FORM:
            return self.design.at("forms", found[2])
        if where == _EXAMPLES:
            return next((each.at for each in self.design.examples if each.intent == name), At(self.sources.nlu_dir))
        if where == _STEPS:
            used = (step.at for rule in self.rules for step in (*rule.conditions, *rule.steps) if name in step.names)
            return next(used, At(self.sources.nlu_dir))
        return self.design.at(where, name)

    def _is_used(self, kind: str, name: str) -> bool:
        if kind == "unused_response":
            asked = {
                each for form, slots in self.design.forms.items() for slot in slots for each in questions(form, slot)
            }
            return name in asked | bot_words().responses
        return kind == "unused_intent" and any(_takes(mapping, name) for _, mapping in self.design.mappings)

    def _conflict(self, stories: list[str], sentence: str) -> Finding:
        at = max((rule.at for rule in self.rules if rule.name in stories), default=At(self.sources.nlu_dir))
        names = ", ".join(f"“{name}”" for name in sorted(stories))
        wording = f"các truyện {names} trái nhau: cùng những bước trước đó nhưng trợ lý làm việc khác nhau."
        return Finding(Severity.ERROR, "story_conflict", at, f"{wording} Rasa: {_one_line(sentence)}")

    def _unknown(self, sentence: str) -> Finding:
        """As Rasa says it."""
        file = _FILE.search(sentence)
        at = At(Path(file[1]) if file else self.sources.nlu_dir)
        return Finding(Severity.WARNING, "rasa", at, f"Rasa nhắc: {_one_line(sentence)}")


def _takes(mapping: Mapping[str, Any], intent: str) -> bool:
    """Whether a form's slot is filled from what the caller says with this intent."""
    taken, left = one_or_more(mapping.get("intent")), one_or_more(mapping.get("not_intent"))
    return mapping.get("type") != "custom" and (intent in taken if taken else intent not in left)


def _one_line(text: str) -> str:
    return " ".join(text.split())
