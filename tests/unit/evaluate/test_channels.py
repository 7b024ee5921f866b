"""Telephone channels: deterministic, as long as what goes in, and as bad as they say."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from bot.audio import FRAME_SAMPLES, Audio, from_samples, join, silence
from bot.evaluate.channels import CHANNELS, active_level, carry, concealed, lost_packets, street_noise
from tests.unit.evaluate.packs import tone

SPEECH = join([silence(300), tone(800, 900), silence(411), tone(1200, 700)])
BABBLE = tone(2000, 3000)


def floats(audio: Audio) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return audio.samples.astype(np.float64)


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_same_seed_is_the_same_line_and_speech_stays_as_long(channel: str) -> None:
    heard = carry(SPEECH, channel, seed=4, babble=BABBLE)
    assert heard == carry(SPEECH, channel, seed=4, babble=BABBLE)
    assert len(heard.samples) == len(SPEECH.samples)
    assert carry(Audio(b""), channel, seed=4) == Audio(b"")
    assert np.corrcoef(floats(heard), floats(SPEECH))[0, 1] > 0.8


@pytest.mark.parametrize("channel", ["loss5", "loss20-single", "noise10", "noise-3"])
def test_another_seed_is_another_line(channel: str) -> None:
    speech = join([SPEECH] * 3)
    assert carry(speech, channel, seed=4) != carry(speech, channel, seed=5)


def test_clean_changes_nothing_and_an_unknown_channel_is_refused() -> None:
    assert carry(SPEECH, "clean", seed=1) == SPEECH
    assert carry(tone(800, rate_hz=16000), "clean", seed=1).rate_hz == 8000
    for name in ("carrier pigeon", "loss", "loss0", "loss50", "loss5-double", "noise", "noise50", "noise1.5"):
        with pytest.raises(ValueError, match="no channel"):
            carry(SPEECH, name, seed=1)


@pytest.mark.parametrize("channel", ["g711", "gsm", "loss5", "noise10"])
def test_what_is_outside_of_the_telephone_band_does_not_arrive(channel: str) -> None:
    low = join([tone(60, 2000, amplitude=8000)])
    heard = carry(from_samples(floats(low) + floats(tone(1000, 2000))), channel, seed=2)
    spectrum = abs(np.fft.rfft(floats(heard)))
    assert spectrum[120] < spectrum[2000] / 5


def test_five_percent_of_the_packets_are_lost_in_bursts_of_two() -> None:
    lost = lost_packets(200_000, seed=3)
    bursts = [len(list(packets)) for is_lost, packets in groupby(lost) if is_lost]
    assert np.mean(lost) == pytest.approx(0.05, abs=0.004)
    assert np.mean(bursts) == pytest.approx(2.0, abs=0.1)
    assert lost_packets(100, seed=3) == lost[:100]


def test_packets_that_are_lost_singly_have_good_neighbours() -> None:
    lost = lost_packets(200_000, seed=3, loss=0.2, mean_burst=1)
    assert np.mean(lost) == pytest.approx(0.2, abs=0.004)
    assert max(len(list(packets)) for is_lost, packets in groupby(lost) if is_lost) == 1
    apart = carry(tone(200, 20_000), "loss20-single", seed=3), carry(tone(200, 20_000), "g711", seed=3)
    differ = [one != other for one, other in zip(apart[0].frames(), apart[1].frames(), strict=True)]
    assert np.mean(differ) == pytest.approx(0.4, abs=0.1)  # a lost one, and the overlap into the next


def test_a_lost_packet_of_a_vowel_is_filled_with_its_last_period() -> None:
    vowel = from_samples(sum((floats(tone(125 * harmonic, 400)) for harmonic in (1, 2, 3)), np.zeros(3200)))
    filled = floats(concealed(vowel, [number == 10 for number in range(20)]))
    gap = slice(10 * FRAME_SAMPLES, 10 * FRAME_SAMPLES + 80)
    assert np.corrcoef(filled[gap], floats(vowel)[gap])[0, 1] > 0.95
    assert (filled[: 10 * FRAME_SAMPLES] == floats(vowel)[: 10 * FRAME_SAMPLES]).all()
    assert (filled[11 * FRAME_SAMPLES + 40 :] == floats(vowel)[11 * FRAME_SAMPLES + 40 :]).all()


def test_a_long_loss_fades_to_nothing_and_one_at_the_start_is_silent() -> None:
    filled = floats(concealed(tone(500, 400), [5 <= number < 15 for number in range(20)]))
    assert not filled[8 * FRAME_SAMPLES : 15 * FRAME_SAMPLES].any()
    assert not floats(concealed(tone(500, 40), [True, True])).any()


@pytest.mark.parametrize("seed", [2, 3])  # babble, street
def test_noise_lies_10_db_under_speech(seed: int) -> None:
    speech = tone(1000, 4000)
    noise = floats(carry(speech, "noise10", seed=seed, babble=tone(2000, 500))) - floats(
        carry(speech, "g711", seed=seed)
    )
    ratio = 20 * np.log10(active_level(floats(speech)) / np.sqrt(np.mean(noise**2)))
    assert ratio == pytest.approx(10, abs=0.5)


def test_street_noise_has_power_1_and_little_of_it_is_high() -> None:
    noise = street_noise(80_000, 1)
    spectrum = abs(np.fft.rfft(noise)) ** 2
    assert np.mean(noise**2) == pytest.approx(1.0)
    assert spectrum[20_000:].sum() < spectrum[:20_000].sum() / 10


def test_active_level_passes_over_pauses_and_nothing_has_none() -> None:
    assert active_level(floats(join([tone(800, 500), silence(4000)]))) == pytest.approx(3000 / 2**0.5, rel=0.02)
    assert active_level(np.zeros(0)) == 0
