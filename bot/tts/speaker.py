"""The Speaker port: prompts to audio, recordings first and synthesis next; secrets are read out and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from bot.audio import RATE_HZ, Audio, join, silence
from bot.errors import PromptError
from bot.ports import Segment, Synthesizer
from bot.replies import DigitString, Say, SecretRef, Value
from bot.tts.edges import trimmed
from bot.tts.library import PromptLibrary
from bot.tts.prompts import Piece, parts
from bot.tts.reading import CODE_PACE, SECRET_PACE, Pace, read_groups
from bot.vietnamese.speech import spoken

PAUSE_MS: Final = 250  # after a piece, before the next


class Secret(Protocol):
    """What a reference resolves to."""

    def reveal(self) -> str: ...


class PromptSpeaker:
    """`resolve` gives the secret behind a reference and may be asked once for each."""

    def __init__(
        self,
        library: PromptLibrary,
        synthesizer: Synthesizer,
        resolve: Callable[[SecretRef], Secret],
        *,
        code_pace: Pace = CODE_PACE,
        secret_pace: Pace = SECRET_PACE,
    ) -> None:
        self._library = library
        self._synthesizer = synthesizer
        self._resolve = resolve
        self._code_pace = code_pace
        self._secret_pace = secret_pace
        self._fixed: dict[Piece, Audio] = {}

    def render(self, says: Sequence[Say]) -> list[Segment]:
        """The pieces to play, in order, with a pause after each but the last.

        Raises:
            SpeechError: the synthesiser failed. PromptError: a recording is broken, or a place has no fitting value.
        """
        secrets = _Secrets(self._resolve)
        spoken_parts = [list(part) for say in says for part in self._parts(say, secrets)]
        for part in spoken_parts[:-1]:
            part[-1] = _with_pause(part[-1])
        return [segment for part in spoken_parts for segment in part]

    def _parts(self, say: Say, secrets: _Secrets) -> Iterator[Iterable[Segment]]:
        for part in parts(say.prompt_id, say.text):
            if isinstance(part, Piece):
                yield [_segment(say, self._fixed_audio(part))]
            elif part.name in say.values:
                yield self._value(say, say.values[part.name], secrets)
            else:
                raise PromptError(f"Lời thoại {say.prompt_id} thiếu giá trị cho {{{part.name}}}. Xem lại nlu_data/.")

    def _value(self, say: Say, value: Value, secrets: _Secrets) -> Iterator[Segment]:
        """A segment; of digits one for each group, so that a reading that was stopped goes on there.

        A secret has been heard with the last group of its first reading.
        """
        if isinstance(value, SecretRef):
            text, first = secrets.reveal(value)
            *groups, last = self._groups(say, text, self._secret_pace)
            yield from (replace(_segment(say, group), secret=True) for group in groups)
            yield replace(_segment(say, last), secret=True, heard=value if first else None)
        elif isinstance(value, DigitString):
            yield from (_segment(say, group) for group in self._groups(say, value.digits, self._code_pace))
        else:
            yield _segment(say, self._synthesized(value))

    def _groups(self, say: Say, digits: str, pace: Pace) -> list[Audio]:
        try:
            return read_groups(digits, pace, self._take)
        except ValueError:
            raise PromptError(f"Lời thoại {say.prompt_id} cần một dãy chữ số. Xem lại giá trị của nó.") from None

    def _take(self, take: Piece) -> Audio:
        return self._fixed_audio(self._library.nearest(take))

    def _fixed_audio(self, piece: Piece) -> Audio:
        """Designers' texts and single digits are kept in memory; what values say never is."""
        if piece not in self._fixed:
            recorded = self._library.audio(piece)
            self._fixed[piece] = self._synthesized(piece.text) if recorded is None else recorded
        return self._fixed[piece]

    def _synthesized(self, text: str) -> Audio:
        return trimmed(self._synthesizer.synthesize(spoken(text)).at(RATE_HZ))


@dataclass(slots=True)
class _Secrets:
    """The secrets of one rendering: each resolved once, forgotten with it."""

    resolve: Callable[[SecretRef], Secret]
    _open: dict[SecretRef, Secret] = field(default_factory=dict, repr=False)

    def reveal(self, ref: SecretRef) -> tuple[str, bool]:
        """The secret's text, and whether this is its first reading."""
        first = ref not in self._open
        if first:
            self._open[ref] = self.resolve(ref)
        return self._open[ref].reveal(), first


def _segment(say: Say, audio: Audio) -> Segment:
    return Segment(prompt_id=say.prompt_id, audio=audio, interruptible=say.interruptible)


def _with_pause(segment: Segment) -> Segment:
    return replace(segment, audio=join([segment.audio, silence(PAUSE_MS)]))
