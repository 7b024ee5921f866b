"""The file of errands: every line is there once, whoever writes and cuts it meanwhile, and whatever dies."""

from __future__ import annotations

import os
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.accounts.errand_file import ErrandFile
from bot.errors import AccountsBusy


def numbers(file: ErrandFile) -> list[object]:
    return [line and line["n"] for line in file.lines()]


def test_a_file_that_is_not_there_has_no_lines_and_is_not_made_by_cutting(tmp_path: Path) -> None:
    file = ErrandFile(tmp_path / "new" / "errands.jsonl")
    assert file.cut(lambda _: True) == 0
    assert file.lines() == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_gone_is_gone_and_the_rest_stays_as_it_was_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "errands.jsonl"
    file = ErrandFile(path)
    for n in range(4):
        file.append({"n": n, "text": "lúc"})
    kept = path.read_bytes().splitlines(keepends=True)[1::2]
    assert file.cut(lambda line: bool(line) and line["n"] % 2 == 0) == 2
    assert path.read_bytes() == b"".join(kept)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_nothing_is_lost_or_written_twice_while_some_write_and_some_cut(tmp_path: Path) -> None:
    path = tmp_path / "errands.jsonl"
    writers, each = 4, 40

    def write(writer: int) -> int:
        mine = ErrandFile(path)  # as another program has it open
        for n in range(writer, writers * each, writers):
            mine.append({"n": n})
        return 0

    def cut(_: int) -> int:
        return sum(ErrandFile(path).cut(lambda line: line is None or line["n"] % 2 == 0) for _ in range(40))

    with ThreadPoolExecutor(writers + 2) as pool:
        counts = [pool.submit(work, n) for work, n in [(cut, 0), *((write, n) for n in range(writers)), (cut, 1)]]
    gone = sum(count.result() for count in counts) + cut(0)
    assert gone == writers * each // 2
    assert sorted(map(int, numbers(ErrandFile(path)))) == list(range(1, writers * each, 2))


def test_a_line_that_does_not_fit_on_the_disk_is_not_there_at_all(tmp_path: Path) -> None:
    path = tmp_path / "errands.jsonl"
    file = ErrandFile(path)
    file.append({"n": 1})
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 5, limits[1]))
    try:
        with pytest.raises(AccountsBusy, match=r"after_reset\.file"):
            file.append({"n": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    file.append({"n": 3})
    assert numbers(file) == [1, 3]


def test_what_a_program_left_that_died_while_it_cut_goes_with_the_next_cut(tmp_path: Path) -> None:
    file = ErrandFile(tmp_path / "errands.jsonl")
    file.append({"n": 1})
    left = tmp_path / "errands.jsonl.new"
    left.write_text('{"phone": "0912')
    assert file.cut(lambda line: False) == 0
    assert not left.exists()
    assert numbers(file) == [1]


def test_a_file_stays_its_owners_whoever_cuts_it(tmp_path: Path) -> None:
    if os.getuid():
        pytest.skip("only root can cut another's file")
    path = tmp_path / "errands.jsonl"
    file = ErrandFile(path)
    for n in range(2):
        file.append({"n": n})
    os.chown(path, 12345, 12345)
    file.cut(lambda line: bool(line) and line["n"] == 0)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)


def test_a_line_that_is_no_object_is_none_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "errands.jsonl"
    path.write_bytes(b'{"n": 1}\n\xff\n[1]\n{"n": 2')
    file = ErrandFile(path)
    assert numbers(file) == [1, None, None, None]
    file.append({"n": 3})
    assert numbers(file) == [1, None, None, None, 3]
