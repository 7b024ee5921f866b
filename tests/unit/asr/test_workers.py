"""Processes that hear: whatever happens to one costs the turns that it hears, and a new one takes its place."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.asr import worker_processes
from bot.asr import workers as workers_module
from bot.asr.nursery import Load
from bot.asr.workers import HeardBy, RecognizerWorkers, WorkerStream
from bot.audio import Audio, silence
from bot.errors import ModelError
from bot.ports import Hung
from bot.replies import Expect, Hypothesis, Utterance
from tests.unit.asr import obedient

WITHIN_S = 30.0
TURNS = {expect: HeardBy("cheap") for expect in Expect} | {Expect.CODE: HeardBy("dear", at_once=2, beyond="cheap")}
ROOT = Path(__file__).parents[3]


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def started(load: Load = obedient.load, *, longest_s: float = 30) -> RecognizerWorkers:
    return RecognizerWorkers(load, TURNS, count=2, longest_s=longest_s)


def are_there(workers: RecognizerWorkers) -> None:
    until(lambda: len(workers.pids) == 2)


@pytest.fixture(scope="module")
def loaded() -> Iterator[RecognizerWorkers]:
    workers = started()
    workers.wait()
    yield workers
    workers.close()


@pytest.fixture
def two(loaded: RecognizerWorkers) -> RecognizerWorkers:
    """Two that are there and hear nothing."""
    are_there(loaded)
    until(lambda: not any(worker.streams for worker in loaded._workers))
    return loaded


def said(stream: WorkerStream, pcm: bytes = b"") -> list[str]:
    """What an obedient engine knows."""
    return stream.accept(Audio(pcm)).result(WITHIN_S).split()


def pid_of(stream: WorkerStream) -> int:
    return int(said(stream)[2])


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_turn_is_heard_in_another_process_by_the_engine_of_its_row(two: RecognizerWorkers) -> None:
    menu, code = two.open(Expect.MENU), two.open(Expect.CODE)
    assert said(menu)[:2] == ["cheap", "menu"]
    assert said(code)[:2] == ["dear", "code"]
    assert {pid_of(menu), pid_of(code)} == {*two.pids}
    assert os.getpid() not in two.pids
    assert menu.finish().result(WITHIN_S) == Utterance((Hypothesis("một hai", 2 / 3), Hypothesis("", None)))


def test_what_is_asked_is_answered_in_its_order_and_long_audio_is_heard_whole(two: RecognizerWorkers) -> None:
    stream, long = two.open(Expect.MENU), silence(10_000)
    answers = [stream.accept(Audio(b"12")), stream.accept(long), stream.accept(Audio(b"3"))]
    heard = [int(answer.result(WITHIN_S).split()[-1]) for answer in answers]
    assert heard == [2, 2 + len(long.pcm), 3 + len(long.pcm)]


def test_turns_are_spread_over_the_workers(two: RecognizerWorkers) -> None:
    streams = [two.open(Expect.MENU) for _ in range(6)] + [two.open(Expect.CODE) for _ in range(2)]
    pids = [pid_of(stream) for stream in streams]
    assert sorted(map(pids[:6].count, two.pids)) == [3, 3]
    assert {*pids[6:]} == {*two.pids}


def test_turns_beyond_what_the_machine_can_do_are_heard_by_the_other_engine(two: RecognizerWorkers) -> None:
    streams = [two.open(Expect.CODE) for _ in range(3)]
    assert [said(stream)[0] for stream in streams] == ["dear", "dear", "cheap"]
    streams[0].finish()
    assert said(two.open(Expect.CODE))[0] == "dear"


def test_a_turn_that_was_given_up_makes_room_and_is_forgotten_where_it_was_heard(two: RecognizerWorkers) -> None:
    streams = [two.open(Expect.CODE) for _ in range(2)]
    here = next(stream for stream in streams if pid_of(stream) == two.pids[0])
    more = [two.open(Expect.CODE) for _ in range(4)]  # cheap ones
    assert [said(stream)[:1] + said(stream)[3:4] for stream in more] == [["cheap", "2"]] * 4
    streams.remove(here)
    del here
    new = two.open(Expect.CODE)
    assert (said(new)[0], pid_of(new), said(new)[3]) == ("dear", two.pids[0], "1")


FAULTS = {
    "is killed": lambda stream: os.kill(stream._worker.pid, signal.SIGKILL),
    "stops": lambda stream: os.kill(stream._worker.pid, signal.SIGSTOP),
    "reads where nothing is": lambda stream: stream.accept(Audio(b"segfault")),
    "aborts": lambda stream: stream.accept(Audio(b"abort")),
    "stands still": lambda stream: stream.accept(Audio(b"stand still")),
    "takes too long": lambda stream: stream.accept(Audio(b"spin")),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_worker_that(fault: str, two: RecognizerWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two, "_longest_s", 0.3 if fault == "takes too long" else WITHIN_S)
    turns, lost, replaced = [two.open(Expect.MENU) for _ in range(4)], two.pids[0], two.replaced
    heard_by = {pid: [stream for stream in turns if pid_of(stream) == pid] for pid in two.pids}
    (its, quiet), (other, another) = heard_by.values()
    began = time.monotonic()
    FAULTS[fault](its)
    with pytest.raises(Hung):
        its.accept(silence(60)).result(WITHIN_S)
    told_s = time.monotonic() - began
    for stream in (its, quiet):
        with pytest.raises(Hung):
            stream.finish().result(WITHIN_S)
    are_there(two)
    print(f"a worker that {fault}: told after {told_s:.3f} s, a new one there after {time.monotonic() - began:.3f} s")
    assert two.replaced == replaced + 1
    assert said(other)[3] == said(another)[3] == "2"
    assert {pid_of(two.open(Expect.MENU)) for _ in range(2)} <= {*two.pids} - {lost}
    until(lambda: is_gone(lost))
    assert two.waiting == 0


def test_a_worker_that_is_slow_but_comes_on_is_left_alone(two: RecognizerWorkers) -> None:
    stream, replaced = two.open(Expect.MENU), two.replaced
    assert said(stream, b"hum")
    assert two.replaced == replaced


def test_an_engine_that_fails_costs_the_turn_and_does_not_repeat_what_was_said(two: RecognizerWorkers) -> None:
    stream, replaced = two.open(Expect.MENU), two.replaced
    with pytest.raises(RuntimeError, match="LookupError") as told:
        said(stream, b"raise")
    assert "said" not in str(told.value)
    with pytest.raises(RuntimeError):
        stream.finish().result(WITHIN_S)
    assert pid_of(two.open(Expect.MENU))
    assert two.replaced == replaced


def test_who_asks_a_worker_that_has_stopped_is_not_stopped(two: RecognizerWorkers) -> None:
    stream = two.open(Expect.MENU)
    os.kill(pid_of(stream), signal.SIGSTOP)
    answers = [stream.accept(silence(500)) for _ in range(200)]
    assert two.waiting >= 199
    for answer in answers:
        with pytest.raises(Hung):
            answer.result(WITHIN_S)


def test_what_it_did_is_told(two: RecognizerWorkers) -> None:
    busy_s = two.busy_s
    said(two.open(Expect.MENU))
    assert two.busy_s > busy_s
    assert two.count == 2


def test_a_nursery_that_dies_is_replaced_while_its_workers_go_on(
    two: RecognizerWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "PAUSE_S", 0)
    stream, replaced, nursery = two.open(Expect.MENU), two.replaced, two.nursery_pid
    os.kill(nursery, signal.SIGKILL)
    until(lambda: two.nursery_pid != nursery)
    assert said(stream)[0] == "cheap"
    lost = pid_of(stream)
    os.kill(lost, signal.SIGKILL)
    with pytest.raises(Hung):
        said(stream)
    assert pid_of(two.open(Expect.MENU)) != lost  # by the other one, before the new nursery can help
    are_there(two)
    assert two.replaced == replaced + 1


def test_a_nursery_that_stands_still_is_replaced_once_it_is_needed(
    two: RecognizerWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "PAUSE_S", 0)
    nursery, replaced = two.nursery_pid, two.replaced
    os.kill(nursery, signal.SIGSTOP)
    for pid in two.pids:
        os.kill(pid, signal.SIGKILL)
    until(lambda: two.replaced == replaced + 2)
    with pytest.raises(Hung):  # there is nobody, or somebody who will never be there
        said(two.open(Expect.MENU))
    are_there(two)
    assert two.nursery_pid != nursery
    assert said(two.open(Expect.MENU))


@pytest.mark.parametrize("all_of_them", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_the_bot_stops_no_worker_of_running_calls(
    two: RecognizerWorkers, all_of_them: signal.Signals
) -> None:
    stream, nursery = two.open(Expect.MENU), two.nursery_pid
    for pid in (nursery, *two.pids):
        os.kill(pid, all_of_them)
    assert said(stream)[0] == "cheap"
    assert two.nursery_pid == nursery
    assert not is_gone(nursery)


def test_no_process_leaves_a_core_file_or_knows_the_bots_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHANH8_PBX_TOKEN", "hush")
    workers = started()
    workers.wait()
    are_there(workers)
    for pid in (workers.nursery_pid, *workers.pids):
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
        assert b"NHANH8" not in Path(f"/proc/{pid}/environ").read_bytes()
    workers.close()


def test_nothing_is_left_when_it_is_closed() -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    workers = started()
    workers.wait()
    are_there(workers)
    stream, pids = workers.open(Expect.MENU), [workers.nursery_pid, *workers.pids]
    hanging = stream.accept(Audio(b"stand still"))
    workers.close()
    workers.close()
    with pytest.raises(Hung):
        hanging.result(WITHIN_S)
    with pytest.raises(Hung):
        said(workers.open(Expect.MENU))
    until(lambda: all(map(is_gone, pids)))
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_workers_end_with_the_bot() -> None:
    program = (
        "from tests.unit.asr.test_workers import *\n"
        "workers = started()\n"
        "are_there(workers)\n"
        "print(workers.nursery_pid, *workers.pids, flush=True)\n"
        "time.sleep(60)"
    )
    bot = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert bot.stdout
    pids = [int(pid) for pid in bot.stdout.readline().split()]
    assert len(pids) == 3
    assert not any(map(is_gone, pids))
    bot.kill()
    bot.communicate()
    until(lambda: all(map(is_gone, pids)))


@pytest.mark.parametrize(
    ("load", "told"),
    [
        (obedient.load_nothing, "Mô hình bị hỏng. Chép lại."),
        (obedient.load_and_die, "khi nạp"),
        (obedient.load_and_fail, "khi nạp"),
    ],
)
def test_engines_that_cannot_be_loaded_are_told(load: Load, told: str) -> None:
    workers = started(load)
    with pytest.raises(ModelError, match=told):
        workers.wait()
    workers.close()


def test_engines_that_are_never_loaded_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_processes, "LOAD_TIMEOUT_S", 0.1)
    workers = started(obedient.load_for_ever)
    with pytest.raises(ModelError, match="quá lâu"):
        workers.wait()
    workers.close()
