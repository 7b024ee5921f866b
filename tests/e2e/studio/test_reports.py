"""An evaluation is found, opened, and what went wrong in it is listened to."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.audio import write_wav
from bot.evaluate.calls_report import write_calls_report
from tests.e2e.studio.conftest import Studio
from tests.unit.evaluate.packs import tone
from tests.unit.evaluate.test_calls import MADE_OF, held

# A sound's length once the browser has read it.
LENGTH = """audio => new Promise((tell, fail) => {
  audio.onloadedmetadata = () => tell(audio.duration);
  audio.onerror = () => fail(new Error("cannot be played"));
  audio.preload = "metadata";
  audio.load();
})"""


@pytest.fixture(scope="module", autouse=True)
def reports(studio: Studio) -> None:
    """A report of two calls as `nhanh8 evaluate calls` writes it, and one of a code heard wrong, with its recording."""
    calls = studio.root / "report/cuộc gọi"
    calls.mkdir(parents=True)
    write_calls_report(calls, [held("match"), held("mismatch", ("chờ utter_no_match",))], {"reset": "đã cấp"}, MADE_OF)
    digits = studio.root / "report/digits"
    write_wav(digits / "audio/g711/code-1.wav", tone(440, 1500))
    answer = {"channel": "g711", "engine": "vosk", "id": "code-1", "kind": "code", "said": "123", "heard": "12"}
    (digits / "heard.jsonl").write_text(json.dumps({**answer, "right": False}) + "\n", encoding="utf-8")
    engine = {"strings": 1, "string_accuracy": 0.0}
    (digits / "result.json").write_text(json.dumps({"channels": {"g711": {"engines": {"vosk": engine}}}}))


def seconds(audio: Locator) -> float:
    return float(audio.evaluate(LENGTH))


def test_a_code_that_was_heard_wrong_can_be_listened_to(page: Page) -> None:
    page.goto("/reports")
    page.get_by_role("link", name="digits").click()
    expect(page.get_by_role("listitem")).to_contain_text("code-1")
    assert seconds(page.locator(".failures audio")) == pytest.approx(1.5, abs=0.05)


def test_a_call_that_went_otherwise_is_told_and_heard_in_the_reports_own_page(page: Page) -> None:
    page.goto("/reports")
    page.get_by_role("link", name="cuộc gọi").first.click()
    expect(page.get_by_text("1 trong 2 cuộc đi đúng kịch bản")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="chờ utter_no_match")).to_be_visible()
    whole = page.frame_locator("iframe.full")
    expect(whole.get_by_role("heading", name="Cuộc gọi qua toàn bộ trợ lý")).to_be_visible()
    assert seconds(whole.locator("audio").first) == pytest.approx(1.5, abs=0.05)
    assert whole.locator("section").first.evaluate("box => getComputedStyle(box).borderRadius") == "10px"  # its styles
