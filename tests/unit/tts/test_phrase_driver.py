"""A driver of ours in the real pyttsx3: files, events, properties, loops."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pyttsx3
from pyttsx3.engine import Engine

from bot.audio import Samples, read_wav
from bot.errors import DeviceError, SpeechError
from bot.tts.phrase_driver import NATURAL_RATE, PhraseDriver, register

WORD_SAMPLES = 3200  # 200 ms


class Humming:
    """A level phrase for each word, loud as its place; `between` is called before each."""

    name = "humming"

    def __init__(self, properties: Mapping[str, Any], between: Callable[[], object]) -> None:
        if properties["voice"] == "nowhere":
            raise SpeechError("Không có giọng nowhere.")
        self.properties = dict(properties)
        self._between = between

    def phrases(self, text: str) -> Iterator[Samples]:
        for place, word in enumerate(text.split(), start=1):
            self._between()
            if word == "lỗi":
                raise SpeechError("Không đọc được.")
            yield np.full(WORD_SAMPLES, 1000 * place, np.int16)


class Studio:
    """pyttsx3 with a humming voice, all that it told, and every voice that it loaded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.loaded: list[Humming] = []
        self.between: Callable[[], object] = lambda: None
        monkeypatch.setitem(sys.modules, f"pyttsx3.drivers.{__name__}", SimpleNamespace(buildDriver=self.build))
        self.engine = Engine(__name__)
        for topic in ("started-utterance", "finished-utterance", "error"):
            self.engine.connect(topic, lambda topic=topic, **values: self.told.append((topic, values)))

    def build(self, proxy: Any) -> PhraseDriver:
        return PhraseDriver(proxy, self.load, {"voice": "here", "pitch": None})

    def load(self, properties: Mapping[str, Any]) -> Humming:
        self.loaded.append(Humming(properties, self.between))
        return self.loaded[-1]

    def save(self, file: Path, text: str, name: str | None = None) -> None:
        self.engine.save_to_file(text, str(file), name)

    @property
    def topics(self) -> list[str]:
        return [topic for topic, _ in self.told]

    @property
    def errors(self) -> list[type[Exception]]:
        return [type(values["exception"]) for topic, values in self.told if topic == "error"]

    @property
    def completed(self) -> list[tuple[str | None, bool]]:
        return [(told["name"], told["completed"]) for topic, told in self.told if topic == "finished-utterance"]


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    return Studio(monkeypatch)


def levels(file: Path) -> list[int]:
    """The level of each word in a file."""
    audio = read_wav(file)
    assert audio.rate_hz == 16_000
    assert len(audio.samples) % WORD_SAMPLES == 0
    return audio.samples[::WORD_SAMPLES].tolist()


def test_a_driver_outside_of_pyttsx3_is_found_by_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportError):
        pyttsx3.init("a.driver.of.ours")
    monkeypatch.setitem(sys.modules, "a.driver.of.ours", SimpleNamespace(buildDriver=lambda proxy: "built"))
    monkeypatch.setitem(sys.modules, "pyttsx3.drivers.a.driver.of.ours", None)  # is taken away again after the test
    register("a.driver.of.ours")
    assert str(pyttsx3.init("a.driver.of.ours")) == "a.driver.of.ours"


def test_an_utterance_is_saved_and_told(studio: Studio, tmp_path: Path) -> None:
    studio.save(tmp_path / "a.wav", "một hai ba", "first")
    studio.engine.runAndWait()
    assert levels(tmp_path / "a.wav") == [1000, 2000, 3000]
    assert studio.topics == ["started-utterance", "finished-utterance"]
    assert studio.completed == [("first", True)]


def test_utterances_are_spoken_in_order_in_one_loop_and_the_next(studio: Studio, tmp_path: Path) -> None:
    for loop in range(3):
        studio.engine.runAndWait()  # nothing to say
        for number in range(3):
            studio.save(tmp_path / f"{loop}{number}.wav", "một " * (number + 1), f"{loop}{number}")
        studio.engine.runAndWait()
    assert [len(levels(tmp_path / f"{loop}{number}.wav")) for loop in range(3) for number in range(3)] == [1, 2, 3] * 3
    assert studio.completed == [(f"{loop}{number}", True) for loop in range(3) for number in range(3)]


def test_many_utterances_fit_in_one_loop(studio: Studio) -> None:
    many = sys.getrecursionlimit() // 2  # each would need more than two calls inside the one before
    for _ in range(many):
        studio.save(Path(os.devnull), "một")
    studio.engine.runAndWait()
    assert len(studio.completed) == many


def test_what_is_stopped_ends_at_once_and_is_not_completed(studio: Studio, tmp_path: Path) -> None:
    def stop_before_the_third() -> None:
        words.append(1)
        if len(words) == 3:
            studio.engine.stop()

    words: list[int] = []
    studio.between = stop_before_the_third
    studio.save(tmp_path / "a.wav", "một hai ba bốn", "first")
    studio.save(tmp_path / "b.wav", "một", "never")
    studio.engine.runAndWait()
    assert levels(tmp_path / "a.wav") == [1000, 2000]
    assert studio.completed == [("first", False)]
    studio.save(tmp_path / "c.wav", "một hai")
    studio.engine.runAndWait()
    assert levels(tmp_path / "c.wav") == [1000, 2000]


