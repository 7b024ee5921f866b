"""What the bot says, against its recordings: there, of today's words, short enough, and said by somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from bot.audio import WIDE_BAND_HZ
from bot.design.findings import At, Finding, error, warning
from bot.design.sources import Design, Variation
from bot.errors import PromptError, SpeechError
from bot.evaluate.voice import hear_back, in_the_room
from bot.ports import Recognizer, Synthesizer
from bot.tts.edges import trimmed
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.prompts import DIGITS, TAKES, Piece, parts
from bot.tts.speaker import PAUSE_MS
from bot.vietnamese.speech import spoken

Voice = Callable[[], Synthesizer]

MOST_S: Final = 12.0  # some thirty words; callers who have to remember what to do hold no more
LEAST_WORDS: Final = 3  # a recogniser cannot judge fewer
LEAST_HEARD: Final = 0.6  # of the words of a person's recording
_MISSING: Final = "{id} chưa có bản thu nên máy sẽ đọc trong cuộc gọi. Thu {id}.wav, hoặc chạy: nhanh8 prompts render"
_OLD_RENDERING: Final = "{id}.wav do máy đọc là của lời cũ. Chạy: nhanh8 prompts render"
_OLD_RECORDING: Final = "bản thu {id}.wav là của lời cũ. Thu lại; hoặc xóa tệp đó rồi chạy: nhanh8 prompts render"


def check_recordings(design: Design, library: PromptLibrary, folder: Path) -> Iterator[Finding]:
    """Pieces without a recording of today's words, and recordings in `folder` that nothing says."""
    if all(state is PieceState.MISSING for state in library.status().values()):
        how = "Thu âm, hoặc chạy: nhanh8 prompts render"
        yield warning("prompt_missing", At(folder), f"chưa có bản thu nào nên máy sẽ đọc trong cuộc gọi. {how}")
        return
    for variation in design.variations:
        for piece in _pieces(variation):
            yield from _unready(library, piece, variation.at)
    for digit in DIGITS:
        yield from _unready(library, digit, At(folder))
    said = {piece.id for variation in design.variations for piece in _pieces(variation)}
    said |= {digit.id for digit in (*DIGITS, *TAKES)}
    for wav in sorted(folder.glob("*.wav")):
        if wav.stem not in said:
            yield warning("prompt_unused", At(wav), f"không câu nào dùng bản thu {wav.name}. Xóa tệp, hoặc sửa tên.")


def check_lengths(design: Design, library: PromptLibrary, voice: Voice, *, most_s: float) -> Iterator[Finding]:
    """Responses whose fixed words take longer than `most_s`: of the recording, else as `voice` reads them.

    What is read into a {place} is not counted: its length is not the designer's to change.
    """
    for variation in design.variations:
        pieces = _pieces(variation)
        try:
            ms = sum(_length_ms(library, voice, piece) for piece in pieces) + PAUSE_MS * max(len(pieces) - 1, 0)
        except PromptError as broken:
            yield error("prompt_broken", variation.at, str(broken))
            continue
        except SpeechError as silent:
            yield warning("length_unknown", variation.at, f"chưa đo được câu này và các câu sau nó: {silent}")
            return
        if ms > most_s * 1000:
            seconds, limit = (f"{value:.1f}".replace(".", ",") for value in (ms / 1000, most_s))
            yield warning(
                "too_long",
                variation.at,
                f"{variation.prompt_id} dài {seconds} giây, quá {limit} giây: khó nghe hết và tốn tiền gọi. "
                "Rút ngắn lời.",
            )


def check_words(design: Design, library: PromptLibrary, recognizer: Recognizer) -> Iterator[Finding]:
    """People's recordings in which a wide-band recogniser hears other words; renderings are of their text anyway."""
    for variation in design.variations:
        for piece in _pieces(variation):
            said = spoken(piece.text)
            if library.state(piece) is not PieceState.RECORDED or len(said.split()) < LEAST_WORDS:
                continue
            try:
                audio = library.audio(piece, WIDE_BAND_HZ)
            except PromptError:
                continue  # `check_lengths` tells it
            heard = hear_back(said, audio, recognizer, carry=in_the_room) if audio else None
            if heard and heard.words_heard < LEAST_HEARD * len(heard.said):
                yield warning(
                    "prompt_misheard",
                    variation.at,
                    f"bản thu {piece.id}.wav nghe ra “{' '.join(heard.heard)}”. Nghe lại, và thu lại nếu đọc sai lời.",
                )


def _pieces(variation: Variation) -> list[Piece]:
    return [part for part in parts(variation.prompt_id, variation.text) if isinstance(part, Piece)]


def _unready(library: PromptLibrary, piece: Piece, at: At) -> Iterator[Finding]:
    state = library.state(piece)
    if state is PieceState.MISSING:
        yield warning("prompt_missing", at, _MISSING.format(id=piece.id))
    elif state is PieceState.STALE:
        wording = _OLD_RECORDING if library.is_kept(piece) else _OLD_RENDERING
        yield warning("prompt_stale", at, wording.format(id=piece.id))


def _length_ms(library: PromptLibrary, voice: Voice, piece: Piece) -> int:
    audio = library.audio(piece) or trimmed(voice().synthesize(spoken(piece.text)))
    return audio.duration_ms
