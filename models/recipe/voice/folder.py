"""The takes as WAVs in a folder of prompts, and what its manifest says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile as sf
import yaml

from voice.world import RATE_HZ, Floats

SOURCE = "averaged"  # as in bot/tts/library.py
LOUDNESS = 0.15  # root mean square of the loudest third, as loud as the other prompts
_HIGHEST = 0.9


def write_takes(takes: Mapping[str, tuple[str, Floats]], voice: str, folder: Path) -> None:
    """`takes` by the names of their WAVs: the words, and samples at 16 kHz. Other lines of the manifest stay."""
    manifest = folder / "manifest.yml"
    lines = yaml.safe_load(manifest.read_text(encoding="utf-8")) if manifest.is_file() else None
    lines = dict(lines or {})
    folder.mkdir(parents=True, exist_ok=True)
    for name, (text, samples) in takes.items():
        wav = folder / f"{name}.wav"
        sf.write(wav, levelled(samples), RATE_HZ, subtype="PCM_16")
        digest = hashlib.sha256(wav.read_bytes()).hexdigest()
        lines[name] = {"text": text, "source": SOURCE, "voice": voice, "sha256": [digest]}
    part = folder / ".manifest.yml.part"
    part.write_text(yaml.safe_dump(dict(sorted(lines.items())), allow_unicode=True, sort_keys=False), encoding="utf-8")
    part.replace(manifest)


def levelled(samples: Floats) -> Floats:
    """As loud as every other take, as far as the peaks allow."""
    power = np.sort(samples**2)[-len(samples) // 3 :].mean()
    gain = min(LOUDNESS / np.sqrt(power), _HIGHEST / np.abs(samples).max())
    return np.asarray(samples * gain)
