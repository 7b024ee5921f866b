"""A pyttsx3 driver for voices that speak phrase by phrase; the module of each such voice builds it."""

from __future__ import annotations

import sys
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from pyttsx3.voice import Voice

from bot.audio import WIDE_BAND_HZ, Samples, from_samples
from bot.errors import DeviceError, SpeechError

NATURAL_RATE: Final = 200  # pyttsx3's rate (words a minute, 200 by default) at which a voice speaks at its own pace

_IDLE_S: Final = 0.01
_PIECE_SAMPLES: Final = WIDE_BAND_HZ // 10  # after so much, `stop` counts

Sound = Callable[[bytes], object]


class PhraseVoice(Protocol):
    """A loaded voice."""

    @property
    def name(self) -> str:
        """Stable; it changes when the sound would."""
        ...

    def phrases(self, text: str) -> Iterator[Samples]:
        """One phrase after another at 16 kHz, pauses included."""
        ...


def register(module: str) -> None:
    """Let `pyttsx3.init(module)` find a driver outside of pyttsx3: it imports `pyttsx3.drivers.<module>`."""
    sys.modules[f"pyttsx3.drivers.{module}"] = sys.modules[module]


class PhraseDriver:
    """Speaks in pyttsx3's loop; `say` goes to the loudspeaker, `save_to_file` to a WAV of 16 kHz, 16 bit, mono.

    Properties are `volume` (0 to 1), `rate` (see NATURAL_RATE) and those of the voice; `voice` is where it is loaded
    from. Setting it loads it at once, any other at the next utterance. Events are `started-utterance`,
    `finished-utterance` (not completed when stopped or failed) and `error`; no words, whose places nobody tells.
    """

    def __init__(
        self, proxy: Any, load: Callable[[Mapping[str, Any]], PhraseVoice], properties: Mapping[str, Any]
    ) -> None:
        self._proxy = proxy
        self._load = load
        self._properties = {"volume": 1.0, "rate": NATURAL_RATE, **properties}
        self._voice: PhraseVoice | None = None
        self._waiting: tuple[str, str | None] | None = None  # a text, and the file it goes to
        self._stopping = False
        self._ended = False  # pyttsx3 may end the loop before it starts it

    def say(self, text: str) -> None:
        self._wait(text, None)

    def save_to_file(self, text: str, filename: str) -> None:
        self._wait(text, filename)

    def stop(self) -> None:
        self._waiting = None
        self._stopping = True

    def getProperty(self, name: str) -> Any:
        """Raises SpeechError where `voices` have to be loaded and cannot be; KeyError."""
        if name == "voices":
            return [Voice(self._properties["voice"], self._loaded().name, languages=["vi"])]
        return self._properties[name]

    def setProperty(self, name: str, value: Any) -> None:
        """Raises KeyError, ValueError; SpeechError from a voice."""
        if name not in self._properties:
            raise KeyError(name)
        if name == "volume":
            self._properties["volume"] = min(max(float(value), 0.0), 1.0)
            return
        if name == "rate" and not float(value) > 0:
            raise ValueError(f"rate {value}")
        self._properties[name] = value
        self._voice = None
        if name == "voice":
            self._loaded()

    def startLoop(self) -> None:
        while not self._ended:
            self._turn()
            if not (self._waiting or self._ended):
                time.sleep(_IDLE_S)
        self._ended = False

    def endLoop(self) -> None:
        self._ended = True

    def iterate(self) -> Iterator[None]:
        while True:
            self._turn()
            yield

    def _wait(self, text: str, filename: str | None) -> None:
        self._waiting = (text, filename)
        self._proxy.setBusy(True)  # keeps the next command waiting until the loop has spoken

    def _turn(self) -> None:
        """Speak what waits, then let the proxy go on to the next command."""
        if self._waiting:
            text, filename = self._waiting
            self._waiting = None
            self._speak(text, filename)
        self._proxy.setBusy(False)

    def _speak(self, text: str, filename: str | None) -> None:
        self._stopping = False
        self._proxy.notify("started-utterance")
        completed = False
        try:
            with _loudspeaker() if filename is None else _wav(filename) as sound:
                for piece in self._pieces(text):
                    sound(piece)
            completed = not self._stopping
        except (SpeechError, DeviceError, OSError) as error:
            self._proxy.notify("error", exception=error)
        self._proxy.notify("finished-utterance", completed=completed)

    def _pieces(self, text: str) -> Iterator[bytes]:
        volume = self._properties["volume"]
        for phrase in self._loaded().phrases(text):
            for start in range(0, len(phrase), _PIECE_SAMPLES):
                if self._stopping:
                    return
                yield from_samples(phrase[start : start + _PIECE_SAMPLES] * volume).pcm

    def _loaded(self) -> PhraseVoice:
        if self._voice is None:
            self._voice = self._load(self._properties)
        return self._voice


@contextmanager
def _wav(filename: str) -> Iterator[Sound]:
    with Path(filename).open("wb") as file, wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(WIDE_BAND_HZ)
        yield wav.writeframes


@contextmanager
def _loudspeaker() -> Iterator[Sound]:
    try:
        import sounddevice  # noqa: PLC0415 - raises OSError where PortAudio is not installed
    except (OSError, ImportError):
        raise DeviceError("Không có thư viện PortAudio. Cài: sudo apt install libportaudio2") from None
    try:
        with sounddevice.RawOutputStream(samplerate=WIDE_BAND_HZ, channels=1, dtype="int16") as stream:
            yield stream.write
    except sounddevice.PortAudioError as error:
        raise DeviceError(f"Không phát được ra loa ({error}). Nối loa, hoặc đọc ra tệp bằng save_to_file.") from None
