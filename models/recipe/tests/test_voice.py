"""The average voice on synthetic speakers: tones with formants, each with a pitch and a colour of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import yaml

from recipe.synthetic import DIGITS
from voice import __main__ as command
from voice.average import alignment, average
from voice.choice import Candidate, SharesError, check_shares, choose, shares
from voice.clips import DigitClip, digit_clips
from voice.folder import write_takes
from voice.likeness import likeness
from voice.speakers import clusters, voice_prints
from voice.takes import POSITIONS, Manner, take
from voice.world import CEPSTRA, RATE_HZ, Floats, Parameters, analyse, synthesize

HEADER = "id\tpack\tstart_s\tend_s\tsplit\tkind\tspeaker\tsource_hz\ttext\n"


def tone(pitch_hz: float, seconds: float = 0.3) -> Floats:
    """A buzz with a soft start and end."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * pitch_hz * k * times) / k for k in range(1, 20))
    return np.asarray(buzz * np.hanning(len(times)) * 0.2)


def said(word: int, colour: int, frames: int = 40, seed: int = 0) -> Parameters:
    """A word's own shape in a speaker's own colour."""
    rng = np.random.default_rng([word, 1])
    shape = np.outer(np.sin(np.linspace(0, np.pi, frames)), rng.standard_normal(CEPSTRA))
    own = np.random.default_rng([colour, 2]).standard_normal(CEPSTRA) * 0.3
    noise = np.random.default_rng([word, colour, seed]).standard_normal((frames, CEPSTRA)) * 0.05
    return Parameters(
        np.full(frames, 4.8 + 0.1 * colour), np.ones(frames), shape + own + noise, np.full((frames, 1), -5.0)
    )


def crowd(speakers: int, each: int) -> list[Candidate]:
    return [
        Candidate(
            clip=DigitClip(f"x-{speaker}-{number}", word, "x", 0.5, np.zeros(1)),
            said=said(at, speaker, 36 + number % 5, number),
            speaker=f"x/{speaker}",
            clearness=3,
        )
        for at, word in enumerate(DIGITS)
        for speaker in range(speakers)
        for number in range(each)
    ]


def test_world_keeps_pitch_and_length() -> None:
    heard = analyse(tone(150))
    assert heard is not None
    assert np.exp(heard.pitch) == pytest.approx(150, rel=0.02)
    assert len(synthesize(heard)) / RATE_HZ == pytest.approx(0.3, abs=0.03)


def test_a_clip_without_a_voice_is_none() -> None:
    assert analyse(np.zeros(4000)) is None


def test_the_same_parameters_are_the_same_samples() -> None:
    word = average([said(3, colour) for colour in range(4)])
    first, second = (take(word, POSITIONS[""], Manner()) for _ in range(2))
    assert (first == second).all()


def test_sequences_are_aligned_where_they_are_alike() -> None:
    slow, quick = np.array([[0.0], [0.0], [1.0], [1.0], [2.0]]), np.array([[0.0], [1.0], [2.0]])
    assert alignment(slow, quick) == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)]


def test_an_average_is_as_lively_as_what_it_is_made_of_and_has_nobodys_pitch() -> None:
    sayings = [said(1, colour, 38 + colour) for colour in range(6)]
    mean = average(sayings)
    spread = np.mean([each.cepstra[:, 1:].std(axis=0) for each in sayings], axis=0)
    assert mean.cepstra[:, 1:].std(axis=0) == pytest.approx(spread, rel=0.2)
    assert mean.cepstra[:, 0].max() == pytest.approx(0)
    assert mean.pitch == pytest.approx(0, abs=1e-9)


def test_the_later_a_digit_stands_the_longer_it_is_and_the_lower_it_ends() -> None:
    word = average([said(2, colour) for colour in range(4)])
    takes = [take(word, POSITIONS[end], Manner(seconds=0.4)) for end in ("", "-group", "-last")]
    lengths = [len(samples) for samples in takes]
    assert lengths == sorted(set(lengths))
    ends = [analyse(samples) for samples in takes]
    last = [np.median(each.log_f0[-25:-5]) for each in ends if each is not None]
    assert last == sorted(last, reverse=True)


