"""The worker process: replaced when it hangs or dies, and it keeps a secret."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import SpeechError
from bot.tts import pyttsx3_worker
from bot.tts.pyttsx3_engine import Pyttsx3Synthesizer
from bot.tts.voices import espeak
from bot.vietnamese.speech import digit_words
from tests.contract.synthesizers import our_voice, tiny_piper


@pytest.fixture
def synthesizer() -> Iterator[Pyttsx3Synthesizer]:
    made = Pyttsx3Synthesizer(espeak(), timeout_s=1.0)
    made.synthesize("xin chào")
    yield made
    made.close()


def pid_of(synthesizer: Pyttsx3Synthesizer) -> int:
    assert synthesizer.worker_pid is not None
    return synthesizer.worker_pid


def test_a_hanging_worker_is_replaced_in_time(synthesizer: Pyttsx3Synthesizer) -> None:
    stopped = pid_of(synthesizer)
    os.kill(stopped, signal.SIGSTOP)
    start = time.monotonic()
    assert synthesizer.synthesize("xin chào").duration_ms > 500
    assert time.monotonic() - start < 3
    assert pid_of(synthesizer) != stopped
    assert not Path(f"/proc/{stopped}").exists()


def test_a_dead_worker_is_replaced(synthesizer: Pyttsx3Synthesizer) -> None:
    os.kill(pid_of(synthesizer), signal.SIGKILL)
    assert synthesizer.synthesize("xin chào").duration_ms > 500


def test_a_worker_that_dies_twice_is_an_error(synthesizer: Pyttsx3Synthesizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    os.kill(pid_of(synthesizer), signal.SIGKILL)
    with pytest.raises(SpeechError, match="espeak"):
        synthesizer.synthesize("xin chào")


def test_an_unknown_voice_is_an_error() -> None:
    with pytest.raises(SpeechError, match="vi-khong-co"):
        Pyttsx3Synthesizer(espeak("vi-khong-co")).synthesize("xin chào")


@pytest.mark.parametrize("text", ["", " \n", "a" * 40_000])
def test_a_text_that_cannot_be_spoken_is_an_error(synthesizer: Pyttsx3Synthesizer, text: str) -> None:
    with pytest.raises(SpeechError):
        synthesizer.synthesize(text)


def test_closing_ends_the_worker(synthesizer: Pyttsx3Synthesizer) -> None:
    pid = pid_of(synthesizer)
    synthesizer.close()
    assert not Path(f"/proc/{pid}").exists()


def test_the_worker_ends_with_its_parent() -> None:
    code = (
        "from bot.tts.pyttsx3_engine import Pyttsx3Synthesizer\n"
        "from bot.tts.voices import espeak\n"
        "import os; e = Pyttsx3Synthesizer(espeak()); e.synthesize('a'); print(e.worker_pid, flush=True); os._exit(1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("wheel", "library"), [(True, "espeakng_loader"), (False, "/libespeak-ng.so.1")])
def test_the_wanted_library_is_loaded(wheel: bool, library: str) -> None:
    synthesizer = Pyttsx3Synthesizer(espeak(wheel_library=wheel))
    synthesizer.synthesize("xin chào")
    maps = Path(f"/proc/{pid_of(synthesizer)}/maps").read_text()
    synthesizer.close()
    loaded = {line.split()[-1] for line in maps.splitlines() if "libespeak" in line}
    assert len(loaded) == 1
    assert library in loaded.pop()


def test_the_wheel_stands_in_where_debians_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(name: str, mode: int = 0) -> None:
        if name == pyttsx3_worker.DEBIAN_LIBRARY:
            raise OSError(name)
        loaded.append(name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setenv("ESPEAK_DATA_PATH", "")
    pyttsx3_worker._load_espeak(pyttsx3_worker.DEBIAN)
    assert "espeakng_loader" in loaded[0]
    assert "espeakng_loader" in os.environ["ESPEAK_DATA_PATH"]


@pytest.mark.parametrize("engine", ["average", "espeak", "piper"])
def test_no_password_is_in_a_file_the_arguments_or_the_environment_while_it_is_spoken(
    engine: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    making = {"average": our_voice, "espeak": espeak, "piper": lambda: tiny_piper(tmp_path_factory.mktemp("piper"))}
    synthesizer = Pyttsx3Synthesizer(making[engine]())
    synthesizer.synthesize("xin chào")
    password = "".join(secrets.choice("0123456789") for _ in range(8))
    words = " ".join(digit_words(password))
    process = Path(f"/proc/{pid_of(synthesizer)}")
    speaking = threading.Thread(target=lambda: [synthesizer.synthesize(words) for _ in range(4)])
    seen = b""
    opened: set[str] = set()
    speaking.start()
    while speaking.is_alive():
        seen += (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        opened |= {_target(link) for link in (process / "fd").iterdir()}
    synthesizer.close()
    assert words.encode() not in seen
    assert password.encode() not in seen
    on_disk = {name for name in opened if name.startswith("/") and not name.startswith(("/dev/", "/proc/", "/memfd:"))}
    assert {name for name in on_disk if not name.endswith((".so.1", "-data"))} == set()
    assert not list(tmp_path.iterdir())


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
def test_a_spare_worker_takes_over(fault: signal.Signals) -> None:
    synthesizer = Pyttsx3Synthesizer(espeak(), timeout_s=30)
    synthesizer.synthesize("xin chào")
    synthesizer.keep_spare()
    assert synthesizer._spare is not None
    spare = synthesizer._spare.result(30).pid
    began = time.monotonic()
    os.kill(pid_of(synthesizer), fault)
    assert synthesizer.synthesize("xin chào").duration_ms > 500
    print(f"after {fault.name} it spoke again within {time.monotonic() - began:.3f} s")
    assert pid_of(synthesizer) == spare
    assert synthesizer.replaced == 1
    synthesizer.close()


def test_a_spare_that_died_meanwhile_is_no_loss() -> None:
    synthesizer = Pyttsx3Synthesizer(espeak(), timeout_s=30)
    synthesizer.synthesize("xin chào")
    synthesizer.keep_spare()
    assert synthesizer._spare is not None
    workers = [pid_of(synthesizer), synthesizer._spare.result(30).pid]
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert synthesizer.synthesize("xin chào").duration_ms > 500
    assert pid_of(synthesizer) not in workers
    synthesizer.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
