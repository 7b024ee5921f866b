"""The recordings of one voice: `audio_prompts/<voice>/<piece id>.wav` and what its manifest says of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from bot.audio import RATE_HZ, WIDE_BAND_HZ, Audio, read_wav, write_wav
from bot.errors import AudioError, PromptError
from bot.ports import Synthesizer
from bot.tts.edges import trimmed
from bot.tts.prompts import TAKES, Piece, PromptCatalog, misplaced
from bot.vietnamese.speech import spoken
from bot.yaml_lines import load_yaml

MANIFEST: Final = "manifest.yml"
RECORDED, AVERAGED, RENDERED = "recorded", "averaged", "rendered"


class PieceState(Enum):
    """Where a piece's audio stands."""

    RECORDED = "recorded"  # a person's recording of this text
    AVERAGED = "averaged"  # many people's recordings of it in one, made by models/recipe
    RENDERED = "rendered"  # our synthesiser's, of this text
    STALE = "stale"  # of an older text
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The manifest's line for one WAV. `sha256` holds our last two renderings, or the recording that was noted.

    `voice` is empty for a person's recording.
    """

    text: str
    source: str
    voice: str
    sha256: tuple[str, ...]


class PromptLibrary:
    """The folder of one voice; it may be empty or absent. A WAV that we did not render is a person's and is kept, and
    so is an average.

    Raises:
        PromptError: the manifest cannot be read.
    """

    def __init__(self, folder: Path, catalog: PromptCatalog) -> None:
        self._folder = folder
        self._catalog = catalog
        self._entries = _read_manifest(folder / MANIFEST)

    def status(self) -> dict[Piece, PieceState]:
        """Each piece of the catalog, in its order."""
        return {piece: self.state(piece) for piece in self._catalog.pieces}

    def state(self, piece: Piece) -> PieceState:
        wav = self._wav(piece)
        if not wav.is_file():
            return PieceState.MISSING
        entry = self._entries.get(piece.id)
        digest = _digest(wav)
        if entry is None or digest not in entry.sha256:
            return PieceState.RECORDED
        if entry.text != piece.text or digest != entry.sha256[-1]:
            return PieceState.STALE
        return PieceState(entry.source)

    def is_kept(self, piece: Piece) -> bool:
        """Whether `render` leaves the piece as it is, even if it is stale: a person's recording or an average."""
        entry = self._entries.get(piece.id)
        state = self.state(piece)
        if state is PieceState.MISSING:
            return False
        return state is PieceState.RECORDED or (entry is not None and entry.source != RENDERED)

    def nearest(self, take: Piece) -> Piece:
        """Itself, or the digit that it is a take of where it cannot be played or is of another voice than the digit."""
        digit = TAKES.get(take)
        if digit is None or (self._plays(take) and self._voice(take) == self._voice(digit)):
            return take
        return digit

    def audio(self, piece: Piece, rate_hz: int = RATE_HZ) -> Audio | None:
        """The piece; None if it is missing or stale.

        Raises:
            PromptError: its WAV is broken.
        """
        if not self._plays(piece):
            return None
        try:
            return read_wav(self._wav(piece)).at(rate_hz)
        except AudioError as error:
            raise PromptError(f"Lời thoại {piece.id} không phát được. {error}") from None

    def render(self, synthesizer: Synthesizer, report: Callable[[Piece], None]) -> list[Piece]:
        """Synthesise what is missing, of an older text or of another voice, at 16 kHz, and note new recordings.

        Stale recordings of people, and stale averages, stay. `report` is told each piece before it is rendered.

        Raises:
            SpeechError: the synthesiser failed. PromptError: a file cannot be written.
        """
        rendered = []
        for piece in self._catalog.pieces:
            if self.is_kept(piece):
                self._note_recording(piece)
            elif not self._is_current(piece, synthesizer.voice):
                report(piece)
                self._render(piece, synthesizer)
                rendered.append(piece)
        for take in filter(self.is_kept, TAKES):
            self._note_recording(take)
        self._drop_orphans()
        self._write_manifest()
        return rendered

    def keep(self, piece: Piece, audio: Audio) -> None:
        """A person's recording of the piece as it is written now, in the place of whatever was there.

        The WAV comes first: after a crash in between it is one that the manifest does not know, so a person's too.

        Raises:
            PromptError: a file cannot be written.
        """
        part = self._folder / f".{piece.id}.part"
        try:
            write_wav(part, audio)
            part.replace(self._wav(piece))
        except (AudioError, OSError) as error:
            raise PromptError(f"Không ghi được bản thu {piece.id}: {error}") from None
        self._entries[piece.id] = _recording(piece, _digest(self._wav(piece)))
        self._write_manifest()

    def _drop_orphans(self) -> None:
        """Our renderings of pieces that nobody says any more; people's recordings stay."""
        said = {piece.id for piece in self._catalog.pieces}
        for name in [name for name in self._entries if name not in said]:
            entry, wav = self._entries[name], self._folder / f"{name}.wav"
            if entry.source == RENDERED and wav.is_file() and _digest(wav) in entry.sha256:
                wav.unlink()
                del self._entries[name]

    def _plays(self, piece: Piece) -> bool:
        return self.state(piece) not in (PieceState.STALE, PieceState.MISSING)

    def _voice(self, piece: Piece) -> str:
        """Whose the WAV is; a person's is empty, and so is one that the manifest does not know."""
        entry = self._entries.get(piece.id)
        return "" if entry is None or self.state(piece) is PieceState.RECORDED else entry.voice

    def _is_current(self, piece: Piece, voice: str) -> bool:
        entry = self._entries.get(piece.id)
        return entry is not None and entry.voice == voice and self.state(piece) is PieceState.RENDERED

    def _note_recording(self, piece: Piece) -> None:
        """A new recording is taken to say today's text; one that is known keeps the text that it was noted with."""
        digest = _digest(self._wav(piece))
        entry = self._entries.get(piece.id)
        if entry is None or entry.source == RENDERED or digest not in entry.sha256:
            self._entries[piece.id] = _recording(piece, digest)

    def _render(self, piece: Piece, synthesizer: Synthesizer) -> None:
        """The manifest comes first and knows both WAVs: a crash in between leaves no WAV that looks a person's."""
        audio = trimmed(synthesizer.synthesize(spoken(piece.text)).at(WIDE_BAND_HZ))
        part = self._folder / f".{piece.id}.part"
        try:
            write_wav(part, audio)
            wav = self._wav(piece)
            known = (_digest(wav),) if wav.is_file() else ()
            self._entries[piece.id] = Entry(
                text=piece.text, source=RENDERED, voice=synthesizer.voice, sha256=(*known, _digest(part))
            )
            self._write_manifest()
            part.replace(wav)
        except (AudioError, OSError) as error:
            raise PromptError(f"Không ghi được lời thoại {piece.id}: {error}") from None

    def _write_manifest(self) -> None:
        lines = {
            name: {"text": entry.text, "source": entry.source, "voice": entry.voice, "sha256": list(entry.sha256)}
            for name, entry in sorted(self._entries.items())
        }
        part = self._folder / f".{MANIFEST}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                YAML().dump(lines, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / MANIFEST)
        except OSError as error:
            raise PromptError(f"Không ghi được {self._folder / MANIFEST}: {error.strerror}.") from None

    def _wav(self, piece: Piece) -> Path:
        return self._folder / f"{piece.id}.wav"


def _recording(piece: Piece, digest: str) -> Entry:
    return Entry(text=piece.text, source=RECORDED, voice="", sha256=(digest,))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _read_manifest(file: Path) -> dict[str, Entry]:
    if not file.is_file() or not file.stat().st_size:
        return {}
    data = load_yaml(file, PromptError)
    return {name: _entry(file, data, name) for name in data}


def _entry(file: Path, data: CommentedMap, name: str) -> Entry:
    line: Any = data[name]
    try:
        digests = tuple(str(digest) for digest in line["sha256"])
        entry = Entry(text=str(line["text"]), source=str(line["source"]), voice=str(line["voice"]), sha256=digests)
    except (KeyError, TypeError):
        raise misplaced(file, data.lc.key(name)[0], f"{name} cần text, source, voice và sha256") from None
    if entry.source not in (RECORDED, AVERAGED, RENDERED):
        wanted = f"{RECORDED}, {AVERAGED} hoặc {RENDERED}"
        raise misplaced(file, data.lc.key(name)[0], f"source của {name} phải là {wanted}")
    return entry
