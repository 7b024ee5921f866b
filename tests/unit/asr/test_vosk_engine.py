"""Models that are damaged, and words that a model lacks."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from bot.asr import vosk_engine
from bot.asr.grammars import UNKNOWN, Grammars
from bot.asr.vosk_engine import VoskRecognizer
from bot.asr.vosk_files import VoskFiles, look_at
from bot.audio import FRAME_BYTES, Audio, silence
from bot.errors import ModelError
from bot.replies import Expect

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


def test_our_model_has_every_word_that_callers_of_the_dialogue_say() -> None:
    assert VoskRecognizer(MODEL, Grammars(MODEL.parents[1] / "nlu_data/nlu")).words_left_out == frozenset()


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


def test_a_model_as_its_maker_left_it_is_not_tried_first(
    grammars: Grammars, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []
    monkeypatch.setattr(vosk_engine, "_probe", lambda model_dir, _: tried.append(model_dir))
    VoskRecognizer(model, grammars)
    assert tried == []
    settings = model / "conf/model.conf"
    settings.write_text(settings.read_text().replace("--beam=13.0", "--beam=12.0"))
    VoskRecognizer(model, grammars)
    (model / "SHA256SUMS").unlink()
    VoskRecognizer(model, grammars)
    assert tried == [model, model]


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


def flat(model: Path) -> Path:
    """The same model in the older layout, all files side by side."""
    folder = model.with_name("flat")
    folder.mkdir()
    for file in model.rglob("*"):
        if file.is_file():
            shutil.copy(file, folder / file.name)
    return folder


def one_word_graph(word: int) -> bytes:
    """An OpenFst vector of two states that hears `word` in anything: what HCLG.fst is to Vosk, only small."""

    def text(value: bytes) -> bytes:
        return struct.pack("<i", len(value)) + value

    def state(final: float, word: int) -> bytes:
        transition, to = 1, 1
        return struct.pack("<fq", final, 1) + struct.pack("<iifi", transition, word, 0.0, to)

    head = struct.pack("<i", 2125659606) + text(b"vector") + text(b"standard")
    return head + struct.pack("<iiQqqq", 2, 0, 3, 0, 2, 2) + state(float("inf"), word) + state(0.0, 0)


def texts(recognizer: VoskRecognizer, pcm: bytes, chunk_bytes: int = FRAME_BYTES) -> set[str]:
    stream = recognizer.open(Expect.CODE)
    for at in range(0, len(pcm), chunk_bytes):
        stream.accept(Audio(pcm[at : at + chunk_bytes]))
    return {hypothesis.text for hypothesis in stream.finish().hypotheses}


def test_the_older_layout_loads_too(grammars: Grammars, model: Path) -> None:
    recognizer = VoskRecognizer(flat(model), grammars)
    assert recognizer.grammar(Expect.CODE) == VoskRecognizer(model, grammars).grammar(Expect.CODE)
    assert texts(recognizer, silence(1000).pcm) == {""}


@pytest.mark.parametrize("name", ["HCLr.fst", "disambig_tid.int"])
def test_a_file_missing_from_the_older_layout_is_named(grammars: Grammars, model: Path, name: str) -> None:
    folder = flat(model)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"thiếu tệp {name}"):
        VoskRecognizer(folder, grammars)


def test_a_graph_without_words_anywhere_is_an_error(grammars: Grammars, model: Path) -> None:
    (model / "graph/words.txt").unlink()
    with pytest.raises(ModelError, match="bị hỏng"):
        VoskRecognizer(model, grammars)


def test_a_fixed_graph_runs_without_grammars(grammars: Grammars, model: Path) -> None:
    words = (model / "graph/words.txt").read_text(encoding="utf-8").splitlines()
    one = next(int(line.split()[1]) for line in words if line.startswith("một "))
    (model / "graph/HCLG.fst").write_bytes(one_word_graph(one))
    for name in ("HCLr.fst", "Gr.fst"):
        (model / "graph" / name).unlink()
    recognizer = VoskRecognizer(model, grammars)
    assert not recognizer.capabilities.grammar
    assert texts(recognizer, silence(1000).pcm) == {"một"}


@pytest.mark.parametrize(
    ("configuration", "rate_hz"),
    [
        ("--sample-frequency=8000", 8000),
        (" --sample-frequency = 16000.0", 16_000),
        ("#--sample-frequency=8000", 16_000),
    ],
)
def test_the_rate_is_read_from_the_configuration(model: Path, configuration: str, rate_hz: int) -> None:
    (model / "conf/mfcc.conf").write_text(f"--use-energy=false\n{configuration}\n", encoding="utf-8")
    assert look_at(model) == VoskFiles(rate_hz, takes_grammar=True)


def test_a_rate_that_cannot_be_is_an_error(model: Path) -> None:
    (model / "conf/mfcc.conf").write_text("--sample-frequency=0\n", encoding="utf-8")
    with pytest.raises(ModelError, match="0 Hz"):
        look_at(model)


@pytest.mark.parametrize("chunk_bytes", [1, 333, FRAME_BYTES, 100_000])
def test_a_model_of_another_rate_hears_the_telephone(grammars: Grammars, model: Path, chunk_bytes: int) -> None:
    mfcc = model / "conf/mfcc.conf"
    lines = mfcc.read_text(encoding="utf-8").replace("=8000", "=16000").splitlines()
    mfcc.write_text("\n".join(line for line in lines if "allow" not in line) + "\n", encoding="utf-8")
    recognizer = VoskRecognizer(model, grammars)
    assert texts(recognizer, silence(500).pcm, chunk_bytes) == {""}
    assert recognizer.open(Expect.CODE).finish().text == ""
