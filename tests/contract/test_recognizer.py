"""What every recogniser promises: Vosk, viet-asr, its network in a grammar, both as one, these two in worker
processes, and the scripted fake.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from bot.asr.fusion import FusedRecognizer
from bot.asr.grammar_engine import GrammarRecognizer
from bot.asr.grammars import Grammars
from bot.asr.vietasr_engine import VietAsrRecognizer
from bot.asr.vietasr_network import Network
from bot.asr.vosk_engine import VoskRecognizer
from bot.asr.workers import HeardBy, RecognizerWorkers
from bot.audio import Audio, silence
from bot.ports import Recognizer, RecognizerCapabilities
from bot.replies import Expect, Utterance
from tests.contract.recognizers import ScriptedRecognizer, Waiting
from tests.people import people_available, telephone_reply

MODEL = Path(__file__).resolve().parents[2] / "models/vosk-vi-phone"
NLU = """
version: "3.1"
nlu:
  - intent: reset_password
    examples: |
      - cấp lại mật khẩu
"""

people = pytest.mark.skipif(not people_available(), reason="no recordings of people beside the project")


def fused(nlu: Path) -> dict[str, Recognizer]:
    """By engine, as the nursery of worker processes loads them."""
    grammars = Grammars(nlu)
    vosk = VoskRecognizer(MODEL, grammars)
    return {"fused": FusedRecognizer(vosk, GrammarRecognizer(Network(), grammars)), "vosk": vosk}


@pytest.fixture(scope="module", params=["vosk", "vietasr", "grammar", "fused", "workers", "scripted"])
def recognizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recognizer]:
    if request.param == "scripted":
        yield ScriptedRecognizer("đúng")
        return
    if request.param != "vosk":
        for extra in ("vietasr", "onnxruntime", "kaldi_native_fbank"):
            pytest.importorskip(extra)
    nlu = tmp_path_factory.mktemp("nlu")
    (nlu / "commands.yml").write_text(NLU, encoding="utf-8")
    if request.param == "vosk":
        yield VoskRecognizer(MODEL, Grammars(nlu))
    elif request.param == "vietasr":
        yield VietAsrRecognizer()
    elif request.param == "grammar":
        yield GrammarRecognizer(Network(), Grammars(nlu))
    elif request.param == "fused":
        yield fused(nlu)["fused"]
    else:
        able = RecognizerCapabilities(grammar=True, confidence=True, n_best=True)
        turns = {expect: HeardBy("fused", at_once=6, beyond="vosk") for expect in Expect}
        with closing(RecognizerWorkers(partial(fused, nlu), turns, count=2, longest_s=60)) as workers:
            workers.wait()
            yield Waiting(workers, able)
            # What forks must have no other threads.
            assert os.listdir(f"/proc/{workers.nursery_pid}/task") == [str(workers.nursery_pid)]
            assert workers.replaced == 0


def heard(recognizer: Recognizer, audio: Audio, chunk_bytes: int = 1600, expect: Expect = Expect.YES_NO) -> Utterance:
    stream = recognizer.open(expect)
    for at in range(0, len(audio.pcm), chunk_bytes):
        stream.accept(Audio(audio.pcm[at : at + chunk_bytes]))
    return stream.finish()


@pytest.mark.parametrize("expect", list(Expect))
def test_silence_has_no_words(recognizer: Recognizer, expect: Expect) -> None:
    assert heard(recognizer, silence(2000), expect=expect).text == ""


def test_a_turn_without_audio_has_no_words(recognizer: Recognizer) -> None:
    assert recognizer.open(Expect.CODE).finish().text == ""


def test_empty_audio_changes_nothing(recognizer: Recognizer) -> None:
    stream = recognizer.open(Expect.CODE)
    assert stream.accept(Audio(b"")) == ""
    assert stream.finish().text == ""


def test_confidence_is_a_share_or_absent(recognizer: Recognizer) -> None:
    confidences = [hypothesis.confidence for hypothesis in heard(recognizer, silence(500)).hypotheses]
    if recognizer.capabilities.confidence:
        assert all(confidence is not None and 0 <= confidence <= 1 for confidence in confidences)
    else:
        assert confidences == [None]


@pytest.mark.people
@people
@pytest.mark.parametrize("number", [0, 7, 23])
def test_hears_a_person_on_the_telephone_say_yes(recognizer: Recognizer, number: int) -> None:
    assert heard(recognizer, telephone_reply("đúng", number=number)).text == "đúng"


@pytest.mark.people
@people
def test_partial_words_come_before_the_end(recognizer: Recognizer) -> None:
    stream = recognizer.open(Expect.YES_NO)
    assert stream.accept(telephone_reply("đúng")) == "đúng"


@pytest.mark.people
@people
@pytest.mark.parametrize("chunk_bytes", [2, 37, 333, 8001])
def test_the_size_of_chunks_changes_nothing(recognizer: Recognizer, chunk_bytes: int) -> None:
    reply = telephone_reply("đúng")
    assert heard(recognizer, reply, chunk_bytes).text == heard(recognizer, reply).text


@pytest.mark.people
@people
def test_the_same_audio_has_the_same_result(recognizer: Recognizer) -> None:
    reply = telephone_reply("đúng", number=3)
    assert heard(recognizer, reply) == heard(recognizer, reply)


@pytest.mark.people
@people
def test_streams_that_are_open_at_once_do_not_mix(recognizer: Recognizer) -> None:
    reply = telephone_reply("đúng")
    talking = [recognizer.open(Expect.YES_NO) for _ in range(6)]
    silent = [recognizer.open(Expect.CODE) for _ in range(6)]
    half = len(reply.pcm) // 4 * 2
    for piece in (Audio(reply.pcm[:half]), Audio(reply.pcm[half:])):
        for stream, other in zip(talking, silent, strict=True):
            stream.accept(piece)
            other.accept(silence(piece.duration_ms))
    assert [stream.finish().text for stream in talking] == ["đúng"] * 6
    assert [stream.finish().text for stream in silent] == [""] * 6


@pytest.mark.people
@people
def test_streams_work_in_threads_side_by_side(recognizer: Recognizer) -> None:
    replies = [telephone_reply("đúng", number=number) for number in range(8)]
    random.Random(1).shuffle(replies)
    alone = [heard(recognizer, reply).text for reply in replies]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda reply: heard(recognizer, reply).text, replies))
    assert together == alone
