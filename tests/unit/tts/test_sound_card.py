"""The microphone of a voice artist, where there is none and with devices by script."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bot.audio import silence
from bot.errors import AudioError, DeviceError
from bot.tts.raw_sound import RawSound
from bot.tts.sound_card import SILENCE_DB, SoundCard
from tests.unit.tts.sound_devices import SoundDevices

HALF = RawSound(np.full((4800, 1), 0.5), 48_000)


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> SoundDevices:
    return installed(monkeypatch, SoundDevices())


def installed(monkeypatch: pytest.MonkeyPatch, module: SoundDevices) -> SoundDevices:
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def test_without_portaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(DeviceError, match="sudo apt install libportaudio2"):
        SoundCard()


def test_without_a_microphone_it_says_how_to_look_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, SoundDevices(opens=False))
    with pytest.raises(DeviceError, match=r"Không mở được micrô .*python -m sounddevice"):
        SoundCard()


def test_a_telephones_headset_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, SoundDevices(rate_hz=8000))
    with pytest.raises(DeviceError, match="8000 Hz; cần từ 16000 Hz"):
        SoundCard()


def test_only_what_is_heard_between_start_and_stop_is_kept(devices: SoundDevices) -> None:
    card = SoundCard()
    devices.hear(RawSound(np.ones((4800, 1)), 48_000))
    card.start()
    devices.hear(HALF)
    sound = card.stop()
    devices.hear(HALF)
    assert sound.rate_hz == 48_000
    assert np.allclose(sound.samples, HALF.samples, atol=1e-4)
    card.start()
    with pytest.raises(AudioError, match="chưa thu được gì"):
        card.stop()


def test_the_level_is_the_highest_since_it_was_asked(devices: SoundDevices) -> None:
    card = SoundCard()
    devices.hear(RawSound(HALF.samples * -1, 48_000))
    devices.hear(RawSound(HALF.samples / 10, 48_000))
    assert card.level_db() == pytest.approx(-6.02, abs=0.01)
    assert card.level_db() == SILENCE_DB


def test_sound_that_was_lost_on_a_busy_machine_is_told(devices: SoundDevices) -> None:
    card = SoundCard()
    card.start()
    devices.hear(HALF, status="input overflow")
    with pytest.raises(AudioError, match="mất tiếng"):
        card.stop()
    card.start()
    devices.hear(HALF)
    assert len(card.stop().samples) == 4800


def test_a_microphone_that_is_unplugged_is_told(devices: SoundDevices) -> None:
    card = SoundCard()
    devices.active = False
    with pytest.raises(DeviceError, match="Micrô không còn nữa"):
        card.level_db()


def test_a_take_is_played_and_the_microphone_closed(devices: SoundDevices) -> None:
    card = SoundCard()
    card.play(silence(100, 16_000))
    assert devices.played == silence(100, 16_000).pcm
    card.close()
    assert devices.closed


def test_without_a_loudspeaker_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, SoundDevices(plays=False))
    with pytest.raises(DeviceError, match="Không phát được ra loa"):
        SoundCard().play(silence(100))
