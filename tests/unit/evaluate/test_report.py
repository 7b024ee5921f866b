"""What a run leaves in its folder."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.audio import join, silence
from bot.evaluate.digits_page import MOST_FAILURES
from bot.evaluate.figures import engine_figures, judged
from bot.evaluate.listenable import HEIGHT, sound_uri, waveform
from bot.evaluate.listening import Answer, Footprint
from bot.evaluate.material import Material
from bot.evaluate.report import write_report
from bot.evaluate.trials import Kind, Trial
from bot.replies import Hypothesis, Utterance
from tests.unit.evaluate.packs import tone

RIGHT = "không một hai ba bốn năm sáu bảy tám chín"


class Page(HTMLParser):
    """What a page loads, and how often each element opens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.opened: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.sources += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty codes of which vosk hears every other one, cà phê taken for a digit, and a no for a yes."""
    said = [(Kind.CODE, "0123456789", RIGHT if number % 2 else "<b>một hai</b>") for number in range(60)]
    said += [(Kind.WORDS, "cà phê", "ba"), (Kind.ANSWER, "không", "đúng"), (Kind.DIGIT, "4", "bốn")]
    trials = [
        Trial(
            id=f"{kind.value}-{at}",
            kind=kind,
            said=text,
            audio=tone(300, 300),
            speaker=f"<{at % 3}>",
            dialect=f"<{at % 2}>",
            ends_ms=(),
        )
        for at, (kind, text, _) in enumerate(said)
    ]
    outcomes = [
        judged(trial, Answer(heard=Utterance((Hypothesis(text, 0.9),)), audio_s=1, cpu_s=0.1, finish_ms=5 + at), (10,))
        for at, (trial, (_, _, text)) in enumerate(zip(trials, said, strict=True))
    ]
    channels = {"g711": {"engines": {"vosk": engine_figures(outcomes, Footprint(1.0, None))}}}
    result = {"channel": "g711", "split": "dev", "seed": 1, "jobs": 1, **channels["g711"], "channels": channels}
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, result, {"g711": {"vosk": outcomes}}, Material(tuple(trials)), audio=False)
    return folder


def test_the_page_needs_nothing_but_itself(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    outside = [source for source in page.sources if not source.startswith(("data:audio/flac;base64,", "#"))]
    assert outside == []
    assert not re.search(r"@import|url\((?!#)", text)


def test_failures_can_be_played_and_are_bounded(folder: Path) -> None:
    page = Page((folder / "index.html").read_text(encoding="utf-8"))
    assert page.opened.count("audio") == page.opened.count("article") == 32  # 30 codes, a word, an answer
    assert page.opened.count("article") <= MOST_FAILURES


def test_what_people_wrote_is_text_on_the_page(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;một hai&lt;/b&gt;" in text
    assert "<b>một" not in text
    assert "<0>" not in text
    assert "&lt;0&gt;" in text


def test_each_picture_is_there(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    labels = ("cả mã số đúng (%)", "nghe (∅: không nghe thấy)", "máy tin chừng này (%)", "% sai trong số đó", "(ms)")
    for label in labels:
        assert re.search(f"<svg.*?{re.escape(label)}", text, re.DOTALL), label
    assert "50,0 %" in text


def test_junit_has_a_case_for_each_answer(folder: Path) -> None:
    (suite,) = ElementTree.parse(folder / "junit.xml").getroot()  # noqa: S314 - our own
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("g711.vosk", "63", "32")
    (failure,) = suite.findall("testcase[@name='answer-61']/failure")
    assert failure.get("message") == "nói: không; nghe: đúng"


def test_a_run_without_codes_has_a_page_too(tmp_path: Path) -> None:
    trial = Trial(id="words-1", kind=Kind.WORDS, said="cà phê", audio=tone(300, 300))
    answer = Answer(heard=Utterance((Hypothesis("cà phê"),)), audio_s=1, cpu_s=0.1, finish_ms=5)
    outcomes = [judged(trial, answer, (10,))]
    channels = {"clean": {"engines": {"vosk": engine_figures(outcomes, Footprint(1.0, None))}}}
    result = {"channel": "clean", "split": None, "seed": 1, "jobs": 1, **channels["clean"], "channels": channels}
    write_report(tmp_path, result, {"clean": {"vosk": outcomes}}, Material((trial,)), audio=False)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Nghe đúng bao nhiêu" in page
    assert "Nghe lẫn chữ số nào" not in page


def test_every_answer_is_kept(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "heard.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 63
    assert (lines[0]["heard"], lines[0]["deleted"], lines[0]["hypotheses"]) == ("12", 8, [["<b>một hai</b>", 0.9]])


def test_a_waveform_shows_where_it_is_loud() -> None:
    drawn = waveform(join([silence(250), tone(300, 250)]), [(250, "7", True)])
    assert 'x="320" y="69" class="wrong">7</text>' in drawn
    heights = [float(low) - float(high) for high, low in re.findall(r"M\d+ ([\d.]+)V([\d.]+)", drawn)]
    half = len(heights) // 2
    assert set(heights[:half]) == {0}
    assert 45 < max(heights[half:]) <= HEIGHT


def test_a_sound_is_small() -> None:
    assert len(sound_uri(tone(300, 1000))) < 16000 * 4 / 3
