"""The page “Reports”, asked as a browser asks."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.audio import silence, write_wav
from bot.web.reports import report_routes

DIGITS = {
    "channels": {
        "g711": {
            "engines": {
                "vosk": {
                    "strings": 40,
                    "string_accuracy": 0.925,
                    "digit_error_rate": 0.0123,
                    "intervals": {"string_accuracy": [0.8, 0.98]},
                    "finish_ms": {"n": 40, "p50": 20.0, "p95": 41.0},
                }
            }
        }
    }
}
ANSWERS = [
    {"channel": "g711", "engine": "vosk", "id": "code-1", "kind": "code", "said": "123", "heard": "12", "right": False},
    {"channel": "g711", "engine": "vosk", "id": "code-2", "kind": "code", "said": "456", "heard": "456", "right": True},
    {"channel": "g711", "engine": "vosk", "id": "digit-3", "kind": "digit", "said": "7", "heard": "", "right": False},
    {"channel": "g711", "engine": "fused", "id": "digit-3", "kind": "digit", "said": "7", "heard": "1", "right": False},
]
CALLS = {
    "calls": 2,
    "completed": 1,
    "completion": 0.5,
    "completion_interval": [0.1, 0.9],
    "duration_s": {"p50": 31.0},
    "latency_ms": {"p50": 640.0, "p95": 900.0},
    "each": [
        {"name": "match", "completed": True, "surprises": []},
        {"name": "mismatch", "completed": False, "surprises": ["chờ utter_no_match, nghe <utter_lost>"]},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two reports, one of them in a folder of its own that has more than a week's work."""
    report = tmp_path / "report"
    write_report(report / "tuần 1/số", DIGITS)
    answers = "".join(json.dumps(each) + "\n" for each in ANSWERS)
    (report / "tuần 1/số/heard.jsonl").write_text(answers + "{broken\n", encoding="utf-8")
    write_wav(report / "tuần 1/số/audio/g711/digit-3.wav", silence(100))
    write_report(report, CALLS)
    write_wav(report / "audio/mismatch.wav", silence(100))
    os.utime(report / "result.json", (2_000_000_000, 2_000_000_000))
    write_wav(tmp_path / "secret.wav", silence(100))
    (report / "out").symlink_to(tmp_path)
    return report


def write_report(folder: Path, figures: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(figures), encoding="utf-8")
    (folder / "index.html").write_text("<!doctype html><style>p {color: red}</style><p>đầy đủ</p>", encoding="utf-8")


@pytest.fixture
def browser(folder: Path) -> TestClient:
    return TestClient(Starlette(routes=report_routes(folder)))


def test_reports_are_listed_newest_first_with_their_figures(browser: TestClient) -> None:
    shown = browser.get("/reports").text
    assert shown.index("1 trong 2 cuộc") < shown.index("tuần 1/số")
    assert "vosk · g711 <strong>92,5 %</strong>" in shown
    assert 'href="/reports/of/tu%E1%BA%A7n%201/s%E1%BB%91"' in shown


def test_a_report_of_digits_lists_what_was_heard_wrong_those_with_a_recording_first(browser: TestClient) -> None:
    shown = browser.get("/reports/of/tuần 1/số").text
    assert "80–98" in shown
    assert shown.index("digit-3") < shown.index("code-1")
    assert "code-2" not in shown
    assert shown.count("<audio") == 1


def test_a_report_of_calls_tells_what_went_otherwise(browser: TestClient) -> None:
    shown = browser.get("/reports/of/").text
    assert "chờ utter_no_match, nghe &lt;utter_lost&gt;" in shown
    assert "640 ms / 900 ms" in shown
    assert "trang đầy đủ bên dưới cũng có tiếng" in shown
    assert shown.count("<audio") == 1


def test_a_recording_is_sent(browser: TestClient, folder: Path) -> None:
    heard = browser.get("/reports/sound", params={"of": "tuần 1/số", "sound": "g711/digit-3.wav"})
    assert heard.headers["content-type"] == "audio/wav"
    assert heard.content == (folder / "tuần 1/số/audio/g711/digit-3.wav").read_bytes()


def test_a_reports_own_page_has_an_origin_of_its_own_and_reaches_nothing(browser: TestClient) -> None:
    shown = browser.get("/reports/page", params={"of": ""})
    assert "đầy đủ" in shown.text
    policy = shown.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox allow-scripts", "form-action 'none'"} <= set(policy)
    assert not [each for each in policy if each.startswith("connect-src") or "same-origin" in each]


@pytest.mark.parametrize(
    "address",
    [
        "/reports/of/none",
        "/reports/of/out",
        "/reports/of/../..",
        "/reports/of/%2e%2e",
        "/reports/page?of=..",
        "/reports/page?of=out",
        "/reports/sound?of=&sound=../../secret.wav",
        "/reports/sound?of=out&sound=secret.wav",
        "/reports/sound?of=&sound=/etc/passwd",
        "/reports/sound?of=tu%E1%BA%A7n+1/s%E1%BB%91&sound=../result.json",
        "/reports/sound",
    ],
)
def test_nothing_else_is_sent(browser: TestClient, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_without_reports_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    browser = TestClient(Starlette(routes=report_routes(tmp_path / "none")))
    assert "nhanh8 evaluate calls" in browser.get("/reports").text


@pytest.mark.parametrize("figures", [[], {"channels": [1]}, {"each": ["x"]}, {"channels": {"g711": {"engines": 5}}}])
def test_figures_of_another_kind_do_no_harm(tmp_path: Path, figures: object) -> None:
    write_report(tmp_path / "odd", figures)
    browser = TestClient(Starlette(routes=report_routes(tmp_path)))
    assert browser.get("/reports").status_code == 200
    assert browser.get("/reports/of/odd").status_code in (200, 404)
