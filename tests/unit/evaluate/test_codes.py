"""Codes pasted of one voice's clips, and the other trials of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.audio import Audio, join, silence
from bot.errors import AudioError
from bot.evaluate.codes import SPEECH_RMS, STYLES, levelled, spoken_codes, trimmed, voices
from bot.evaluate.material import from_clips
from bot.evaluate.recordings import Clip, read_clips
from bot.evaluate.said import holds_numeral
from bot.evaluate.trials import Kind
from bot.replies import Expect
from tests.unit.evaluate.packs import digit_hertz, tone, write_folder


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, ...]:
    return read_clips(write_folder(tmp_path_factory.mktemp("recordings")))


def heard_hertz(audio: Audio, end_ms: int) -> float:
    """The tone in the 200 ms before `end_ms`."""
    piece = audio.samples[(end_ms - 220) * 8 : (end_ms - 20) * 8].astype(float)
    return float(np.argmax(abs(np.fft.rfft(piece, 80_000))) / 10)


def test_neighbours_are_one_voice_and_no_clip_belongs_to_two(clips: tuple[Clip, ...]) -> None:
    first, second = voices(clips)
    assert (first.source, first.name, second.name) == ("t01", "p1/1", "p1/2")
    for digit in "0123456789":
        assert [clip.id for clip in first.takes[digit]] < [clip.id for clip in second.takes[digit]]
        assert len(first.takes[digit]) == len(second.takes[digit]) == 6


def test_a_code_is_of_its_speakers_dialect_where_that_is_one(clips: tuple[Clip, ...]) -> None:
    southern = [replace(clip, dialect="nam") for clip in clips]
    assert {trial.dialect for trial in from_clips(southern, codes=2, most=2, seed=2).trials} == {"nam", ""}  # noise
    assert {voice.dialect for voice in voices([*southern[:-20], *clips[-20:]])} == {""}


def test_a_source_without_every_digit_is_no_voice(clips: tuple[Clip, ...]) -> None:
    assert voices([clip for clip in clips if clip.text != "bảy"]) == []
    with pytest.raises(AudioError, match="đủ mười chữ số"):
        from_clips([clip for clip in clips if clip.text != "bảy"], codes=1, most=1, seed=1)


def test_the_same_seed_makes_the_same_codes_and_more_of_them_change_none(clips: tuple[Clip, ...]) -> None:
    among = voices(clips)
    made = list(spoken_codes(among, 3, seed=5))
    assert made == list(spoken_codes(among, 5, seed=5))[:3]
    assert {trial.said for trial in made}.isdisjoint(trial.said for trial in spoken_codes(among, 3, seed=6))


def test_each_digit_sounds_where_it_is_said_to_end_and_is_of_the_voice(clips: tuple[Clip, ...]) -> None:
    among = voices(clips)
    for number, trial in enumerate(spoken_codes(among, 8, seed=1)):
        assert len(trial.said) == len(trial.ends_ms) == 10
        assert trial.speaker == among[number % 2].name
        for digit, end_ms in zip(trial.said, trial.ends_ms, strict=True):
            take = heard_hertz(trial.audio, end_ms) - digit_hertz(digit, 0)
            assert (-1 if number % 2 == 0 else 5) < take < (6 if number % 2 == 0 else 12)


def test_groups_have_pauses_and_digits_have_gaps(clips: tuple[Clip, ...]) -> None:
    seen = set()
    for trial in spoken_codes(voices(clips), 30, seed=2):
        gaps = [later - end - 400 for end, later in zip(trial.ends_ms, trial.ends_ms[1:], strict=False)]
        group_ends = set(np.cumsum(STYLES[trial.origin])[:-1] - 1)
        for place, gap in enumerate(gaps):
            assert (299 if place in group_ends else 49) <= gap <= (801 if place in group_ends else 301)
        seen.add(trial.origin)
    assert seen == set(STYLES)


def test_trials_of_each_kind_are_heard_in_the_turn_that_they_belong_to(clips: tuple[Clip, ...]) -> None:
    material = from_clips(clips, codes=2, most=20, seed=3)
    said = {kind: [trial.said for trial in material.trials if trial.kind is kind] for kind in Kind}
    assert len(said[Kind.CODE]) == 2
    assert len(said[Kind.DIGIT]) == len(said[Kind.NOISE]) == 20
    assert set("".join(said[Kind.DIGIT])) <= set("0123456789")
    assert sorted(said[Kind.ANSWER]) == ["không", "trở lại", "đúng"]
    assert sorted(said[Kind.WORDS]) == ["cà phê", "trở lại", "đúng"]
    assert {trial.expect for trial in material.trials if trial.kind is not Kind.ANSWER} == {Expect.CODE}
    assert material.trials == from_clips(clips, codes=2, most=20, seed=3).trials


@pytest.mark.parametrize("text", ["không", "một", "mười", "lăm", "linh", "năm nay", "hông", "Bẩy", "tk 1", "zero"])
def test_words_that_are_numerals_are_no_foils(text: str) -> None:
    assert holds_numeral(text)


@pytest.mark.parametrize("text", ["đúng", "trạm ATM", "nam", "tháng", "tăng tốc độ quạt", "việt nam"])
def test_words_that_only_sound_like_numerals_are_foils(text: str) -> None:
    assert not holds_numeral(text)


def test_trimming_keeps_the_word_and_levelling_makes_it_loud() -> None:
    said = join([silence(500), tone(700, 300, amplitude=500), silence(700)])
    assert 300 <= trimmed(said).duration_ms <= 370
    assert np.sqrt(np.mean(levelled(tone(700)).samples.astype(float) ** 2)) == pytest.approx(SPEECH_RMS, rel=0.01)
    assert trimmed(silence(100)) == silence(100)
    assert trimmed(silence(5)) == silence(5)
