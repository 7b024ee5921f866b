"""When the dialogue is trained anew, and what its author hears of mistakes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.training import DialogueSources, train
from bot.errors import DialogueError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def sources(tmp_path: Path) -> DialogueSources:
    shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data")
    shutil.copy(ROOT / "config.yml", tmp_path)
    return DialogueSources(tmp_path / "config.yml", tmp_path / "nlu_data", tmp_path / "models")


def append(name: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        with (root / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    "change",
    [
        append("nlu_data/nlu/commands.yml", "      - thêm một câu\n"),
        append("nlu_data/rules.yml", "# ghi chú\n"),
        replace("nlu_data/domain.yml", "Xin cảm ơn và chào", "Chào"),
        replace("config.yml", "threshold: 0.45", "threshold: 0.4"),
        replace("config.yml", "  - name: MemoizationPolicy\n", ""),
        lambda root: (root / "nlu_data/nlu/numbers.yml").rename(root / "nlu_data/nlu/digits.yml"),
        lambda root: (root / "nlu_data/stories.yml").write_text('version: "3.1"\n', encoding="utf-8"),
    ],
    ids=["example", "rule", "wording", "pipeline", "policy", "renamed file", "new file"],
)
def test_another_model_is_wanted_after_a_change(sources: DialogueSources, change: Callable[[Path], None]) -> None:
    before = sources.model
    change(sources.config.parent)
    assert sources.model != before


@pytest.mark.parametrize(
    "change",
    [
        replace("config.yml", "branch_preselected: false", "branch_preselected: true"),
        append("nlu_data/tests/test_stories.yml", "# ghi chú\n"),
        append("config.yml", "# ghi chú\n"),
    ],
    ids=["our settings", "test stories", "comment in config.yml"],
)
def test_the_model_stays_good_after_a_change_that_training_does_not_see(
    sources: DialogueSources, change: Callable[[Path], None]
) -> None:
    before = sources.model
    change(sources.config.parent)
    assert sources.model == before


def test_nothing_is_trained_when_the_model_is_there(sources: DialogueSources) -> None:
    sources.models_dir.mkdir()
    sources.model.touch()
    assert train(sources) is False
    assert sources.model.read_bytes() == b""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (append("nlu_data/nlu/questions.yml", "\n  - intent: [x\n"), ("questions.yml", "line")),
        (append("nlu_data/domain.yml", "\n  utter_x: [\n"), ("domain.yml:", "YAML sai cú pháp")),
        (append("nlu_data/nlu/questions.yml", "\n  - intnt: x\n"), ("questions.yml", "intnt")),
        (lambda root: (root / "nlu_data/rules.yml").write_bytes("ă".encode("utf-16")), ("rules.yml", "utf-8")),
        (lambda root: (root / "nlu_data/domain.yml").unlink(), ("domain.yml",)),
        (replace("config.yml", "WhitespaceTokenizer", "Tokenizzer"), ("Tokenizzer",)),
        (append("config.yml", "\npolicies: [\n"), ("config.yml",)),
    ],
    ids=["YAML of examples", "YAML of domain", "unknown key", "encoding", "no domain", "component", "config"],
)
def test_a_mistake_is_told_with_its_place(
    sources: DialogueSources, change: Callable[[Path], None], told: tuple[str, ...]
) -> None:
    change(sources.config.parent)
    with pytest.raises(DialogueError) as error:
        train(sources)
    assert [word for word in told if word not in str(error.value)] == []


def test_only_the_model_of_the_sources_as_they_are_is_kept(sources: DialogueSources) -> None:
    sources.models_dir.mkdir()
    (sources.models_dir / "dialogue-0000000000000000.tar.gz").touch()
    (sources.models_dir / "somebody's.tar.gz").touch()
    assert train(sources) is True
    assert {file.name for file in sources.models_dir.iterdir()} == {sources.model.name, "somebody's.tar.gz"}
