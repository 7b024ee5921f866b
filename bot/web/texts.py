"""What the studio's pages say, in Vietnamese and in English; a page's own words stand beside the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Texts = Mapping[str, tuple[str, str]]  # a key: its words in each of LANGUAGES

LANGUAGES: Final = ("vi", "en")

SHARED: Final[Texts] = {
    "studio": ("Phòng thử nhánh 8", "Branch 8 studio"),
    "skip": ("Đến nội dung chính", "Skip to the content"),
    "nav": ("Các trang", "Pages"),
    "nav.call": ("Thử gọi", "Try a call"),
    "nav.dialogue": ("Hội thoại", "Dialogue"),
    "nav.reports": ("Báo cáo", "Reports"),
    "other_language": ("English", "Tiếng Việt"),
    "no_script": ("Trang này cần JavaScript.", "This page needs JavaScript."),
    "missing": ("Không có trang này.", "There is no such page."),
    "home": ("Về trang Thử gọi", "Back to Try a call"),
}


class Words:
    """A language's words: `words("nav.call")`, with `{places}` filled by name."""

    def __init__(self, language: str, *texts: Texts) -> None:
        self.language = language
        self._which = LANGUAGES.index(language)
        self._texts = {key: both for each in texts for key, both in each.items()}

    def __call__(self, key: str, **values: object) -> str:
        words = self._texts[key][self._which]
        return words.format(**values) if values else words

    @property
    def other(self) -> str:
        """The language that the switch changes to."""
        return LANGUAGES[1 - self._which]

    def under(self, prefix: str) -> dict[str, str]:
        """The words of all keys that begin with `prefix`, by the rest of the key: for a page's script."""
        chosen = {key: both for key, both in self._texts.items() if key.startswith(prefix)}
        return {key.removeprefix(prefix): both[self._which] for key, both in chosen.items()}
