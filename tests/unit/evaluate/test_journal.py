"""A run that is stopped and goes on later."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.audio import Audio
from bot.evaluate.digits import compare
from bot.evaluate.journal import Journal, run_name
from bot.evaluate.listening import Answer, Footprint
from bot.evaluate.material import Material
from bot.evaluate.trials import Kind, Trial
from bot.evaluate.workers import on_this_machine
from bot.replies import Hypothesis, Utterance
from tests.contract.recognizers import ScriptedRecognizer
from tests.unit.evaluate.packs import tone

MATERIAL = Material(tuple(Trial(id=f"c{at}", kind=Kind.CODE, said="123", audio=tone(400 + at, 200)) for at in range(6)))
TIMES = {"rtf", "streams_per_core", "finish_ms", "load_s", "rss_mb"}


def hear(folder: Path, words: str, stop_after: int = 1000) -> dict[str, Any]:
    """Figures, without times, of a run over two channels by an engine that hears `words`."""
    heard = 0

    def progress(*_: object) -> None:
        nonlocal heard
        heard += 1
        if heard == stop_after:
            raise KeyboardInterrupt

    with Journal(folder, "run") as journal:
        figures, _ = compare(
            {"ears": partial(ScriptedRecognizer, words)},
            MATERIAL,
            ["clean", "g711"],
            journal,
            lengths=(3,),
            seed=1,
            crew=on_this_machine(1),
            progress=progress,
        )
        journal.discard()
    engines = {channel: of["engines"]["ears"] for channel, of in figures.items()}
    return {channel: {name: row[name] for name in set(row) - TIMES} for channel, row in engines.items()}


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    for folder in (whole, stopped):
        folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        hear(stopped, "một hai ba", stop_after=8)
    part = stopped / "heard-run.part"
    part.write_bytes(part.read_bytes() + b'{"engine": "ears", "cha')  # as if it was killed in the middle of a line
    with Journal(stopped, "run") as journal:
        assert len(journal) == 8
    assert hear(stopped, "một hai ba") == hear(whole, "một hai ba")
    assert list(stopped.iterdir()) == list(whole.iterdir()) == []


def test_what_was_heard_before_is_not_heard_again(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        hear(tmp_path, "một hai ba", stop_after=8)
    figures = hear(tmp_path, "bốn")
    assert figures["clean"]["string_accuracy"] == 1
    assert figures["g711"]["string_accuracy"] == pytest.approx(2 / 6)


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    heard = Utterance((Hypothesis("một", 0.1 + 0.2), Hypothesis("", None)))
    answer = Answer(heard=heard, audio_s=1 / 3, cpu_s=0.1, finish_ms=5.5, settled_ms=(1, 2))
    with Journal(tmp_path, "run") as journal:
        journal.keep("vosk", "g711", "code-1", answer)
        journal.keep_footprint("vosk", Footprint(0.5, None))
    with Journal(tmp_path, "run") as journal:
        assert journal.answer("vosk", "g711", "code-1") == answer
        assert journal.answer("vosk", "clean", "code-1") is None
        assert journal.footprint("vosk") == Footprint(0.5, None)
    with Journal(tmp_path, "other") as journal:
        assert len(journal) == 0


def test_a_run_has_a_name_of_its_own() -> None:
    other = Trial(id="c0", kind=Kind.CODE, said="123", audio=tone(500, 200))
    names = [
        run_name(MATERIAL, 1, ["g711"]),
        run_name(MATERIAL, 2, ["g711"]),
        run_name(MATERIAL, 1, ["clean"]),
        run_name(Material((other, *MATERIAL.trials[1:])), 1, ["g711"]),
        run_name(Material(MATERIAL.trials, babble=Audio(b"\1\0")), 1, ["g711"]),
    ]
    assert len(set(names)) == len(names)
    assert names[0] == run_name(MATERIAL, 1, ["g711"])
