"""What a Vosk model directory holds, as far as a look at its files can tell."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import ModelError

_SUMS: Final = "SHA256SUMS"
_GRAPH: Final = ("HCLr.fst", "Gr.fst", "disambig_tid.int")
_FIXED_GRAPH: Final = "HCLG.fst"
_KALDI_BINARY: Final = b"\0B<TransitionModel>"
_SAMPLE_FREQUENCY: Final = re.compile(r"^\s*--sample-frequency\s*=\s*(\d+)", re.MULTILINE)
_KALDI_RATE_HZ: Final = 16_000  # where mfcc.conf says nothing
_RATES_HZ: Final = range(8000, 48_001)


@dataclass(frozen=True, slots=True)
class VoskFiles:
    """`rate_hz` is the rate that the model hears at; with a fixed graph it takes no grammar."""

    rate_hz: int
    takes_grammar: bool


def look_at(model_dir: Path) -> VoskFiles:
    """Check a model directory: am/, conf/ and graph/, or, in the older layout, all files side by side.

    Raises:
        ModelError: the directory is missing, incomplete or broken.
    """
    if not model_dir.is_dir():
        raise ModelError(f"Không có thư mục mô hình Vosk {model_dir}. Chép mô hình vào đó hoặc sửa đường dẫn.")
    flat = (model_dir / "final.mdl").exists() and not (model_dir / "am").exists()
    acoustic, features, graph = ("final.mdl", "mfcc.conf", "") if flat else ("am/final.mdl", "conf/mfcc.conf", "graph/")
    fixed = (model_dir / graph / _FIXED_GRAPH).exists()
    needed = [acoustic, features, *(graph + name for name in ((_FIXED_GRAPH,) if fixed else _GRAPH))]
    if not flat:
        needed.append("conf/model.conf")
    if (model_dir / graph / "words.txt").exists():  # many models have their words inside the graph instead
        needed.append(f"{graph}words.txt")
    for name in needed:
        _check_file(model_dir, name)
    with (model_dir / acoustic).open("rb") as model:
        if model.read(len(_KALDI_BINARY)) != _KALDI_BINARY:
            raise broken(model_dir, f"{acoustic} không phải mô hình Kaldi nhị phân")
    return VoskFiles(_rate_hz(model_dir, features), takes_grammar=not fixed)


def as_made(model_dir: Path) -> bool:
    """Whether every file is as the model's maker left it; False too where they left no SHA256SUMS."""
    try:
        lines = (model_dir / _SUMS).read_text(encoding="ascii").splitlines()
        listed = [line.split("  ", 1) for line in lines]
        return bool(listed) and all(
            hashlib.sha256((model_dir / name).read_bytes()).hexdigest() == digest for digest, name in listed
        )
    except (OSError, ValueError):
        return False


def broken(model_dir: Path, why: str) -> ModelError:
    return ModelError(f"Mô hình Vosk trong {model_dir} bị hỏng: {why}. Chép lại cả thư mục mô hình.")


def _check_file(model_dir: Path, name: str) -> None:
    file = model_dir / name
    if not file.is_file():
        raise broken(model_dir, f"thiếu tệp {name}")
    if not file.stat().st_size:
        raise broken(model_dir, f"tệp {name} rỗng")


def _rate_hz(model_dir: Path, features: str) -> int:
    said = _SAMPLE_FREQUENCY.search((model_dir / features).read_text(encoding="utf-8", errors="replace"))
    rate_hz = int(said[1]) if said else _KALDI_RATE_HZ
    if rate_hz not in _RATES_HZ:
        raise broken(model_dir, f"{features} ghi tần số lấy mẫu {rate_hz} Hz")
    return rate_hz
