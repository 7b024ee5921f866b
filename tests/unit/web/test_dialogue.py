"""The page “Dialogue” over a small project, asked as a browser asks."""

from __future__ import annotations

import io
import shutil
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.app import prompt_library
from bot.audio import read_wav, silence, write_wav
from bot.settings import load_settings
from bot.web.dialogue import dialogue_routes
from tests.contract.synthesizers import MS_PER_WORD, ToneSynthesizer

DOMAIN = """version: "3.1"
intents: [affirm, ask_fee]
slots:
  notice: {type: text, mappings: [{type: custom}]}
responses:
  utter_fee:
    - text: "Cước gọi là <một> nghìn đồng."
    - condition: [{type: slot, name: notice, value: missed_1}]
      text: "Tôi nghe {bhxh_code}, phải không?"
      metadata: {expect: yes_no}
"""
NLU = """version: "3.1"
nlu:
  - intent: ask_fee
    examples: |
      - cước bao nhiêu
      - mất tiền không
"""
RULES = """version: "3.1"
rules:
  - rule: Hỏi cước
    steps:
      - intent: ask_fee
      - action: utter_fee
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a rendering of all that is said."""
    root = tmp_path_factory.mktemp("made")
    (root / "nlu_data/nlu").mkdir(parents=True)
    (root / "config.yml").write_text("language: vi\nbot:\n  voice: {folder: prompts}\n", encoding="utf-8")
    (root / "nlu_data/domain.yml").write_text(DOMAIN, encoding="utf-8")
    (root / "nlu_data/nlu/words.yml").write_text(NLU, encoding="utf-8")
    (root / "nlu_data/rules.yml").write_text(RULES, encoding="utf-8")
    prompt_library(load_settings(root / "config.yml")).render(ToneSynthesizer(), lambda _: None)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(made, tmp_path / "project")


@pytest.fixture
def browser(root: Path) -> TestClient:
    workshop: Any = SimpleNamespace(
        settings=load_settings(root / "config.yml"), bot=SimpleNamespace(voice=ToneSynthesizer())
    )
    return TestClient(Starlette(routes=dialogue_routes(workshop)))


def test_the_list_and_the_graph_lead_to_every_sentence_and_intent(browser: TestClient) -> None:
    shown = browser.get("/dialogue").text
    for name in ("utter_fee", "affirm", "ask_fee"):
        assert f'<a href="/dialogue/at/{name}">' in shown
    assert 'xlink:href="/dialogue/at/utter_fee"' in shown
    assert 'xlink:href="/dialogue/at/ask_fee"' in shown
    assert "Trợ lý đang chạy nói đúng" in shown


def test_a_sentence_is_shown_with_where_it_stands_and_when_it_is_said(browser: TestClient) -> None:
    shown = browser.get("/dialogue/at/utter_fee").text
    assert ">Cước gọi là &lt;một&gt; nghìn đồng.</textarea>" in shown
    assert "nlu_data/domain.yml:7" in shown
    assert "Khi notice = missed_1" in shown
    assert "rồi chờ đúng hay sai" in shown
    assert "nlu_data/rules.yml:3" in shown


def test_what_a_designer_has_misspelt_is_shown_as_it_is(browser: TestClient, root: Path) -> None:
    (root / "nlu_data/domain.yml").write_text(DOMAIN.replace("yes_no", "[lunch]"), encoding="utf-8")
    assert "lunch" in browser.get("/dialogue/at/utter_fee").text


def test_the_page_is_in_english_for_who_asks(browser: TestClient) -> None:
    assert "Retrain" not in browser.get("/dialogue").text
    assert "When notice = missed_1" in browser.get("/dialogue/at/utter_fee?lang=en").text


def test_an_intent_is_shown_with_its_examples(browser: TestClient) -> None:
    assert ">cước bao nhiêu\nmất tiền không</textarea>" in browser.get("/dialogue/at/ask_fee").text
    assert "Chưa có ví dụ nào" in browser.get("/dialogue/at/affirm").text
    assert browser.get("/dialogue/at/none").status_code == 404


