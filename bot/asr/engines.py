"""The engines by their names in the settings: `vosk`, `vietasr`, `grammar`, and `fused` of the first and the last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.asr.digit_head import DigitHead
from bot.asr.fusion import FusedRecognizer
from bot.asr.grammars import Grammars
from bot.asr.vosk_engine import VoskRecognizer
from bot.ports import Recognizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What they are loaded from. Can be pickled, for a process that loads them."""

    vosk_model: Path  # a folder
    nlu: Path  # a folder with the designers' examples, of which grammars are made
    digit_head: Path
    code_lengths: tuple[int, ...]

    def load(self, *names: str) -> dict[str, Recognizer]:
        """Each once, and with them those that `fused` is made of. Raises ModelError."""
        parts = {*names} - {"fused"} | ({"vosk", "grammar"} if "fused" in names else set())
        engines = {name: self._load(name) for name in sorted(parts)}
        if "fused" in names:
            engines["fused"] = FusedRecognizer(engines["vosk"], engines["grammar"])
        return engines

    def _load(self, name: str) -> Recognizer:
        if name == "vietasr":
            from bot.asr.vietasr_engine import VietAsrRecognizer  # noqa: PLC0415 - an optional extra

            return VietAsrRecognizer()
        if name == "grammar":
            from bot.asr.grammar_engine import GrammarRecognizer  # noqa: PLC0415 - an optional extra
            from bot.asr.vietasr_network import Network  # noqa: PLC0415

            head = DigitHead.load(self.digit_head)
            return GrammarRecognizer(Network(), Grammars(self.nlu), lengths=self.code_lengths, head=head)
        return VoskRecognizer(self.vosk_model, Grammars(self.nlu))
