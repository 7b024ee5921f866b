"""The same work on a Dask cluster: two workers, one of which dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from bot.audio import join, silence
from bot.errors import ClusterError, ModelError
from bot.evaluate.cluster import on_cluster
from bot.evaluate.digits import compare
from bot.evaluate.journal import Journal
from bot.evaluate.listening import Ears, footprint
from bot.evaluate.material import Material
from bot.evaluate.trials import Kind, Trial
from bot.evaluate.workers import Crew, on_this_machine
from bot.replies import Utterance
from bot.tts.pyttsx3_engine import Pyttsx3Synthesizer
from bot.tts.voices import espeak
from bot.vietnamese.speech import digit_words
from tests.unit.evaluate.ears import broken, vosk

CODES = ("0123", "4567", "8901", "2357", "6420", "9135")
CHANNELS = ["clean", "loss5-single", "noise10"]

Heard = list[tuple[str, str, Utterance, tuple[int, ...]]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def material() -> Material:
    voice = Pyttsx3Synthesizer(espeak("vi+m6", rate_wpm=150, pitch=50))
    try:
        spoken = {code: voice.synthesize(" ".join(digit_words(code))).at(8000) for code in CODES}
    finally:
        voice.close()
    return Material(
        tuple(
            Trial(
                id=code,
                kind=Kind.CODE,
                said=code,
                audio=join([silence(200), audio, silence(300)]),
                ends_ms=(1, 2, 3, 4),
            )
            for code, audio in spoken.items()
        )
    )


def heard_by(crew: Crew, material: Material, folder: Path, progress: Callable[[], None]) -> Heard:
    folder.mkdir()
    with Journal(folder, "run") as journal:
        _, outcomes = compare(
            {"vosk": partial(vosk, folder / "loads")},
            material,
            CHANNELS,
            journal,
            lengths=(4,),
            seed=1,
            crew=crew,
            progress=lambda *_: progress(),
        )
    return [
        (channel, each.trial.id, each.answer.heard, each.answer.settled_ms)
        for channel, engines in outcomes.items()
        for each in engines["vosk"]
    ]


def test_a_worker_that_dies_changes_nothing(cluster: LocalCluster, material: Material, tmp_path: Path) -> None:
    here = heard_by(on_this_machine(1), material, tmp_path / "here", lambda: None)
    assert any(heard.text for _, _, heard, _ in here)
    loads = tmp_path / "there/loads"
    killed: list[int] = []
    with Client(cluster, set_as_default=False) as client:
        pids: dict[str, int] = client.run(os.getpid)

        def kill_one_at_work() -> None:
            if not killed:
                busy = {pids[worker] for worker, tasks in client.processing().items() if tasks}
                killed.append(next(pid for pid in map(int, loads.read_text(encoding="ascii").split()) if pid in busy))
                os.kill(killed[0], signal.SIGKILL)

        there = heard_by(on_cluster(cluster.scheduler_address), material, tmp_path / "there", kill_one_at_work)
    assert there == here
    loaded = [int(pid) for pid in loads.read_text(encoding="ascii").split()]
    assert set(loaded) - set(killed), "another one took over"
    assert len(set(loaded)) == len(loaded), "each loads the engine once"


def test_what_an_engine_says_when_it_cannot_be_loaded_arrives(cluster: LocalCluster) -> None:
    crew = on_cluster(cluster.scheduler_address)
    with pytest.raises(ModelError, match="Mô hình bị hỏng"), crew(partial(Ears, broken), 1) as workers:
        list(workers.map(footprint, [None]))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "đâu đó", "morse://127.0.0.1:1"])
def test_an_address_without_a_cluster_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.evaluate.cluster.CONNECT_S", 0.5)
    with pytest.raises(ClusterError, match="Không nối được"), on_cluster(address)(partial(Ears, broken), 1):
        pass


def test_a_cluster_without_workers_is_told() -> None:
    with (
        LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as empty,
        pytest.raises(ClusterError, match="chưa có máy nào"),
        on_cluster(empty.scheduler_address)(partial(Ears, broken), 1),
    ):
        pass
