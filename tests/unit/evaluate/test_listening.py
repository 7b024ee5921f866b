"""How engines are fed and timed, here and in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from bot.audio import Audio, silence
from bot.errors import ModelError
from bot.evaluate.digits import compare, seconds_to_hear
from bot.evaluate.journal import Journal
from bot.evaluate.listening import Ears, footprint, listen, settled_ms
from bot.evaluate.material import Material
from bot.evaluate.trials import Kind, Trial
from bot.evaluate.workers import on_this_machine
from bot.ports import Recognizer, RecognizerCapabilities
from bot.replies import Expect, Hypothesis, Utterance
from tests.contract.recognizers import ScriptedRecognizer
from tests.unit.evaluate.packs import tone

ROOT = Path(__file__).parents[3]
WORDS = ["một", "hai", "ba"]


class Counting:
    """Hears a further word of WORDS with every 200 ms, and what it was fed in."""

    def __init__(self) -> None:
        self.fed: list[int] = []

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(grammar=False, confidence=False, n_best=False)

    def open(self, expect: Expect) -> Counting:
        return self

    def accept(self, audio: Audio) -> str:
        self.fed.append(audio.duration_ms)
        return " ".join(WORDS[: sum(self.fed) // 200])

    def finish(self) -> Utterance:
        return Utterance((Hypothesis(self.accept(silence(0))),))


def broken() -> Recognizer:
    raise ModelError("Mô hình bị hỏng.")


def trial(text: str, kind: Kind = Kind.CODE) -> Trial:
    return Trial(id=text, kind=kind, said=text, audio=tone(500, 950), ends_ms=(300, 500, 600))


def test_audio_is_fed_in_pieces_of_100_ms() -> None:
    engine = Counting()
    answer = listen(engine, silence(650), Expect.CODE)
    assert engine.fed[:-1] == [100] * 6 + [50]
    assert answer.heard.text == "một hai ba"
    assert answer.audio_s == pytest.approx(0.65)
    assert listen(Counting(), Audio(b""), Expect.CODE).heard.text == ""


def test_a_digit_settles_when_it_and_all_before_it_stand_for_good() -> None:
    assert settled_ms(Counting(), silence(700), "123", (150, 390, 650)) == (50, 10, 0)


def test_a_code_heard_wrong_settles_nothing() -> None:
    assert settled_ms(Counting(), silence(700), "124", (150, 390, 500)) == ()


def test_engines_are_heard_in_processes_of_their_own_in_the_order_of_the_trials(tmp_path: Path) -> None:
    engines = {
        "right": partial(ScriptedRecognizer, "một hai ba"),
        "wrong": partial(ScriptedRecognizer, "một hai"),
    }
    material = Material((trial("123"), trial("124")))
    heard: list[tuple[str, str, float]] = []
    with Journal(tmp_path, "run") as journal:
        figures, outcomes = compare(
            engines,
            material,
            ["clean", "g711"],
            journal,
            lengths=(3,),
            seed=1,
            crew=on_this_machine(2),
            progress=lambda *each: heard.append(each),
        )
    assert list(figures) == list(outcomes) == ["clean", "g711"]
    assert figures["g711"]["engines"]["right"]["string_accuracy"] == 0.5
    assert figures["g711"]["engines"]["wrong"]["string_accuracy"] == 0
    assert figures["clean"]["engines"]["right"]["rss_mb"] is not None
    assert [each.trial.said for each in outcomes["clean"]["wrong"]] == ["123", "124"]
    assert sum(seconds for _, _, seconds in heard) == pytest.approx(seconds_to_hear(material, 2, 2))


def test_what_an_engine_says_when_it_cannot_be_loaded_arrives() -> None:
    with pytest.raises(ModelError, match="Mô hình bị hỏng"), on_this_machine(1)(partial(Ears, broken), 1) as workers:
        list(workers.map(footprint, [None]))


KILLED = """
from functools import partial
from time import sleep
from bot.evaluate.listening import Ears, footprint
from bot.evaluate.workers import on_this_machine
from tests.contract.recognizers import ScriptedRecognizer
with on_this_machine(1)(partial(Ears, partial(ScriptedRecognizer, "một")), 1) as workers:
    list(workers.map(footprint, [None]))
    print("loaded", flush=True)
    sleep(1000)
"""


def test_processes_end_with_a_run_that_is_killed() -> None:
    run = subprocess.Popen([sys.executable, "-c", KILLED], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout
    assert run.stdout.readline() == "loaded\n"
    run.kill()
    assert run.communicate(timeout=60)[0] == ""  # comes to its end when no process holds it any more
