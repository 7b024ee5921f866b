"""The grammar engine over a network that follows a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from bot.asr.ctc_search import Floats
from bot.asr.grammar_engine import GrammarRecognizer, GrammarStream, Head
from bot.asr.grammars import DIGITS, Grammars
from bot.asr.vietasr_network import FRAME_MS, HIDDEN_SIZE, LEAD_MS, Frames
from bot.audio import RATE_HZ, Audio, Samples, silence
from bot.replies import Expect
from bot.vietnamese.digits import hear_digits

NLU = 'version: "3.1"\nnlu:\n  - intent: reset_password\n    examples: |\n      - cấp lại mật khẩu\n      - xyz\n'
WORDS = (*DIGITS, "cấp", "lại", "mật", "khẩu", "tư", "nhầm", "à", "đúng", "vâng", "khác", "mười", "mươi")
VOCABULARY = ("<blank>", *("▁" + word for word in WORDS))
FRAME_SAMPLES = RATE_HZ * FRAME_MS // 1000
LEAD_FRAMES = 8


@dataclass
class ScriptedNetwork:
    """One word every second frame after the lead, a blank between; an empty word is a blank too."""

    words: str = ""
    sure: float = 0.995
    vocabulary: tuple[str, ...] = VOCABULARY
    streams: list[ScriptedStream] = field(default_factory=list)

    def open(self) -> ScriptedStream:
        self.streams.append(ScriptedStream(self.words.split(" "), self.sure))
        return self.streams[-1]


class ScriptedStream:
    def __init__(self, words: list[str], sure: float) -> None:
        spoken = [number for word in words for number in (VOCABULARY.index("▁" + word) if word else 0, 0)]
        self._rows = np.full((LEAD_FRAMES + len(spoken), len(VOCABULARY)), (1 - sure) / (len(VOCABULARY) - 1))
        self._rows[np.arange(len(self._rows)), [0] * LEAD_FRAMES + spoken] = sure
        self._samples = self._given = 0

    def accept(self, samples: Samples) -> Frames:
        self._samples += len(samples)
        return self._until(self._samples // FRAME_SAMPLES)

    def finish(self) -> Frames:
        return self._until(len(self._rows))

    def _until(self, end: int) -> Frames:
        rows = np.log(self._rows[self._given : end]).astype(np.float32)
        self._given = max(self._given, end)
        return Frames(rows, np.ones((len(rows), HIDDEN_SIZE), np.float32))


@pytest.fixture(scope="module")
def grammars(tmp_path_factory: pytest.TempPathFactory) -> Grammars:
    folder = tmp_path_factory.mktemp("nlu")
    (folder / "commands.yml").write_text(NLU, encoding="utf-8")
    return Grammars(folder)


def recognizer(grammars: Grammars, words: str = "", *, head: Head | None = None, **script: Any) -> GrammarRecognizer:
    network: Any = ScriptedNetwork(words, **script)
    return GrammarRecognizer(network, grammars, head=head)


def opened(grammars: Grammars, words: str, expect: Expect = Expect.CODE, head: Head | None = None) -> GrammarStream:
    return recognizer(grammars, words, head=head).open(expect)


@pytest.mark.parametrize(
    "words",
    ["không một hai ba bốn năm sáu bảy tám chín", "chín chín chín", "một hai à nhầm ba", "cấp lại mật khẩu", ""],
)
def test_hears_digits_and_commands(grammars: Grammars, words: str) -> None:
    best = opened(grammars, words).finish().hypotheses[0]
    assert best.text == words
    assert best.confidence is not None
    assert 0.5 < best.confidence <= 1


def test_a_code_has_no_more_digits_than_the_longest(grammars: Grammars) -> None:
    heard = opened(grammars, "một hai ba bốn năm sáu bảy tám chín không một").finish()
    plain = [one.text for one in heard.hypotheses if not {"nhầm", "lại"}.intersection(one.text.split())]
    assert max(len(hear_digits(text).digits) for text in plain) == 10


def test_corrected_digits_may_be_more_than_the_longest(grammars: Grammars) -> None:
    said = "một hai ba bốn năm sáu bảy tám nhầm năm sáu bảy chín không"
    assert opened(grammars, said).finish().text == said


def test_other_turns_have_no_longest_code(grammars: Grammars) -> None:
    said = " ".join(["một"] * 14)
    assert opened(grammars, said, Expect.YES_NO).finish().text == said


def test_other_speech_is_left_out(grammars: Grammars) -> None:
    assert opened(grammars, "khác khác một hai").finish().text == "một hai"


def test_confidences_are_shares(grammars: Grammars) -> None:
    heard = recognizer(grammars, "một hai", sure=0.9).open(Expect.CODE).finish()
    confidences = [one.confidence for one in heard.hypotheses if one.confidence is not None]
    assert 1 < len(confidences) == len(heard.hypotheses) == len({one.text for one in heard.hypotheses})
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) <= 1 + 1e-9


def test_partial_words_grow_with_the_audio(grammars: Grammars) -> None:
    stream = opened(grammars, "một hai")
    partials = [stream.accept(silence(FRAME_MS)) for _ in range(LEAD_FRAMES + 4)]
    assert partials == [""] * LEAD_FRAMES + ["một"] * 2 + ["một hai"] * 2


def test_half_a_sample_waits_for_its_other_half(grammars: Grammars) -> None:
    whole, halves = opened(grammars, "một"), opened(grammars, "một")
    pcm = silence(400).pcm
    assert whole.accept(Audio(pcm)) == [halves.accept(Audio(pcm[at : at + 3])) for at in range(0, len(pcm), 3)][-1]
    one, other = whole.finish(), halves.finish()
    assert one.text == other.text
    assert one.hypotheses[0].confidence == pytest.approx(other.hypotheses[0].confidence)


def test_words_have_times_in_the_audio(grammars: Grammars) -> None:
    stream = opened(grammars, "một hai")
    assert stream.finish().text == "một hai"
    first = LEAD_FRAMES * FRAME_MS - LEAD_MS
    assert [(word.text, word.start_ms) for word in stream.times("một hai")] == [("một", first), ("hai", first + 80)]


def test_texts_of_another_engine_are_scored(grammars: Grammars) -> None:
    stream = opened(grammars, "một hai")
    stream.finish()
    right, wrong, unknown = stream.score(["một hai", "một ba", "xyz"])
    assert right > wrong > unknown == -np.inf


def test_a_head_sees_hidden_states_and_has_the_last_word(grammars: Grammars) -> None:
    def four_for_one(log_probs: Floats, hidden: Floats) -> Floats:
        assert hidden.shape == (len(log_probs), HIDDEN_SIZE)
        one, four = VOCABULARY.index("▁một"), VOCABULARY.index("▁bốn")
        better = log_probs.copy()
        better[:, [one, four]] = log_probs[:, [four, one]]
        return better

    assert opened(grammars, "một hai", head=four_for_one).finish().text == "bốn hai"


def test_words_that_cannot_be_spelt_are_named(grammars: Grammars) -> None:
    left_out = recognizer(grammars).words_left_out
    assert "xyz" in left_out
    assert not left_out.intersection(WORDS)
