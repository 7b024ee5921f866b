"""What becomes of a voice artist's recording, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from bot.errors import AudioError
from bot.tts.finishing import Finished, Flaw, finished
from bot.tts.loudness import TARGET_LUFS, loudness_lufs
from bot.tts.raw_sound import Floats, RawSound
from tests.unit.tts.artist import in_a_room, said, taken

FIVE = said("digit_5")
FIVE_MS = len(FIVE) // 16


def finish(samples: Floats, usual_ms: int = FIVE_MS) -> Finished:
    return finished(taken(samples), usual_ms=usual_ms)


def flaws(take: Finished) -> list[Flaw]:
    return [finding.flaw for finding in take.findings]


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_a_good_take_is_cut_and_levelled_without_a_finding(rate_hz: int) -> None:
    take = finished(taken(in_a_room(FIVE), rate_hz), usual_ms=FIVE_MS)
    assert flaws(take) == []
    assert take.audio.rate_hz == 16_000
    assert take.audio.duration_ms == pytest.approx(FIVE_MS, abs=100)
    assert take.lufs == pytest.approx(TARGET_LUFS, abs=0.2)
    assert loudness_lufs(take.audio.samples / 32768, 16_000) == pytest.approx(TARGET_LUFS, abs=1.5)
    assert take.snr_db is not None
    assert take.snr_db > 55


def test_the_same_recording_becomes_the_same_wav() -> None:
    assert finish(in_a_room(FIVE)).audio == finish(in_a_room(FIVE)).audio


def test_a_microphones_rumble_and_offset_are_gone() -> None:
    room = in_a_room(FIVE)
    rumbling = room + 0.05 + 0.1 * np.sin(2 * np.pi * 20 * np.arange(len(room)) / 16_000)
    assert flaws(finish(rumbling)) == []
    assert abs(float(finish(rumbling).audio.samples.mean())) < 20


def test_it_begins_and_ends_with_nothing_that_clicks() -> None:
    samples = finish(in_a_room(FIVE, snr_db=20)).audio.samples
    assert samples[0] == samples[-1] == 0


def test_clipping_is_told_with_its_place() -> None:
    broken = taken(in_a_room(np.concatenate([FIVE, np.zeros(16_000), FIVE * 4])))
    take = finished(broken, usual_ms=FIVE_MS * 6)
    assert Flaw.CLIPPED in flaws(take)
    second = np.flatnonzero(np.abs(broken.mono) >= 1)[0] / 48_000
    assert f"giây {second:.1f}".replace(".", ",") in take.findings[0].message


def test_clipping_of_one_channel_is_seen() -> None:
    good, broken = taken(in_a_room(FIVE)).mono, taken(in_a_room(FIVE) * 4).mono
    take = finished(RawSound(np.stack([good, broken], axis=1), 48_000), usual_ms=FIVE_MS)
    assert Flaw.CLIPPED in flaws(take)


def test_a_single_full_sample_is_no_clipping() -> None:
    room = taken(in_a_room(FIVE)).samples.copy()
    room[room.argmax()] = 1.0
    assert Flaw.CLIPPED not in flaws(finished(RawSound(room, 48_000), usual_ms=FIVE_MS))


@pytest.mark.parametrize(
    ("samples", "usual_ms", "flaw"),
    [
        pytest.param(in_a_room(FIVE, snr_db=25), FIVE_MS, Flaw.NOISY, id="a noisy room"),
        pytest.param(in_a_room(FIVE) * 0.02, FIVE_MS, Flaw.QUIET, id="far from the microphone"),
        pytest.param(in_a_room(FIVE), FIVE_MS * 3, Flaw.SHORT, id="half the words"),
        pytest.param(in_a_room(np.tile(FIVE, 4)), FIVE_MS, Flaw.LONG, id="a word too many"),
        pytest.param(in_a_room(FIVE)[9600:], FIVE_MS, Flaw.CUT, id="started too late"),
        pytest.param(in_a_room(FIVE)[: 8000 + len(FIVE) // 2], FIVE_MS, Flaw.CUT, id="stopped too early"),
    ],
)
def test_what_asks_for_another_take_is_told(samples: Floats, usual_ms: int, flaw: Flaw) -> None:
    assert flaw in flaws(finish(samples, usual_ms))


def test_a_bang_that_keeps_the_speech_quiet_is_told() -> None:
    banging = in_a_room(FIVE * 0.05)
    banging[8000 + len(FIVE) // 2 :][:8] += 0.9
    assert Flaw.PEAKS in flaws(finish(banging))


def test_a_slow_digit_is_no_finding() -> None:
    assert flaws(finish(in_a_room(said("digit_5-last")), 300)) == []


@pytest.mark.parametrize("samples", [np.zeros(16_000), in_a_room(FIVE) * 1e-4], ids=["muted", "unplugged"])
def test_where_nobody_speaks_there_is_nothing_to_keep(samples: Floats) -> None:
    with pytest.raises(AudioError, match="Không nghe thấy ai nói"):
        finish(samples)
