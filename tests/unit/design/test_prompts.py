"""What the bot says against its recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.audio import Audio, silence, write_wav
from bot.design.findings import Finding, Severity
from bot.design.prompts import check_lengths, check_recordings, check_words
from bot.design.sources import Design, read_design
from bot.dialogue.training import DialogueSources
from bot.errors import SpeechError
from bot.tts.library import PromptLibrary
from bot.tts.prompts import PromptCatalog
from tests.contract.recognizers import ScriptedRecognizer
from tests.contract.synthesizers import MS_PER_WORD, ToneSynthesizer

DOMAIN = """\
version: "3.1"
responses:
  utter_hello:
    - text: "Xin chào quý khách."
    - text: "Chào."
  utter_code:
    - text: "Mã số là {bhxh_code}, đúng không ạ?"
slots:
  bhxh_code:
    type: text
"""


Project = tuple[Design, Path, Callable[[], PromptLibrary]]


def design_of(domain: Path) -> Design:
    return read_design(DialogueSources(domain.parent.parent / "config.yml", domain.parent, domain.parent.parent))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A design with three wordings in four pieces, an empty folder for recordings, and its library as it is then."""
    domain, voice = tmp_path / "nlu_data" / "domain.yml", tmp_path / "voice"
    domain.parent.mkdir()
    voice.mkdir()
    domain.write_text(DOMAIN, encoding="utf-8")
    return design_of(domain), voice, lambda: PromptLibrary(voice, PromptCatalog.load(domain))


def hum(ms: int) -> Audio:
    return ToneSynthesizer().synthesize(" ".join("a" * (ms // MS_PER_WORD)))


def render(library: PromptLibrary) -> None:
    library.render(ToneSynthesizer(), lambda piece: None)


def kinds(findings: list[Finding]) -> list[tuple[str, int, str]]:
    return [(each.kind, each.at.line, each.message.split()[0]) for each in findings]


def test_pieces_without_a_recording_are_told_at_their_text(project: Project) -> None:
    design, folder, library = project
    write_wav(folder / "utter_hello.2.wav", silence(300))
    found = list(check_recordings(design, library(), folder))
    assert {each.severity for each in found} == {Severity.WARNING}
    assert kinds(found)[:3] == [
        ("prompt_missing", 4, "utter_hello"),
        ("prompt_missing", 7, "utter_code-1"),
        ("prompt_missing", 7, "utter_code-2"),
    ]
    assert len(found) == 3 + 10  # digits
    render(library())
    assert not list(check_recordings(design, library(), folder))


def test_a_voice_without_any_recording_is_told_once(project: Project) -> None:
    design, folder, library = project
    (finding,) = check_recordings(design, library(), folder)
    assert (finding.kind, finding.at.file) == ("prompt_missing", folder)


def test_a_recording_of_older_words_and_one_that_nobody_says(project: Project) -> None:
    design, folder, library = project
    render(library())
    domain = design.domain_file
    domain.write_text(DOMAIN.replace("quý khách", "bạn"), encoding="utf-8")
    write_wav(folder / "utter_helo.wav", silence(300))
    found = list(check_recordings(design_of(domain), library(), folder))
    assert [(each.kind, each.at.line) for each in found] == [("prompt_stale", 4), ("prompt_unused", 0)]
    assert found[1].at.file == folder / "utter_helo.wav"


def test_length_is_the_recordings_and_only_else_the_synthesisers(project: Project) -> None:
    design, folder, library = project
    voice = ToneSynthesizer()
    found = list(check_lengths(design, library(), lambda: voice, most_s=0.7))
    assert [(each.kind, each.at.line) for each in found] == [("too_long", 4), ("too_long", 7)]  # 4 words, 3 + 3 words
    assert "utter_hello dài 0,8 giây, quá 0,7 giây" in found[0].message
    for name in ("utter_hello", "utter_hello.2", "utter_code-1", "utter_code-2"):
        write_wav(folder / f"{name}.wav", silence(900 if name == "utter_hello.2" else 100))
    voice.spoken.clear()
    found = list(check_lengths(design, library(), lambda: voice, most_s=0.7))
    assert [(each.kind, each.at.line) for each in found] == [("too_long", 5)]
    assert not voice.spoken


def test_without_a_voice_the_lengths_stay_unknown(project: Project) -> None:
    design, _, library = project

    def silent() -> ToneSynthesizer:
        raise SpeechError("không có espeak-ng")

    (finding,) = check_lengths(design, library(), silent, most_s=99)
    assert (finding.severity, finding.kind, finding.at.line) == (Severity.WARNING, "length_unknown", 4)
    assert "không có espeak-ng" in finding.message


def test_a_broken_recording_is_an_error(project: Project) -> None:
    design, folder, library = project
    (folder / "utter_hello.wav").write_bytes(b"RIFF")
    found = list(check_lengths(design, library(), ToneSynthesizer, most_s=99))
    assert [(each.severity, each.kind, each.at.line) for each in found] == [(Severity.ERROR, "prompt_broken", 4)]


def test_a_person_who_said_other_words_is_told(project: Project) -> None:
    design, folder, library = project
    render(library())
    for name in ("utter_hello", "utter_hello.2", "utter_code-1"):
        write_wav(folder / f"{name}.wav", hum(600))
    ears = ScriptedRecognizer("xin trào quý khách", "mật khẩu mới")
    found = list(check_words(design, library(), ears))
    # One word of four is heard otherwise, a prompt of one word is not judged, and rendered pieces are not listened to.
    assert [(each.kind, each.at.line) for each in found] == [("prompt_misheard", 7)]
    assert "“mật khẩu mới”" in found[0].message
