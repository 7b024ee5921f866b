from __future__ import annotations

import sys

import pytest

from bot.cli.main import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["nhanh8", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serve", "--pørt"], "Không có tùy chọn --pørt. Xem: nhanh8 serve --help"),
        (["evaluate", "digits", "--jobz", "2"], "Không có tùy chọn --jobz; có --jobs, --json."),
        (["bench", "voice", "--seed", "x"], "--seed: x không phải số nguyên. Xem: nhanh8 bench voice --help"),
        (["bench", "soak", "--calls", "0"], "--calls: 0 ngoài khoảng x>=1."),
        (["evaluat"], "Không có lệnh evaluat; có 'evaluate'."),
        (["chat", "--caller"], "--caller cần một giá trị."),
        (["accounts", "add"], "Thiếu --code. Xem: nhanh8 accounts add --help"),
        (["accounts", "import"], "Thiếu file."),
        (["design", "check", "a", "b"], "Thừa a b."),
    ],
)
def test_a_wrong_command_line_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert run(monkeypatch, *arguments) == 2
    told = capsys.readouterr().err
    assert f"Lỗi: {sentence}" in told
    assert told.count("\n") == 1


def test_a_group_without_a_command_shows_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "accounts") == 2
    shown = capsys.readouterr()
    assert "rekey" in shown.out + shown.err


def test_help_has_vietnamese_titles(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "accounts", "add", "--help") == 0
    shown = capsys.readouterr().out
    for title in ("Tùy chọn", "[bắt buộc]"):
        assert title in shown


def test_an_exit_code_of_a_command_is_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "--version") == 0
    assert run(monkeypatch, "--config", "no-such.yml", "train") == 3
