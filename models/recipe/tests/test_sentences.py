"""The average voice's sentences: alignment, the network that is trained and the one that speaks, a build in small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from bot.tts.average_frames import ONSET, RIME, SILENCE, Segments, frames, syllables
from bot.tts.average_network import PITCH_SCALE, AverageNetwork
from bot.tts.average_voice import AverageVoice
from bot.tts.world import CEPSTRA, STEP
from bot.vietnamese.syllables import sounds

from recipe.teacher import Piece
from voice.sentences.alignment import align
from voice.sentences.ears import Attuning, Ears
from voice.sentences.examples import Colours, Example, batch, examples
from voice.sentences.export import envelope_of, write_voice
from voice.sentences.learning import Plan, learn
from voice.sentences.network import Voices
from voice.sentences.readings import Reading, joined
from voice.sentences.unread import breaths_of

PROJECT = Path(__file__).resolve().parents[3]
WORDS = "ba ma ta bo mo to bôi môi tôi".split()  # every onset with every rime: what is whose can be told
SYLLABLE_STEPS = (6, 12)  # of an onset and of a rime


def quiet(_sentence: str) -> None:
    """No reports."""


def made_up(rng: np.random.Generator, reader: str) -> Reading:
    """A reading whose sounds each have a spectrum of their own, in known places."""
    words = tuple(map(str, rng.choice(WORDS, 5)))
    apart = [sounds(word) for word in words]
    said = [part for each in apart for part in ((f"o {each.onset}", 6), (f"r {each.rime}", 12))]
    kinds = [("", 10), *said, ("", 10)]
    spectra = {name: np.random.default_rng(sum(map(ord, name))).standard_normal(CEPSTRA) for name, _ in kinds}
    cepstra = np.concatenate([np.tile(spectra[name] - 4 * (not name), (STEP * steps, 1)) for name, steps in kinds])
    cepstra += 0.3 * rng.standard_normal(cepstra.shape)
    voiced = np.concatenate([np.full(STEP * steps, name.startswith("r")) for name, steps in kinds])
    middles = tuple(10 + 9.0 + 18 * at for at in range(len(words)))
    log_f0 = np.where(voiced, np.log(150.0), 0.0)
    return Reading(reader, words, middles, log_f0.astype("f4"), cepstra.astype("f4"))


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    rng = np.random.default_rng(0)
    return [made_up(rng, reader) for reader in ("s1", "s2") for _ in range(60)]


@pytest.fixture(scope="module")
def learnt(readings: list[Reading]) -> tuple[list[Example], list[Example], list[str], Colours]:
    return examples(align(readings, quiet), envelope_of())


def test_sounds_are_found_where_they_are(readings: list[Reading]) -> None:
    for each in align(readings, quiet)[:10]:
        kinds, steps = each.segments.kinds.tolist(), each.segments.frames.tolist()
        assert kinds == [SILENCE, *[ONSET, RIME] * 5, SILENCE]
        assert np.abs(np.array(steps[3:-3]) - [*SYLLABLE_STEPS * 3]).max() <= 2
        assert sum(steps) == each.reading.steps
        assert each.pauses_after == (False, False, False, False, True)


def test_pieces_that_follow_each_other_are_one() -> None:
    first, second = Piece(0, 0, 9000, ("xin", "chào"), (2000, 5000)), Piece(0, 9000, 15000, ("anh",), (11000,))
    far, other = Piece(0, 20000, 30000, ("hai", "ba"), (22000, 25000)), Piece(1, 30000, 40000, ("ba",), (35000,))
    assert list(joined([first, second, far, other])) == [
        Piece(0, 0, 15000, ("xin", "chào", "anh"), (2000, 5000, 11000)),
        far,
    ]


def test_what_is_written_speaks_as_what_was_trained(
    learnt: tuple[list[Example], list[Example], list[str], Colours], tmp_path: Path
) -> None:
    _, held_out, readers, colours = learnt
    torch.manual_seed(0)
    voices = Voices(2).eval()
    write_voice(voices, colours, held_out, readers, 150.0, tmp_path)
    ours = AverageNetwork(tmp_path)
    said = syllables(["xin", "chào"], [False, True])
    segments = Segments(np.array([0, 1, 2, 1, 2, 0]), np.array([0, 0, 0, 1, 1, 1]), np.array([3, 5, 9, 4, 12, 3]))
    told = frames(segments)
    speaker = voices.speakers.weight.mean(0)[None]
    given = (torch.from_numpy(said.ids)[None], torch.from_numpy(said.context)[None], speaker, torch.ones(1, 2, 1))
    where = (torch.from_numpy(part)[None] for part in (told.kinds, told.syllables, told.places))
    with torch.no_grad():
        out = voices.sounds(*given, *where, torch.ones(1, len(told), 1))[0].flatten(0, 1).numpy()
        lengths = voices.lengths(*given)[0].exp().numpy()
    got = ours.parameters(said, told, liveliness=0.0)
    assert ours.durations(said) == pytest.approx(lengths, rel=0.02)
    assert got.log_f0 / PITCH_SCALE == pytest.approx(out[:, CEPSTRA], abs=0.02)
    assert (got.cepstra - colours.cepstra_mean) / colours.cepstra_spread == pytest.approx(out[:, :CEPSTRA], abs=0.03)


def test_a_voice_learns_goes_on_and_speaks(
    learnt: tuple[list[Example], list[Example], list[str], Colours], tmp_path: Path
) -> None:
    train, held_out, readers, colours = learnt
    ears = Ears(PROJECT / "models/vosk-vi-phone", colours.cepstra_mean, colours.cepstra_spread, envelope_of())
    told: list[str] = []
    plan = Plan(steps=6, plain=0.5)
    unread = breaths_of(["Xin chào, quý khách."]), breaths_of(["mẹ ba", "bôi tô"])
    voices = learn(train, held_out, len(readers), colours.cepstra_spread, ears, unread, plan, tmp_path, told.append)
    assert any("ears" in line and "words" in line for line in told)
    again = learn(train, held_out, len(readers), colours.cepstra_spread, ears, unread, plan, tmp_path, told.append)
    assert told[-1] == "going on at step 6 of 6"
    assert all(torch.equal(a, b) for a, b in zip(voices.parameters(), again.parameters(), strict=True))
    write_voice(voices, colours, held_out, readers, 150.0, tmp_path / "voice")
    spoken = np.concatenate(list(AverageVoice(tmp_path / "voice").phrases("xin chào, quý khách")))
    assert spoken.dtype == np.int16
    assert np.abs(spoken).max() > 3000


def test_ears_learn_to_hear_without_a_pitch(learnt: tuple[list[Example], list[Example], list[str], Colours]) -> None:
    train, held_out, _, colours = learnt
    ears = Ears(PROJECT / "models/vosk-vi-phone", colours.cepstra_mean, colours.cepstra_spread, envelope_of())
    said = batch(held_out)
    steps, heard = torch.tensor([len(each) for each in held_out]), [each.heard for each in held_out]
    before = ears.misses(said.wanted[..., :CEPSTRA], steps, heard)
    ears.attune(train, held_out, colours.apart, Attuning(steps=30), quiet)
    assert ears.misses(said.wanted[..., :CEPSTRA], steps, heard) < 0.8 * before
    assert not any(parameter.requires_grad for parameter in ears.parameters())


def test_the_bots_own_breaths_are_each_there_once() -> None:
    once = breaths_of(["Xin chào, quý khách.", "Xin chào!"])
    assert [each.words for each in once] == [("xin", "chào"), ("quý", "khách")]
    assert [len(each.heard) for each in once] == [4, 4]


def test_batches_are_padded_and_masked(learnt: tuple[list[Example], list[Example], list[str], Colours]) -> None:
    short, long = sorted(learnt[0][:20], key=len)[::19]
    both = batch([short, long])
    assert both.frame_mask.sum(dim=(1, 2)).tolist() == [len(short), len(long)]
    assert both.wanted.shape == (2, len(long), STEP, CEPSTRA + 2)