def test_nobody_has_too_large_a_share() -> None:
    many = [each for each in crowd(6, 3) if each.clip.word == "ba"]
    loud = [replace(many[0], clip=replace(many[0].clip, id=f"more-{n}")) for n in range(30)]
    chosen = choose([*many, *loud], 30)
    assert max(shares(chosen).values()) <= 0.2
    assert {each.speaker for each in chosen} == {f"x/{speaker}" for speaker in range(6)}


def test_unclear_clips_and_unusual_ones_come_last() -> None:
    found = [each for each in crowd(8, 4) if each.clip.word == "hai"]
    unclear = replace(found[0], clearness=0)
    odd = replace(found[5], said=said(9, 1))
    chosen = choose([unclear, *found[1:5], odd, *found[6:]], 24)
    assert not {unclear.clip.id, odd.clip.id} & {each.clip.id for each in chosen}


def test_too_few_speakers_are_an_error() -> None:
    with pytest.raises(SharesError, match="record more speakers"):
        choose([each for each in crowd(2, 10) if each.clip.word == "ba"], 20)
    with pytest.raises(SharesError):
        check_shares([])


def test_speakers_are_told_apart_by_colour_and_pitch() -> None:
    found = [each for speaker in range(3) for each in crowd(3, 30) if each.speaker == f"x/{speaker}"]
    clips, sayings = [each.clip for each in found], [each.said for each in found]
    names = clusters(clips, voice_prints(clips, sayings))
    assert len({(name, each.speaker) for name, each in zip(names, found, strict=True)}) == 3


def test_an_average_is_nobodys_and_one_speakers_voice_is_his() -> None:
    found = crowd(12, 5)
    words = dict.fromkeys(each.clip.word for each in found)
    all_of = {word: average([each.said for each in found if each.clip.word == word]) for word in words}
    assert likeness(found, all_of).is_nobodys
    his = {
        word: average([each.said for each in found if each.clip.word == word and each.speaker == "x/3"])
        for word in words
    }
    found_out = likeness(found, his)
    assert not found_out.is_nobodys
    assert found_out.nearest == "x/3"
    assert found_out.identified == 1.0


def test_takes_are_noted_beside_what_the_manifest_has(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text("utter_a: {text: a, source: rendered, voice: v, sha256: [x]}\n", encoding="utf-8")
    write_takes({"digit_3": ("ba", tone(140)), "digit_3-last": ("ba", tone(120))}, "average of 9 speakers", tmp_path)
    lines = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    assert list(lines) == ["digit_3", "digit_3-last", "utter_a"]
    assert (lines["digit_3"]["text"], lines["digit_3"]["source"]) == ("ba", "averaged")
    assert sf.info(tmp_path / "digit_3.wav").samplerate == RATE_HZ


def test_only_clips_of_digits_to_be_learnt_from_are_taken(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.tile(tone(140), 4), RATE_HZ)
    row = "x01-{0}\ta.wav\t{1}\t{2}\t{3}\t{4}\tp\t{5}\t{6}\n"
    rows = [
        row.format(1, 0, 0.3, "train", "digit", 16000, "ba"),
        row.format(2, 0.3, 0.6, "dev", "digit", 16000, "ba"),
        row.format(3, 0.3, 0.6, "train", "word", 16000, "ba"),
        row.format(4, 0.3, 0.6, "train", "digit", 8000, "ba"),
        row.format(5, 0.3, 0.35, "train", "digit", 16000, "ba"),
        row.format(6, 0.6, 0.9, "train", "digit", 16000, "ba"),
    ]
    (tmp_path / "segments.tsv").write_text(HEADER + "".join(rows), encoding="utf-8")
    clips = digit_clips(tmp_path / "segments.tsv")
    assert [(clip.id, clip.place) for clip in clips] == [("x01-1", 0.25), ("x01-6", 0.75)]
    assert np.abs(clips[0].samples).max() == pytest.approx(0.5)


def test_a_table_without_some_digit_ends_with_a_sentence(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(140), RATE_HZ)
    line = "x01-1\ta.wav\t0\t0.3\ttrain\tdigit\tp\t16000\tba\n"
    (tmp_path / "segments.tsv").write_text(HEADER + line, encoding="utf-8")
    with pytest.raises(SystemExit, match="không"):
        command.main(
            ["--segments", str(tmp_path / "segments.tsv"), "--out", str(tmp_path / "out"), "--kept", str(tmp_path)]
        )
    assert not (tmp_path / "out").exists()
