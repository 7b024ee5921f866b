"""Models that are damaged, words that a model lacks, and n-best texts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.asr import vosk_engine
from bot.asr.grammars import UNKNOWN, Grammars
from bot.asr.vosk_engine import VoskRecognizer
from bot.errors import ModelError
from bot.replies import Expect, Hypothesis

MODEL = Path(__file__).resolve().parents[3] / "models/vosk-vi-phone"


@pytest.fixture
def grammars(tmp_path: Path) -> Grammars:
    nlu = tmp_path / "nlu"
    nlu.mkdir()
    text = "nlu:\n  - intent: reset_password\n    examples: |\n      - cấp lại mật khẩu\n      - xyzzy\n"
    (nlu / "commands.yml").write_text(text, encoding="utf-8")
    return Grammars(nlu)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODEL, tmp_path / "model"))


def test_words_that_the_model_lacks_are_left_out_and_kept(grammars: Grammars) -> None:
    recognizer = VoskRecognizer(MODEL, grammars)
    assert "xyzzy" in recognizer.words_left_out
    assert "xyzzy" not in recognizer.grammar(Expect.MENU)
    assert "cấp lại mật khẩu" in recognizer.grammar(Expect.MENU)
    assert UNKNOWN in recognizer.grammar(Expect.NOTHING)


def test_a_missing_model_is_named(grammars: Grammars, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="khong-co"):
        VoskRecognizer(tmp_path / "khong-co", grammars)


def test_an_empty_folder_is_no_model(grammars: Grammars, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="thiếu tệp"):
        VoskRecognizer(tmp_path, grammars)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/words.txt", "conf/model.conf", "graph/HCLr.fst"])
def test_an_empty_file_is_named(grammars: Grammars, model: Path, name: str) -> None:
    (model / name).write_bytes(b"")
    with pytest.raises(ModelError, match=f"{name} rỗng"):
        VoskRecognizer(model, grammars)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/words.txt", "conf/mfcc.conf", "graph/HCLr.fst"])
def test_half_a_file_is_an_error_and_no_crash(grammars: Grammars, model: Path, name: str) -> None:
    data = (model / name).read_bytes()
    (model / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="bị hỏng"):
        VoskRecognizer(model, grammars)


def test_another_file_under_the_models_name_is_an_error(grammars: Grammars, model: Path) -> None:
    (model / "am/final.mdl").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelError, match=r"final\.mdl"):
        VoskRecognizer(model, grammars)


def test_a_graph_that_makes_vosk_hang_is_an_error(
    grammars: Grammars, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (model / "graph/HCLr.fst").read_bytes()
    half = len(data) // 2
    (model / "graph/HCLr.fst").write_bytes(data[:half] + bytes(range(256)) * (half // 256 + 1))
    monkeypatch.setattr(vosk_engine, "PROBE_TIMEOUT_S", 3)
    with pytest.raises(ModelError, match="bị hỏng"):
        VoskRecognizer(model, grammars)


def test_texts_that_differ_only_in_unknown_words_are_one_hypothesis() -> None:
    scored = [("không [unk]", -1.0), ("một", -1.0), ("[unk] không", -1.0), ("[unk]", -1.0)]
    assert vosk_engine._hypotheses(scored) == (
        Hypothesis("không", 0.5),
        Hypothesis("một", 0.25),
        Hypothesis("", 0.25),
    )
