"""`nhanh8 design test` as a designer runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.app import CALLER_VOICES, caller_voices
from bot.cli.main import app
from bot.errors import ScriptError, SpeechError
from bot.settings import AverageSettings, Settings, VoiceSettings
from tests.unit.design.copies import OWN, ROOT

CASES = """
test_cases:
  - test_case: Đúng hết
    steps:
      - {utter: [utter_greeting, utter_ask_reset_form_service]}
      - user: cấp lại mật khẩu
      - slot_was_set: {service: reset}
      - {keys: "012#", reads: "012", digits_wanted: 7}
      - {user: tạm biệt, outcome: cancelled}

  - test_case: Chờ câu khác
    steps:
      - {user: gọi số này bao nhiêu tiền một phút, intent: ask_fee, expect: menu}
      - {keys: "8", utter: [utter_fee, utter_ask_reset_form_bhxh_code]}
      - {keys: "1", reads: "2"}

  - test_case: Nhớ khác, chờ khác, đọc khác
    steps:
      - user: cấp lại mật khẩu
        slot_was_set: {service: khác, bhxh_code: "0123456789"}
        slot_was_not_set: [notice, misses]
        expect: menu
        reads: "1"
        intent: affirm
        outcome: cancelled

  - test_case: Nguyên văn khác
    steps:
      - bot: [Bảo hiểm xã hội Việt Nam xin chào, "Để cấp lại mật khẩu, mời nhấn phím 8, hoặc nói: cấp lại mật khẩu."]

  - test_case: Cuộc gọi kết thúc sớm
    steps:
      - user: cho tôi gặp tổng đài viên
      - user: alo

  - test_case: Nghe nhiều cách
    steps:
      - {heard: {không một hai ba bốn năm sáu bảy tám chín: 0.9, không mốt: 0.1}, reads: "0123456789"}
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["--config", str(OWN.config), "design", "test", *map(str, arguments)])


@pytest.fixture
def cases(tmp_path: Path, dialogue_model: Path) -> Path:
    file = tmp_path / "cases.yml"
    file.write_text(CASES, encoding="utf-8")
    return file


def at(text: str) -> int:
    """The line of the only `text` in CASES."""
    assert CASES.count(text) == 1, text
    return CASES[: CASES.index(text)].count("\n") + 1


def test_each_case_that_goes_otherwise_is_told_with_what_was_expected_and_what_happened(
    cases: Path, tmp_path: Path
) -> None:
    junit = tmp_path / "junit.xml"
    done = run(cases, "--json", "--junit", junit)
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout)
    assert (told["failed"], len(told["cases"]), told["stories"]) == (4, 6, [])
    failures = {case["name"]: {(each["line"], each["message"]) for each in case["failures"]} for case in told["cases"]}
    assert failures["Đúng hết"] == failures["Nghe nhiều cách"] == set()
    assert failures["Chờ câu khác"] == {
        (
            at("utter: [utter_fee"),
            "chờ trợ lý nói utter_fee, utter_ask_reset_form_bhxh_code; trợ lý nói utter_ask_reset_form_bhxh_code.",
        )
    }
    assert failures["Nhớ khác, chờ khác, đọc khác"] == {
        (at("service: khác"), "slot service phải là 'khác'; slot là 'reset'."),
        (at("service: khác"), "slot bhxh_code phải là '0123456789'; slot là None."),
        (at("[notice, misses]"), "slot misses không được có giá trị; slot là 0.0."),
        (at("        expect: menu"), "expect phải là 'menu'; thực tế là 'code'."),
        (at("        reads: "), "reads phải là '1'; thực tế là None."),
        (at("        intent: affirm"), "intent phải là 'affirm'; thực tế là 'reset_password'."),
        (at("        outcome: cancelled"), "kết quả phải là 'cancelled'; thực tế là None."),
    }
    ((line, message),) = failures["Nguyên văn khác"]
    assert line == at("bot: [")
    assert "chờ trợ lý nói “Bảo hiểm xã hội Việt Nam xin chào”" in message
    assert failures["Cuộc gọi kết thúc sớm"] == {(at("user: alo"), "cuộc gọi kết thúc trước bước này.")}
    transcript = next(case["transcript"] for case in told["cases"] if case["name"] == "Chờ câu khác")
    assert transcript[1] == "Người gọi nói “gọi số này bao nhiêu tiền một phút”"
    assert "Cước gọi là 1.000 đồng một phút." in transcript[2]
    assert transcript[3] == "Người gọi bấm 8"
    assert len(transcript) == 5  # the call is told up to where it went otherwise
    assert told["coverage"]["intents"]["touched"] > 3
    assert '<testsuite name="cases" tests="6" failures="4">' in junit.read_text(encoding="utf-8")


def test_a_part_of_a_name_chooses_cases_and_stories(dialogue_model: Path) -> None:
    done = run("bận")
    assert done.exit_code == 0, done.output
    assert "Ca thử: 1 đúng, 0 sai. Truyện thử của Rasa: 1 đúng, 0 sai." in done.stdout
    assert "(chỉ tính các ca vừa chạy)" in done.stdout


def test_a_spoken_case_tells_what_was_heard_and_that_its_voice_proves_plumbing(tmp_path: Path, cases: Path) -> None:
    cases.write_text(
        """
test_cases:
  - test_case: Nói và bấm
    steps:
      - user: cấp lại mật khẩu
      - {keys: "0123456789", reads: "0123456789"}
      - {silence: true, slot_was_set: {notice: missed_1}}
      - {keys: "1", utter: [utter_password, utter_ask_closing_form_anything_else]}
      - {hang_up: true, outcome: reset}
  - test_case: Chờ sai
    steps:
      - {user: cấp lại mật khẩu, intent: ask_fee}
  - test_case: Chỉ ở mức chữ
    steps:
      - {trouble: fault, outcome: error}
""",
        encoding="utf-8",
    )
    done = run(cases, "--audio", "--voice", "espeak:vi+m6", "--channel", "g711")
    assert done.exit_code == 1, done.output
    assert "Người gọi nói “cấp lại mật khẩu” → máy nghe “cấp lại mật khẩu” (" in done.stdout
    assert f"{cases}:12: intent phải là 'ask_fee'; thực tế là 'reset_password'." in done.stdout
    assert "Ca thử: 1 đúng, 1 sai, bỏ qua 1 ca chỉ chạy được ở mức chữ." in done.stdout
    assert "Giọng tổng hợp chỉ cho biết" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (["--audio", "--channel", "carrier-pigeon"], ScriptError, "Không có đường dây 'carrier-pigeon'"),
        (["không ca nào tên thế này"], ScriptError, "Không có ca nào tên chứa"),
        (["Hỏi cước", "--audio", "--voice", "espeak"], SpeechError, "Không có giọng 'espeak'"),
        (["Hỏi cước", "--audio", "--voice", "espeak:vi@fast"], SpeechError, "Viết như: espeak:vi+m6"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_loaded(
    arguments: list[str], error: type[Exception], told: str
) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, error), done.output
    assert told in str(done.exception)
    assert "Nạp" not in done.stderr


def test_callers_do_not_speak_with_the_bots_voice() -> None:
    own = {"all": None, "low": "average:low"}
    for mixture, missing in own.items():
        voice = VoiceSettings(engine="average", average=AverageSettings(mixture=mixture))
        names = caller_voices(Settings(root=ROOT, voice=voice))
        assert names == [name for name in CALLER_VOICES if name != missing]
