"""Sentences for measuring a voice: new to it, and sayable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.audio import write_wav
from bot.errors import AudioError
from bot.evaluate.recordings import Clip
from bot.evaluate.voice_material import SENTENCES, peoples_sentences
from bot.tts.prompts import PromptCatalog
from bot.vietnamese.speech import spoken
from bot.vietnamese.syllables import speakable
from bot.vietnamese.text import normalise
from tests.unit.evaluate.packs import tone

ROOT = Path(__file__).parents[3]


def clip(number: int = 0, *, kind: str = "sentence", source_hz: int = 16000, text: str = "Hôm nay trời đẹp.") -> Clip:
    return Clip(
        id=f"s01-{number}",
        pack=Path("pack.wav"),
        start_s=number,
        end_s=number + 1.0,
        split="dev",
        kind=kind,
        speaker="p1",
        source_hz=source_hz,
        text=text,
    )


def test_every_sentence_can_be_said_in_vietnamese_syllables() -> None:
    said = [word for sentence in SENTENCES for word in normalise(spoken(sentence)).split()]
    assert len(SENTENCES) == len(set(SENTENCES)) == 40
    assert [word for word in said if not speakable(word)] == []


def test_no_sentence_holds_a_prompt_or_is_held_by_one() -> None:
    prompts = [normalise(prompt.text) for prompt in PromptCatalog.load(ROOT / "nlu_data/domain.yml").prompts]
    long = [prompt for prompt in prompts if len(prompt.split()) > 2]
    for sentence in map(normalise, SENTENCES):
        assert not any(sentence in prompt for prompt in prompts)
        assert not any(prompt in sentence for prompt in long)


def test_peoples_sentences_have_no_figures_and_are_of_wide_band() -> None:
    others = [clip(kind="word"), clip(source_hz=8000), clip(text="Ngày 27/3 trời đẹp.")]
    good = [clip(number) for number in range(1, 6)]
    assert sorted(each.id for each in peoples_sentences([*others, *good], 40, 8)) == [each.id for each in good]
    few = peoples_sentences(good, 2, 8)
    assert len(few) == 2
    assert few == peoples_sentences(good, 2, 8)
    with pytest.raises(AudioError, match="--split"):
        peoples_sentences(others, 40, 8)


def test_a_clip_keeps_the_rate_of_its_pack(tmp_path: Path) -> None:
    write_wav(tmp_path / "pack.wav", tone(6000, 2000, rate_hz=16000))
    packed = replace(clip(), pack=tmp_path / "pack.wav")
    assert packed.packed == tone(6000, 1000, rate_hz=16000)
    assert packed.audio.rate_hz == 8000
