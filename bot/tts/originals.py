"""A voice artist's recordings as they came, beside the project: for another mix one day."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

from bot.audio import from_samples, write_wav
from bot.errors import AudioError
from bot.tts.prompts import Piece
from bot.tts.raw_sound import RawSound


class Originals:
    """A folder of `<piece>.wav`; later takes are `<piece> (2).wav` and so on, and none is ever overwritten."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, piece: Piece, wav: Path) -> None:
        """Raises AudioError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(wav, self._free(piece))
        except OSError as error:
            raise AudioError(f"Không chép được bản gốc vào {self._folder}: {error.strerror}.") from None

    def save(self, piece: Piece, sound: RawSound) -> None:
        """One channel of 16 bits, at the rate that it has. Raises AudioError."""
        write_wav(self._free(piece), from_samples(sound.mono * 32768, sound.rate_hz))

    def _free(self, piece: Piece) -> Path:
        names = (f"{piece.id} ({number}).wav" if number > 1 else f"{piece.id}.wav" for number in count(1))
        return next(path for name in names if not (path := self._folder / name).exists())
