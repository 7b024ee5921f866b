"""E2e cases are read as they are written; what is wrong is told with file, line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.design.case_files import case_files, read_cases
from bot.design.cases import Case
from bot.design.sources import read_design
from bot.errors import ScriptError
from bot.ports import Trouble
from bot.replies import HungUp, Hypothesis, Keys, NoInput, Utterance
from bot.settings import Settings
from tests.unit.design.copies import OWN, ROOT, copy

DESIGN = read_design(OWN)
SETTINGS = Settings(root=ROOT)
NAMED = "test_cases:\n- test_case: một\n  "


def read(file: Path, text: str) -> list[Case]:
    file.write_text(text, encoding="utf-8")
    return read_cases([file], DESIGN, SETTINGS)


def test_rasa_pros_way_of_writing_is_understood(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path / "e2e_test_cases.yml",
        """
fixtures:
  - premium:
      - caller: null
      - failed_attempts: 2
test_cases:
  - test_case: user asks for a password
    fixtures:
      - premium
    steps:
      - utter: utter_greeting
      - user: Cấp lại mật khẩu
      - slot_was_set:
          - service: reset
          - misses
      - slot_was_not_set:
          - bhxh_code
      - utter: utter_fee
      - bot: Cước gọi là 1.000 đồng một phút.
""",
    )
    assert (case.name, case.at.line) == ("user asks for a password", 7)
    assert (case.situation.caller, case.situation.failed_attempts) == (None, 2)
    answered, asked = case.moves
    assert [check.value for check in answered.checks] == ["utter_greeting"]
    assert asked.does == Utterance((Hypothesis("cấp lại mật khẩu"),))
    assert [(check.key, check.value, check.at.line) for check in asked.checks] == [
        ("slot_was_set", ("service", "reset"), 13),
        ("slot_was_set", ("misses", None), 13),
        ("slot_was_not_set", ("bhxh_code", None), 16),
        ("utter", "utter_fee", 18),
        ("bot", "Cước gọi là 1.000 đồng một phút.", 19),
    ]


def test_everything_that_a_caller_does_and_that_befalls_a_call(tmp_path: Path) -> None:
    (case, troubled) = read(
        tmp_path / "a.yml",
        """
test_cases:
  - test_case: việc
    steps:
      - {keys: "12#", utter: [utter_greeting, utter_fee]}
      - silence: true
      - heard: [một, mốt]
      - heard: {"": 0.5, "[unk]": 1}
      - hang_up: true
  - test_case: sự cố
    steps: [trouble: time_up]
""",
    )
    assert [move.does for move in case.moves] == [
        None,
        Keys("12"),
        NoInput(),
        Utterance((Hypothesis("một"), Hypothesis("mốt"))),
        Utterance((Hypothesis("", 0.5), Hypothesis("[unk]", 1.0))),
        HungUp(),
    ]
    assert troubled.moves[1].does is Trouble.TIME_UP
    assert case.needs_text
    assert troubled.needs_text


def test_fixtures_set_what_a_call_finds_and_what_was_said_before(tmp_path: Path) -> None:
    (tmp_path / "fixtures.yml").write_text(
        """
fixtures:
  - mười hai số: {bot: {code: {lengths: [12]}, call: {tries: 1}}, accounts: {"001199000123": "+84912345678"}}
  - mã số: {steps: [user: cấp lại mật khẩu]}
