"""The whole way on a tiny table: voices that nobody has, one draw, a model that Vosk loads."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
import soundfile as sf
import vosk
from bot.asr.digit_head import DigitHead

from recipe import digit_head, kaldi
from recipe.__main__ import main

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
HEADER = "id\tpack\tstart_s\tend_s\tsplit\tkind\tspeaker\tsource_hz\ttext\n"
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows, audio, at = [], [], 0.0
    for number, word in enumerate((*DIGITS, "đúng", "sai")):
        wav = subprocess.run(["espeak-ng", "-v", "vi", "--stdout", word], capture_output=True, check=True).stdout
        samples = np.frombuffer(wav[44:], np.int16)
        kind = "digit" if word in DIGITS else "word"
        end = at + len(samples) / 22050
        rows.append(f"x01-{number}\tpack.wav\t{at:.4f}\t{end:.4f}\ttrain\t{kind}\tp1\t22050\t{word}\n")
        audio.append(samples)
        at = end
    sf.write(tmp_path / "pack.wav", np.concatenate(audio), 22050)
    (tmp_path / "segments.tsv").write_text(HEADER + "".join(rows), encoding="utf-8")
    return tmp_path / "segments.tsv"


def build(table: Path, out: Path, kept: Path, draws: int, *more: str) -> bytes:
    where = ["--segments", str(table), "--out", str(out), "--kept", str(kept), "--nlu", str(PROJECT / "nlu_data/nlu")]
    main([*where, "--synthetic", "8", "--utterances", "8", "--draws", str(draws), *more])
    return (out / "am/final.mdl").read_bytes()


def test_a_table_becomes_a_model_and_a_second_run_gives_the_same(table: Path, tmp_path: Path) -> None:
    first = build(table, tmp_path / "model", tmp_path / "kept", 1)
    (tmp_path / "other_kept").mkdir()
    copy(tmp_path / "kept/throats.pkl", tmp_path / "other_kept")  # WORLD draws noise that nobody can seed
    assert build(table, tmp_path / "again", tmp_path / "other_kept", 1) == first
    recognizer = vosk.KaldiRecognizer(vosk.Model(str(tmp_path / "model")), 8000, '["một hai", "[unk]"]')
    recognizer.AcceptWaveform(bytes(16000))
    assert "text" in json.loads(recognizer.FinalResult())


def test_what_was_kept_is_gone_on_with(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build(table, tmp_path / "model", tmp_path / "kept", 1)
    capsys.readouterr()
    build(table, tmp_path / "model", tmp_path / "kept", 2)
    said = capsys.readouterr().out
    assert "going on at draw 1 of 2" in said
    assert "decoding 0" not in said


def test_a_training_starts_from_a_model(table: Path, tmp_path: Path) -> None:
    first = build(table, tmp_path / "model", tmp_path / "kept", 1)
    more = ["--start-from", str(tmp_path / "model"), "--learning-rate", "0"]
    again = build(table, tmp_path / "again", tmp_path / "other_kept", 1, *more)
    weights = [kaldi.affines(model)[-1] for model in (first, again)]  # no normalisation touches the last layer
    assert (weights[0][0] == weights[1][0]).all()
    (tmp_path / "model/am/final.mdl").write_bytes(b"")
    with pytest.raises(SystemExit, match="other shapes"):
        build(table, tmp_path / "again", tmp_path / "third_kept", 1, *more)


def test_a_model_to_start_from_that_is_not_there_is_told_at_once(table: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="absent"):
        build(table, tmp_path / "model", tmp_path / "kept", 1, "--start-from", str(tmp_path / "absent"))
    assert not (tmp_path / "kept").exists()


def test_the_digit_layer_is_one_that_the_bot_loads(table: Path, tmp_path: Path) -> None:
    file = tmp_path / "digits/head.npz"
    where = ["--segments", str(table), "--out", str(file), "--kept", str(tmp_path / "kept")]
    digit_head.main([*where, "--synthetic", "8", "--utterances", "6", "--epochs", "1"])
    head = DigitHead.load(file)
    log_probs = np.full((3, 4968), -np.log(4968), np.float32)
    heard = head(log_probs, np.random.default_rng(0).standard_normal((3, 448)).astype(np.float32))
    assert np.exp(heard).sum(1) == pytest.approx(np.ones(3), abs=1e-3)


@pytest.mark.parametrize("pack", ["gone.opus", "segments.tsv"])
def test_a_pack_that_is_missing_or_no_audio_ends_with_a_sentence(tmp_path: Path, pack: str) -> None:
    file = tmp_path / "segments.tsv"
    file.write_text(HEADER + f"a\t{pack}\t0\t1\ttrain\tdigit\tp\t8000\tba\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=pack):
        main(["--segments", str(file), "--kept", str(tmp_path / "kept"), "--out", str(tmp_path / "model")])
