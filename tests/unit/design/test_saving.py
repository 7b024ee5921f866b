"""An edit is checked with all of the design before it reaches the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.design.checks import Recordings
from bot.design.editing import Edit, ExamplesEdit, TextEdit
from bot.design.saving import DesignFiles, EditRefused, FileChanged, Saved, file_digest
from bot.dialogue.training import DialogueSources
from bot.errors import DialogueError, SpeechError
from bot.ports import Synthesizer
from bot.tts.library import PromptLibrary
from bot.tts.prompts import PromptCatalog
from tests.unit.design.copies import OWN

DOMAIN = """version: "3.1"
intents: [affirm, deny]
responses:
  utter_yes: # nghe rồi
    - text: "Vâng ạ."
  utter_lost:
    - text: "Xin gọi lại."
      metadata: {hang_up: true, outcome: error}
"""
NLU = """version: "3.1"
nlu:
  - intent: affirm
    examples: |
      - đúng rồi
      - dạ phải
  - intent: deny
    examples: |
      - sai rồi
      - không phải đâu
"""


@pytest.fixture
def files(tmp_path: Path) -> DesignFiles:
    """A small design, which lacks most of what the bot needs: errors that no edit brought."""
    (tmp_path / "nlu_data/nlu").mkdir(parents=True)
    (tmp_path / "nlu_data/domain.yml").write_text(DOMAIN, encoding="utf-8")
    (tmp_path / "nlu_data/nlu/words.yml").write_text(NLU, encoding="utf-8")
    sources = DialogueSources(OWN.config, tmp_path / "nlu_data", tmp_path / "models")
    recordings = Recordings(
        folder=tmp_path / "prompts",
        library=lambda: PromptLibrary(tmp_path / "prompts", PromptCatalog.load(sources.domain)),
        voice=no_voice,
        recognizer=None,
        most_s=12,
    )
    return DesignFiles(sources, recordings)


def no_voice() -> Synthesizer:
    raise SpeechError("Không có giọng.")


def save(files: DesignFiles, name: str, edit: Edit) -> Saved:
    file = files.file(name)
    return files.save(file, edit, file_digest(file.read_bytes()), lambda _: None)


def test_a_good_edit_is_written_and_old_errors_do_not_hinder_it(files: DesignFiles) -> None:
    files.sources.domain.chmod(0o640)
    saved = save(files, "domain.yml", TextEdit(response="utter_yes", variation=0, text="Vâng, tôi nghe."))
    assert saved.changed
    assert "domain" in {each.kind for each in saved.findings}
    assert files.sources.domain.read_text(encoding="utf-8") == DOMAIN.replace("Vâng ạ.", "Vâng, tôi nghe.")
    assert files.sources.domain.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in files.sources.nlu_dir.iterdir()) == ["domain.yml", "nlu"]


def test_an_edit_that_adds_errors_is_refused_with_their_lines(files: DesignFiles) -> None:
    examples = ("sai rồi", "không phải đâu", "Đúng rồi")
    with pytest.raises(EditRefused) as refused:
        save(files, "nlu/words.yml", ExamplesEdit(intent="deny", block=1, examples=examples))
    (finding,) = refused.value.findings
    words = files.file("nlu/words.yml")
    assert (finding.kind, finding.at.file, finding.at.line) == ("example_in_two_intents", words, 11)
    assert f"{words}:5" in finding.message
    assert "Chỉ giữ ở một ý định" in str(refused.value)
    assert words.read_text(encoding="utf-8") == NLU


def test_words_that_the_bot_cannot_say_are_refused(files: DesignFiles) -> None:
    with pytest.raises(EditRefused, match=r"domain\.yml:5: \{code\} không phải slot nào"):
        save(files, "domain.yml", TextEdit(response="utter_yes", variation=0, text="Mã {code}."))
    assert files.sources.domain.read_text(encoding="utf-8") == DOMAIN


def test_a_file_that_somebody_else_wrote_is_not_overwritten(files: DesignFiles) -> None:
    theirs = DOMAIN + "# của người khác\n"
    edit = TextEdit(response="utter_yes", variation=0, text="Vâng, tôi nghe.")

    def write_theirs(step: str) -> None:
        if step.startswith("Nạp Rasa"):
            files.sources.domain.write_text(theirs, encoding="utf-8")

    with pytest.raises(FileChanged, match="Tải lại trang"):
        files.save(files.sources.domain, edit, file_digest(DOMAIN.encode()), write_theirs)
    with pytest.raises(FileChanged):
        files.save(files.sources.domain, edit, file_digest(DOMAIN.encode()), print)
    assert files.sources.domain.read_text(encoding="utf-8") == theirs


def test_saying_the_same_again_writes_nothing(files: DesignFiles) -> None:
    before = files.sources.domain.stat()
    assert not save(files, "domain.yml", TextEdit(response="utter_yes", variation=0, text="Vâng ạ.")).changed
    assert files.sources.domain.stat().st_ino == before.st_ino


@pytest.mark.parametrize("name", ["../config.yml", "/etc/passwd", "nlu/none.yml", "nlu", ""])
def test_only_the_designs_own_files_can_be_named(files: DesignFiles, name: str) -> None:
    with pytest.raises(DialogueError, match="Tải lại trang"):
        files.file(name)
