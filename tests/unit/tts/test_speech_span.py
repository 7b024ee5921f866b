"""Speech is found between a room's noise and keys that click."""

from __future__ import annotations

import numpy as np
import pytest

from bot.tts.speech_span import SpeechSpan, speech_span
from tests.unit.tts.artist import in_a_room, said

RATE_HZ = 16_000
FIVE = said("digit_5")
START, END = 8000, 8000 + len(FIVE)
WINDOW = 160
# What is shipped has up to 20 ms of silence before and 60 ms after.
LEAD, TAIL = 3 * WINDOW, 8 * WINDOW


def found(samples: np.ndarray) -> SpeechSpan:
    span = speech_span(samples, RATE_HZ)
    assert span is not None
    return span


@pytest.mark.parametrize("snr_db", [20, 40, 70])
def test_speech_is_found_under_any_noise(snr_db: float) -> None:
    span = found(in_a_room(FIVE, snr_db=snr_db))
    assert START - WINDOW <= span.start <= START + LEAD
    assert END - TAIL <= span.end <= END + WINDOW
    assert span.snr_db == pytest.approx(snr_db, abs=3)


def test_clicks_far_from_the_speech_are_left_out() -> None:
    room = in_a_room(FIVE)
    clicking = room.copy()
    clicking[800:1000] += 0.3
    clicking[-1000:-800] += 0.3
    assert found(clicking).start == pytest.approx(found(room).start, abs=2 * WINDOW)
    assert found(clicking).end == pytest.approx(found(room).end, abs=2 * WINDOW)


def test_a_burst_beside_the_speech_belongs_to_it() -> None:
    bursting = in_a_room(FIVE)
    bursting[START - 1600 : START - 1400] += 0.3
    assert found(bursting).start <= START - 1600


def test_a_soft_beginning_is_kept() -> None:
    hiss = np.random.default_rng(1).normal(size=1600) * np.sqrt(np.mean(FIVE**2)) * 10 ** (-42 / 20)
    span = found(in_a_room(np.concatenate([hiss, FIVE]), snr_db=60))
    assert span.start <= START + WINDOW


def test_pauses_inside_are_kept() -> None:
    pause = np.zeros(RATE_HZ)
    span = found(in_a_room(np.concatenate([FIVE, pause, FIVE])))
    assert span.end - span.start > RATE_HZ + len(FIVE)


def test_without_silence_around_it_nobody_knows_the_noise() -> None:
    assert found(FIVE).snr_db is None


@pytest.mark.parametrize("samples", [np.zeros(RATE_HZ), np.zeros(10), in_a_room(FIVE) * 1e-4])
def test_where_nobody_speaks_there_is_none(samples: np.ndarray) -> None:
    assert speech_span(samples, RATE_HZ) is None