""",
        encoding="utf-8",
    )
    (case,) = read(
        tmp_path / "a.yml",
        NAMED + "fixtures: [mười hai số, mã số, của tôi]\n  steps: [keys: '1']\n"
        "fixtures:\n- của tôi: {caller: '0987654321'}",
    )
    assert (case.situation.settings.code.lengths, case.situation.settings.call.tries) == ((12,), 1)
    assert case.situation.accounts == {"001199000123": "0912345678"}
    assert case.situation.caller == "0987654321"
    assert [move.at.file.name for move in case.moves] == ["a.yml", "fixtures.yml", "a.yml"]
    assert not case.needs_text
    assert case.is_spoken


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("test_case: []", 1, "khóa lạ 'test_case'. Có thể dùng: fixtures, test_cases"),
        ("fixtures: []", 1, "cần test_cases:"),
        ("test_cases:\n- steps: []", 2, "mỗi ca cần tên"),
        (NAMED + "step: []", 3, "khóa lạ 'step'"),
        (NAMED + "steps: user", 3, "cần steps: là danh sách"),
        (NAMED + "fixtures: [hai]\n  steps: []", 3, "không có fixture 'hai'"),
        (NAMED + "steps:\n  - đúng", 4, "mỗi bước là một bảng"),
        (NAMED + "steps:\n  - says: đúng", 4, "khóa lạ 'says'"),
        (NAMED + "steps:\n  - {user: đúng, keys: '1'}", 4, "mỗi bước chỉ có một trong"),
        (NAMED + "steps:\n  - {utter: utter_fee, user: đúng}", 4, "viết trước"),
        (NAMED + "steps:\n  - user: 8", 4, "user không hợp lệ: 8. Ví dụ"),
        (NAMED + "steps:\n  - keys: 0123", 4, "trong dấu nháy"),
        (NAMED + "steps:\n  - heard: {một: 2}", 4, "heard không hợp lệ"),
        (NAMED + "steps:\n  - trouble: fire", 4, "có thể: fault, unavailable, time_up"),
        (NAMED + "steps:\n  - user: đúng\n    utter: utter_fees", 5, "utter không hợp lệ: 'utter_fees'"),
        (NAMED + "steps:\n  - slot_was_set: [fee]", 4, "không có slot 'fee'. Có thể dùng: service"),
        (NAMED + "steps:\n  - slot_was_set: {bhxh_code: 0123456789}", 4, "trong dấu nháy"),
        (NAMED + "steps:\n  - slot_was_set: {bhxh_code: null}", 4, "Ghi giá trị, hoặc chỉ ghi tên slot"),
        (NAMED + "steps:\n  - intent: yes", 4, "có thể: affirm, agent"),
        (NAMED + "steps:\n  - expect: codes", 4, "có thể: menu, code"),
        (NAMED + "steps:\n  - reads: 12", 4, "hoặc null"),
        (NAMED + "steps:\n  - outcome: done", 4, "hoặc null khi cuộc gọi còn tiếp"),
        (NAMED + "steps:\n  - outcome: reset\n  - user: đúng", 4, "chỉ đặt ở bước cuối"),
        (NAMED + "steps:\n  - hang_up: true\n  - user: đúng", 5, "cuộc gọi đã kết thúc"),
        (NAMED + "steps:\n  - {hang_up: true, utter: utter_fee}", 4, "chỉ còn outcome"),
        (NAMED + "steps: []\n- test_case: một\n  steps: []", 4, "trùng tên"),
        (NAMED + "steps: []\nfixtures:\n- a: {number: 1}", 5, "khóa lạ 'number'"),
        (NAMED + "steps: []\nfixtures:\n- a: {}\n- a: {}", 6, "có hai lần"),
        (NAMED + "steps: [}", 3, "YAML sai cú pháp"),
        *(
            (NAMED + f"fixtures: a\n  steps: []\nfixtures:\n- a: {{{wrong}}}", 6, told)
            for wrong, told in {
                'caller: "12"': "không phải số điện thoại",
                "accounts: {123456: '0912345678'}": "không phải mã số trong dấu nháy",
                "failed_attempts: -1": "failed_attempts không hợp lệ",
                "accounts_away: yes": "accounts_away không hợp lệ",
                "bot: {code: {length: 10}}": "khóa lạ. Các khóa có thể dùng: lengths",
            }.items()
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_do(tmp_path: Path, text: str, line: int, told: str) -> None:
    file = tmp_path / "a.yml"
    with pytest.raises(ScriptError) as raised:
        read(file, text)
    assert str(raised.value).startswith(f"{file}:{line}: ")
    assert told in str(raised.value)


def test_the_mistakes_of_all_cases_and_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(NAMED + "steps: 1\n- test_case: hai\n  steps: 2", encoding="utf-8")
    (tmp_path / "b.yml").write_text("test_cases: 3", encoding="utf-8")
    with pytest.raises(ScriptError) as raised:
        read_cases(case_files(tmp_path), DESIGN, SETTINGS)
    assert [told.partition(": ")[0] for told in str(raised.value).splitlines()] == [
        f"{tmp_path / 'a.yml'}:3",
        f"{tmp_path / 'a.yml'}:5",
        f"{tmp_path / 'b.yml'}:1",
    ]


def test_a_folder_without_cases_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="Viết một ca"):
        case_files(tmp_path)


def test_nothing_is_trained_from_cases_whatever_their_files_are_called(tmp_path: Path) -> None:
    sources = copy(tmp_path)
    model = sources.model
    (sources.cases_dir / "của tôi.yml").write_text(NAMED + "steps: []", encoding="utf-8")
    assert sources.model == model
    assert not [file for file in sources.training_files if sources.cases_dir in file.parents]
    assert read_design(sources).rules
    assert len(read_design(sources).tests) == len(DESIGN.tests)
