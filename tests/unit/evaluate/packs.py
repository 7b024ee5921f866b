"""Made-up recordings: every clip is a tone in a WAV pack beside a table, as a recordings folder has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.audio import RATE_HZ, Audio, from_samples, join, silence, write_wav
from bot.evaluate.recordings import SEGMENT_COLUMNS
from bot.vietnamese.cardinals import DIGIT_WORDS


def tone(hertz: float, duration_ms: int = 400, amplitude: float = 3000, rate_hz: int = RATE_HZ) -> Audio:
    seconds = np.arange(rate_hz * duration_ms // 1000) / rate_hz
    return from_samples(amplitude * np.sin(2 * np.pi * hertz * seconds), rate_hz)


def digit_hertz(digit: str, take: int) -> int:
    return 400 + 200 * int(digit) + take


def write_folder(folder: Path, *, takes: int = 12, rows: str = "") -> Path:
    """A table of ten digits, `takes` of each, by one speaker of source t01, and words of the telephone source t02."""
    said = [(word, digit_hertz(str(digit), take)) for digit, word in enumerate(DIGIT_WORDS) for take in range(takes)]
    others = [("đúng", 300), ("không", 320), ("trở lại", 340), ("cà phê", 360), ("mười lăm", 380), ("năm nay", 390)]
    lines, parts, at_s = ["\t".join(SEGMENT_COLUMNS)], [], 0.0
    for number, (word, hertz) in enumerate([*said, *others]):
        source, kind, hz = ("t01", "digit", 16000) if number < len(said) else ("t02", "word", 8000)
        parts += [tone(hertz), silence(100)]
        cells = (f"{source}-{number:04}", "pack.wav", f"{at_s:.2f}", f"{at_s + 0.4:.2f}", "dev", kind, "p1", hz, word)
        lines.append("\t".join(map(str, cells)))
        at_s += 0.5
    write_wav(folder / "pack.wav", join(parts))
    table = folder / "segments.tsv"
    table.write_text("\n".join([*lines, ""]) + rows, encoding="utf-8")
    return table