def test_a_voice_that_fails_is_told_and_the_next_utterance_is_spoken(studio: Studio, tmp_path: Path) -> None:
    studio.save(tmp_path / "a.wav", "một lỗi hai", "bad")
    studio.save(tmp_path / "khong" / "co.wav", "một", "nowhere")
    studio.save(tmp_path / "b.wav", "một", "good")
    studio.engine.runAndWait()
    assert studio.errors == [SpeechError, FileNotFoundError]
    assert studio.completed == [("bad", False), ("nowhere", False), ("good", True)]


@pytest.mark.parametrize(("volume", "level"), [(0.5, 500), (0, 0), (7, 1000), (-1, 0)])
def test_volume_scales_what_is_spoken(studio: Studio, tmp_path: Path, volume: float, level: int) -> None:
    studio.engine.setProperty("volume", volume)
    studio.save(tmp_path / "a.wav", "một")
    studio.engine.runAndWait()
    assert levels(tmp_path / "a.wav") == [level]


def test_a_voice_is_loaded_with_its_properties_once(studio: Studio, tmp_path: Path) -> None:
    studio.engine.setProperty("rate", 300)
    studio.engine.setProperty("pitch", 120)
    studio.engine.setProperty("voice", "there")
    studio.engine.setProperty("volume", 0.5)
    for _ in range(2):
        studio.save(tmp_path / "a.wav", "một")
    studio.engine.runAndWait()
    assert [voice.properties | {"volume": 1} for voice in studio.loaded] == [
        {"voice": "there", "rate": 300, "pitch": 120, "volume": 1}
    ]
    assert studio.engine.getProperty("rate") == 300
    assert [(voice.id, voice.name) for voice in studio.engine.getProperty("voices")] == [("there", "humming")]
    studio.engine.setProperty("pitch", 90)
    studio.save(tmp_path / "a.wav", "một")
    studio.engine.runAndWait()
    assert [voice.properties["pitch"] for voice in studio.loaded] == [120, 90]


def test_nothing_is_loaded_before_it_is_needed(studio: Studio) -> None:
    assert (studio.engine.getProperty("voice"), studio.engine.getProperty("rate")) == ("here", NATURAL_RATE)
    assert studio.loaded == []


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("voice", "nowhere", SpeechError),
        ("rate", 0, ValueError),
        ("rate", float("nan"), ValueError),
        ("rate", "nhanh", ValueError),
        ("tempo", 3, KeyError),
    ],
)
def test_a_property_that_cannot_be_set_is_told(
    studio: Studio, name: str, value: object, error: type[Exception]
) -> None:
    studio.engine.setProperty(name, value)
    studio.engine.runAndWait()
    assert studio.errors == [error]


def test_it_speaks_in_the_loop_of_others(studio: Studio, tmp_path: Path) -> None:
    studio.engine.startLoop(False)
    studio.save(tmp_path / "a.wav", "một hai")
    studio.save(tmp_path / "b.wav", "một")
    for _ in range(4):
        studio.engine.iterate()
    studio.engine.endLoop()
    assert levels(tmp_path / "a.wav") == [1000, 2000]
    assert levels(tmp_path / "b.wav") == [1000]


class Loudspeaker:
    """PortAudio where there is, or is no device."""

    class PortAudioError(Exception):
        """As in sounddevice."""

    def __init__(self, *, plugged: bool) -> None:
        self._plugged = plugged
        self.heard = b""
        self.opened: dict[str, object] = {}

    def RawOutputStream(self, **opened: object) -> Loudspeaker:
        if not self._plugged:
            raise self.PortAudioError("no device")
        self.opened = opened
        return self

    def __enter__(self) -> Loudspeaker:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""

    def write(self, data: bytes) -> None:
        self.heard += data


def test_say_goes_to_the_loudspeaker(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    loudspeaker = Loudspeaker(plugged=True)
    monkeypatch.setitem(sys.modules, "sounddevice", loudspeaker)
    studio.engine.say("một hai")
    studio.engine.runAndWait()
    assert np.frombuffer(loudspeaker.heard, "<i2")[::WORD_SAMPLES].tolist() == [1000, 2000]
    assert loudspeaker.opened == {"samplerate": 16_000, "channels": 1, "dtype": "int16"}
    assert studio.errors == []


@pytest.mark.parametrize("sounddevice", [None, Loudspeaker(plugged=False)], ids=["no PortAudio", "no device"])
def test_without_a_loudspeaker_say_is_an_error(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, sounddevice: Loudspeaker | None
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", sounddevice)
    studio.engine.say("một hai")
    studio.engine.runAndWait()
    assert studio.errors == [DeviceError]
    assert studio.completed == [(None, False)]