def test_what_was_changed_in_an_editor_is_seen_and_its_recording_is_old(browser: TestClient, root: Path) -> None:
    domain = root / "nlu_data/domain.yml"
    domain.write_text(DOMAIN.replace("<một>", "hai"), encoding="utf-8")
    shown = browser.get("/dialogue/at/utter_fee").text
    assert ">Cước gọi là hai nghìn đồng.</textarea>" in shown
    assert "chưa biết những chỗ đã sửa" in shown
    assert "Đọc sẵn 1 đoạn" in shown
    assert "Bản đọc: cũ, lời đã đổi" in shown


def test_an_old_recording_by_a_person_is_not_offered_to_be_overwritten(browser: TestClient, root: Path) -> None:
    write_wav(root / "prompts/utter_fee.wav", silence(100, 16_000))
    settings = load_settings(root / "config.yml")
    prompt_library(settings).render(ToneSynthesizer(), lambda _: None)  # notes it
    (root / "nlu_data/domain.yml").write_text(DOMAIN.replace("<một>", "hai"), encoding="utf-8")
    shown = browser.get("/dialogue").text
    assert "1 bản thu của người là của lời cũ" in shown
    assert "Đọc sẵn" not in shown


@pytest.mark.parametrize("address", ["/dialogue", "/dialogue/at/utter_fee"])
def test_files_that_cannot_be_read_are_told_with_their_line(browser: TestClient, root: Path, address: str) -> None:
    (root / "nlu_data/domain.yml").write_text(DOMAIN + "forms: [\n", encoding="utf-8")
    shown = browser.get(address)
    assert shown.status_code == 200
    assert "nlu_data/domain.yml:12: YAML sai cú pháp" in shown.text
    assert str(root) not in shown.text


def test_a_recording_can_be_listened_to(browser: TestClient, root: Path) -> None:
    heard = browser.get("/dialogue/pieces/utter_fee.2-1.wav")
    assert heard.headers["content-type"] == "audio/wav"
    assert heard.content == (root / "prompts/utter_fee.2-1.wav").read_bytes()


@pytest.mark.parametrize("piece", ["utter_none", "..%2fsecret", "../secret", "manifest.yml"])
def test_nothing_but_recordings_of_the_dialogue_is_sent(browser: TestClient, root: Path, piece: str) -> None:
    write_wav(root / "secret.wav", silence(100, 16_000))
    assert browser.get(f"/dialogue/pieces/{piece}.wav").status_code == 404


def test_words_can_be_heard_before_they_are_saved(browser: TestClient, tmp_path: Path) -> None:
    heard = browser.post("/dialogue/hear", json={"text": "Một hai ba {bhxh_code} bốn."})
    with wave.open(io.BytesIO(heard.content)) as said:
        assert said.getnframes() / said.getframerate() > 4 * MS_PER_WORD / 1000
    (tmp_path / "heard.wav").write_bytes(heard.content)
    assert read_wav(tmp_path / "heard.wav").rate_hz == 16_000


@pytest.mark.parametrize("text", ["", " ", 5, None, pytest.param("a" * 1001, id="too long")])
def test_what_is_no_sentence_is_not_read_out(browser: TestClient, text: object) -> None:
    refused = browser.post("/dialogue/hear", json={"text": text})
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("Chưa có lời")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"file": "domain.yml", "digest": "0"}',
        b'{"file": "domain.yml", "digest": "0", "response": "utter_fee", "variation": "0", "text": "a"}',
        b'{"file": "../config.yml", "digest": "0", "response": "utter_fee", "variation": 0, "text": "a"}',
    ],
)
def test_a_broken_edit_is_refused(browser: TestClient, body: bytes) -> None:
    refused = browser.post("/dialogue/save", content=body)
    assert refused.status_code == 400
    assert "Tải lại trang" in refused.json()["error"]
