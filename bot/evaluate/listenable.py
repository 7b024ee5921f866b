"""Audio on a page: a waveform to look at and a sound to play, both inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Final

import numpy as np

from bot.audio import Audio
from bot.evaluate.extra import extra

WIDTH: Final = 640
HEIGHT: Final = 56
_FULL: Final = 32768


def sound_uri(*channels: Audio) -> str:
    """A data: URI of FLAC, which every browser plays: one channel, or two of one length side by side."""
    file = io.BytesIO()
    samples = np.stack([channel.samples for channel in channels], axis=1)
    extra("soundfile").write(file, samples, channels[0].rate_hz, format="FLAC", subtype="PCM_16")
    return "data:audio/flac;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def waveform(audio: Audio, marks: Sequence[tuple[int, str, bool]] = (), *, full: int | None = None) -> str:
    """SVG of WIDTH x HEIGHT; `marks` are (ms, text, wrong) written under the line where something ended.

    `full` is the sample value at the edge: the loudest one where it is not given.
    """
    samples = audio.samples.astype(np.int32)
    edge = max(full or int(np.abs(samples).max(initial=1)), 1)
    buckets = np.split(samples, np.linspace(0, len(samples), WIDTH // 2 + 1).astype(int)[1:-1])
    strokes = [
        f"M{2 * at} {_height(each.max(initial=0) / edge)}V{_height(each.min(initial=0) / edge)}"
        for at, each in enumerate(buckets)
    ]
    scale = WIDTH / max(audio.duration_ms, 1)
    texts = [
        f'<text x="{scale * ms:.0f}" y="{HEIGHT + 13}" class="{"wrong" if wrong else "right"}">{text}</text>'
        for ms, text, wrong in marks
    ]
    height = HEIGHT + (18 if marks else 0)
    return (
        f'<svg class="waveform" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="dạng sóng">'
        f'<path d="{"".join(strokes)}"/>{"".join(texts)}</svg>'
    )


def _height(share: float) -> str:
    """Of a sample between -1 and 1, from the top."""
    return f"{HEIGHT / 2 * (1 - share):.1f}"
