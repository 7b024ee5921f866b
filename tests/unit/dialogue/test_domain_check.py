"""A designer's slip in domain.yml is told when training, with its line, and not by a caller."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dialogue.domain_check import check_domain
from bot.dialogue.training import DialogueSources, train
from bot.errors import DialogueError

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "nlu_data/domain.yml").read_text(encoding="utf-8")
ASK_CODE = '"Mời quý khách đọc mã số bảo hiểm xã hội, gồm 10 chữ số."'


def changed(folder: Path, old: str, new: str) -> tuple[Path, int]:
    """The project's domain with the first `old` replaced, and the line where that is."""
    assert old in TEXT
    domain = folder / "domain.yml"
    domain.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return domain, TEXT[: TEXT.index(old)].count("\n") + 1


def test_the_projects_own_domain_is_good() -> None:
    check_domain(ROOT / "nlu_data/domain.yml")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{expect: code}", "{expect: cod}", "expect không có giá trị 'cod'"),
        ("{expect: code}", "{expct: code}", "metadata lạ 'expct'"),
        ("outcome: gave_up", "outcome: gaveup", "outcome không có giá trị 'gaveup'"),
        ("closing, interruptible: false", "closing, interruptible: 'no'", "interruptible không có giá trị 'no'"),
        (ASK_CODE, '"Đọc {so} chữ số."', "{so} không phải slot nào"),
        (ASK_CODE, '""', "thiếu text"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    domain, line = changed(tmp_path, old, new)
    with pytest.raises(DialogueError) as told:
        check_domain(domain)
    assert f"domain.yml:{line}: " in str(told.value)
    assert problem in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("hang_up: true, outcome: gave_up", "hang_up: true", "phải đi cùng nhau"),
        ("{hang_up: true, outcome: gave_up}", "{outcome: gave_up}", "phải đi cùng nhau"),
        ("value: missed_1", "value: missd_1", "notice không có giá trị 'missd_1'"),
        ("      metadata: {expect: yes_no}\n", "", "câu hỏi phải có metadata expect"),
        ("expect: closing, interruptible: false", "expect: closing", "interruptible: false"),
        ("  utter_lost:", "  utter_los:", "thiếu câu utter_lost"),
    ],
)
def test_a_slip_between_lines_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    domain, _ = changed(tmp_path, old, new)
    with pytest.raises(DialogueError, match=problem):
        check_domain(domain)


def test_every_slip_is_told_at_once(tmp_path: Path) -> None:
    domain = tmp_path / "domain.yml"
    domain.write_text(
        TEXT.replace("expect: code", "expect: cod").replace("expect: menu", "expect: men"), encoding="utf-8"
    )
    with pytest.raises(DialogueError) as told:
        check_domain(domain)
    assert str(told.value).count("domain.yml:") == TEXT.count("expect: code") + TEXT.count("expect: menu}")


def test_nothing_is_trained_from_a_domain_with_a_slip(tmp_path: Path) -> None:
    domain, _ = changed(tmp_path, "expect: code", "expect: cod")
    with pytest.raises(DialogueError, match="Cần sửa lời thoại"):
        train(DialogueSources(ROOT / "config.yml", domain.parent, tmp_path / "models"))
    assert not (tmp_path / "models").exists()
