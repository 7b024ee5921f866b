"""Recordings and renderings of one voice."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.audio import Audio, read_wav, silence, write_wav
from bot.errors import AudioError, PromptError
from bot.tts.library import MANIFEST, PieceState, PromptLibrary
from bot.tts.prompts import DIGITS, Piece, Position, Prompt, PromptCatalog, digit_take
from tests.contract.synthesizers import MS_PER_WORD, ToneSynthesizer

HELLO = Piece("utter_hello", "Xin chào")
PERSON = silence(777)


def library(folder: Path, text: str = HELLO.text) -> PromptLibrary:
    return PromptLibrary(folder, PromptCatalog((Prompt("utter_hello", text),)))


def render(of: PromptLibrary, synthesizer: ToneSynthesizer | None = None) -> list[str]:
    return [piece.id for piece in of.render(synthesizer or ToneSynthesizer(), lambda piece: None)]


THREE = DIGITS[3]
LAST_THREE = digit_take(THREE, Position.LAST)


def average(folder: Path, *takes: Piece) -> None:
    """As models/recipe/voice writes them."""
    lines = []
    for take in takes:
        wav = folder / f"{take.id}.wav"
        write_wav(wav, silence(400, 16000))
        digest = hashlib.sha256(wav.read_bytes()).hexdigest()
        lines.append(f"{take.id}: {{text: {take.text}, source: averaged, voice: many, sha256: [{digest}]}}\n")
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8")


def test_averages_are_never_rendered_over(tmp_path: Path) -> None:
    average(tmp_path, THREE, LAST_THREE)
    rendered = render(library(tmp_path))
    assert len(rendered) == 10
    assert THREE.id not in rendered
    voice = library(tmp_path)
    assert [voice.state(piece) for piece in (THREE, LAST_THREE)] == [PieceState.AVERAGED] * 2
    assert voice.audio(THREE) == silence(400)
    assert voice.audio(THREE, 16000) == silence(400, 16000)


def test_a_take_is_played_if_it_is_of_the_digits_voice(tmp_path: Path) -> None:
    average(tmp_path, THREE, LAST_THREE)
    assert library(tmp_path).nearest(LAST_THREE) == LAST_THREE
    assert library(tmp_path).nearest(THREE) == THREE
    write_wav(tmp_path / f"{THREE.id}.wav", PERSON)
    assert library(tmp_path).nearest(LAST_THREE) == THREE
    write_wav(tmp_path / f"{LAST_THREE.id}.wav", PERSON)
    assert library(tmp_path).nearest(LAST_THREE) == LAST_THREE


def test_takes_are_not_missed_and_a_persons_are_noted(tmp_path: Path) -> None:
    write_wav(tmp_path / f"{LAST_THREE.id}.wav", PERSON)
    write_wav(tmp_path / f"{THREE.id}.wav", PERSON)
    render(library(tmp_path))
    assert f"{LAST_THREE.id}:" in (tmp_path / MANIFEST).read_text(encoding="utf-8")
    assert not (tmp_path / "digit_4-last.wav").exists()
    assert library(tmp_path).nearest(LAST_THREE) == LAST_THREE


def test_an_empty_folder_misses_everything(tmp_path: Path) -> None:
    assert set(library(tmp_path / "absent").status().values()) == {PieceState.MISSING}
    assert library(tmp_path / "absent").audio(HELLO) is None


def test_what_is_missing_is_rendered_once(tmp_path: Path) -> None:
    voice = library(tmp_path / "voice")
    assert len(render(voice)) == 11
    assert set(voice.status().values()) == {PieceState.RENDERED}
    assert render(library(tmp_path / "voice")) == []


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050])
def test_a_rendering_is_kept_at_16_khz_and_played_at_8(tmp_path: Path, rate_hz: int) -> None:
    voice = library(tmp_path)
    render(voice, ToneSynthesizer(rate_hz=rate_hz))
    kept = read_wav(tmp_path / "utter_hello.wav", rates_hz=(16_000,))
    assert kept.duration_ms == pytest.approx(len(HELLO.text.split()) * MS_PER_WORD, abs=20)
    assert voice.audio(HELLO) == kept.at(8000)


def test_a_changed_text_is_stale_until_it_is_rendered(tmp_path: Path) -> None:
    render(library(tmp_path))
    changed = library(tmp_path, "Xin chào quý khách")
    piece = Piece("utter_hello", "Xin chào quý khách")
    assert changed.state(piece) is PieceState.STALE
    assert changed.audio(piece) is None
    assert render(changed) == ["utter_hello"]
    assert changed.state(piece) is PieceState.RENDERED


def test_another_voice_renders_everything_again(tmp_path: Path) -> None:
    render(library(tmp_path))
    assert len(render(library(tmp_path), ToneSynthesizer("tone/880"))) == 11


def test_a_persons_wav_wins_and_is_never_overwritten(tmp_path: Path) -> None:
    render(library(tmp_path))
    write_wav(tmp_path / "utter_hello.wav", PERSON)
    voice = library(tmp_path)
    assert voice.state(HELLO) is PieceState.RECORDED
    assert render(voice, ToneSynthesizer("tone/880")) != []
    assert voice.audio(HELLO) == PERSON


def test_a_wav_that_the_manifest_does_not_know_is_a_persons(tmp_path: Path) -> None:
    write_wav(tmp_path / "utter_hello.wav", PERSON)
    voice = library(tmp_path)
    assert voice.audio(HELLO) == PERSON
    assert "utter_hello" not in render(voice)


def test_a_persons_wav_of_an_older_text_is_stale_and_kept(tmp_path: Path) -> None:
    write_wav(tmp_path / "utter_hello.wav", PERSON)
    render(library(tmp_path))
    changed = library(tmp_path, "Kính chào")
    assert changed.state(Piece("utter_hello", "Kính chào")) is PieceState.STALE
    assert "utter_hello" not in render(changed)
    assert read_wav(tmp_path / "utter_hello.wav") == PERSON
    assert library(tmp_path, "Kính chào").state(Piece("utter_hello", "Kính chào")) is PieceState.STALE


def test_a_new_recording_of_a_changed_text_is_current(tmp_path: Path) -> None:
    write_wav(tmp_path / "utter_hello.wav", PERSON)
    render(library(tmp_path))
    write_wav(tmp_path / "utter_hello.wav", silence(555))
    render(library(tmp_path, "Kính chào"))
    assert library(tmp_path, "Kính chào").state(Piece("utter_hello", "Kính chào")) is PieceState.RECORDED


def test_a_crash_between_manifest_and_wav_leaves_a_stale_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render(library(tmp_path))

    def crash(self: Path, target: Path) -> Path:
        if target.suffix == ".wav":
            raise KeyboardInterrupt
        return rename(self, target)

    rename = Path.replace
    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        render(library(tmp_path, "Xin chào quý khách"))
    monkeypatch.undo()
    assert library(tmp_path, "Xin chào quý khách").state(Piece("utter_hello", "Xin chào quý khách")) is PieceState.STALE
    assert render(library(tmp_path, "Xin chào quý khách")) == ["utter_hello"]


def test_a_kept_recording_gives_way_only_to_the_next_one(tmp_path: Path) -> None:
    render(library(tmp_path))
    voice = library(tmp_path)
    voice.keep(HELLO, PERSON)
    assert (voice.state(HELLO), voice.audio(HELLO)) == (PieceState.RECORDED, PERSON)
    assert "utter_hello" not in render(library(tmp_path), ToneSynthesizer("tone/880"))
    voice.keep(HELLO, silence(555))
    assert voice.audio(HELLO) == silence(555)
    assert not list(tmp_path.glob(".*"))


def test_a_kept_recording_is_of_the_text_that_it_was_made_for(tmp_path: Path) -> None:
    library(tmp_path).keep(HELLO, PERSON)
    changed = Piece(HELLO.id, "Kính chào")
    assert library(tmp_path, changed.text).state(changed) is PieceState.STALE
    library(tmp_path, changed.text).keep(changed, PERSON)
    assert library(tmp_path, changed.text).state(changed) is PieceState.RECORDED


def test_a_crash_while_a_recording_is_kept_leaves_the_old_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = library(tmp_path)
    voice.keep(HELLO, PERSON)
    rename = Path.replace
    for crashing in (".wav", ".yml"):

        def crash(self: Path, target: Path, at: str = crashing) -> Path:
            if target.suffix == at:
                raise KeyboardInterrupt
            return rename(self, target)

        monkeypatch.setattr(Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            library(tmp_path).keep(HELLO, silence(555))
        monkeypatch.undo()
        kept = library(tmp_path)
        assert kept.state(HELLO) is PieceState.RECORDED
        assert kept.audio(HELLO) == (PERSON if crashing == ".wav" else silence(555))


def test_a_recording_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    voice = library(tmp_path)
    voice.keep(HELLO, PERSON)
    (tmp_path / ".utter_hello.part").mkdir()
    with pytest.raises(PromptError, match="utter_hello"):
        voice.keep(HELLO, silence(555))
    assert voice.audio(HELLO) == PERSON


def test_a_broken_wav_is_named(tmp_path: Path) -> None:
    (tmp_path / "utter_hello.wav").write_bytes(b"RIFF....")
    with pytest.raises(PromptError, match=r"utter_hello\.wav"):
        library(tmp_path).audio(HELLO)


def test_a_stereo_recording_is_named(tmp_path: Path) -> None:
    write_wav(tmp_path / "utter_hello.wav", PERSON, PERSON)
    with pytest.raises(PromptError, match=r"utter_hello\.wav.*mono"):
        library(tmp_path).audio(HELLO)


@pytest.mark.parametrize(
    "text",
    [
        "utter_hello: {text: a}\n",
        "utter_hello: {text: a, source: b, voice: c, sha256: []}\n",
        "utter_hello: [\n",
        "- a\n",
    ],
)
def test_a_wrong_manifest_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.yml").write_text(text, encoding="utf-8")
    with pytest.raises(PromptError, match=r"manifest\.yml:\d"):
        library(tmp_path)


def test_no_half_written_file_is_left_when_the_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *channels: Audio) -> None:
        raise AudioError("đầy đĩa")

    monkeypatch.setattr("bot.tts.library.write_wav", full)
    with pytest.raises(PromptError, match="đầy đĩa"):
        render(library(tmp_path))
    assert not list(tmp_path.glob("*.wav"))


def test_a_rendering_that_nobody_says_any_more_goes_and_a_persons_recording_stays(tmp_path: Path) -> None:
    render(library(tmp_path))
    write_wav(tmp_path / "utter_old.wav", PERSON)
    others = PromptLibrary(tmp_path, PromptCatalog((Prompt("utter_bye", "Xin chào"),)))
    render(others)
    assert not (tmp_path / "utter_hello.wav").exists()
    assert (tmp_path / "utter_old.wav").exists()
    assert "utter_hello" not in (tmp_path / "manifest.yml").read_text(encoding="utf-8")


def test_a_recording_put_over_a_rendering_stays_when_nobody_says_it_any_more(tmp_path: Path) -> None:
    render(library(tmp_path))
    write_wav(tmp_path / "utter_hello.wav", PERSON)
    render(PromptLibrary(tmp_path, PromptCatalog((Prompt("utter_bye", "Xin chào"),))))
    assert (tmp_path / "utter_hello.wav").exists()
