"""Prompts to segments: recordings, values, digits and secrets."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from bot.audio import Audio, from_samples, write_wav
from bot.errors import PromptError
from bot.replies import DigitString, Say, SecretRef
from bot.tts.library import PromptLibrary
from bot.tts.prompts import DIGITS, Piece, PromptCatalog, parts
from bot.tts.reading import Pace, read_digits, read_groups
from bot.tts.speaker import PAUSE_MS, PromptSpeaker
from tests.contract.synthesizers import MS_PER_WORD, ToneSynthesizer

PASSWORD = "".join(["9", "0", "7", "5", "3", "1", "8", "6"])
GROUPS = 4  # of eight digits
REF = SecretRef("ref-1")


class Password:
    def reveal(self) -> str:
        return PASSWORD


class Vault:
    def __init__(self) -> None:
        self.asked: list[SecretRef] = []

    def resolve(self, ref: SecretRef) -> Password:
        assert ref not in self.asked, "a reference can be resolved once"
        self.asked.append(ref)
        return Password()


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def synthesizer() -> ToneSynthesizer:
    return ToneSynthesizer()


@pytest.fixture
def speaker(tmp_path: Path, vault: Vault, synthesizer: ToneSynthesizer) -> PromptSpeaker:
    return PromptSpeaker(PromptLibrary(tmp_path, PromptCatalog(())), synthesizer, vault.resolve)


def password_twice() -> Say:
    text = "Mật khẩu là: {password}. Xin nhắc lại: {password}."
    return Say(prompt_id="utter_password", text=text, values={"password": REF}, interruptible=False)


def test_a_secret_is_resolved_once_and_read_as_often_as_it_stands(speaker: PromptSpeaker, vault: Vault) -> None:
    segments = speaker.render([password_twice()])
    assert vault.asked == [REF]
    assert [secret for secret, _ in groupby(segment.secret for segment in segments)] == [False, True, False, True]


def test_each_group_of_a_secret_is_a_segment_and_the_last_of_the_first_reading_completes_it(
    speaker: PromptSpeaker,
) -> None:
    segments = speaker.render([password_twice()])
    secret = [segment.secret for segment in segments]
    assert secret == [False, *[True] * GROUPS, False, *[True] * GROUPS]
    assert [at for at, segment in enumerate(segments) if segment.heard == REF] == [GROUPS]


def test_a_prompt_keeps_its_id_and_its_barge_in_rule(speaker: PromptSpeaker) -> None:
    segments = speaker.render([password_twice()])
    assert {(segment.prompt_id, segment.interruptible) for segment in segments} == {("utter_password", False)}


def test_no_password_reaches_the_synthesiser_or_stays_in_the_speaker(
    speaker: PromptSpeaker, synthesizer: ToneSynthesizer
) -> None:
    secret = speaker.render([password_twice()])[1].audio
    digits = {piece.text for piece in DIGITS}
    assert set(synthesizer.spoken) <= {"Mật khẩu là", "Xin nhắc lại"} | digits
    assert set(speaker._fixed) <= {*DIGITS, *parts("utter_password", password_twice().text)}
    assert secret not in speaker._fixed.values()


def test_a_secret_is_read_slower_than_a_code(speaker: PromptSpeaker) -> None:
    code = Say(prompt_id="utter_code", text="{code}", values={"code": DigitString(PASSWORD)})
    secret = Say(prompt_id="utter_secret", text="{password}", values={"password": REF})
    first, second = speaker.render([code]), speaker.render([secret])
    assert len(first) == len(second) == GROUPS
    assert all(slow.audio.duration_ms > quick.audio.duration_ms for quick, slow in zip(first, second, strict=True))
    assert not any(segment.secret for segment in first)


def test_fixed_texts_are_synthesised_once_and_values_each_time(
    speaker: PromptSpeaker, synthesizer: ToneSynthesizer
) -> None:
    say = Say(prompt_id="utter_way", text="Xin dùng {way}.", values={"way": "ứng dụng"})
    speaker.render([say])
    speaker.render([say])
    assert synthesizer.spoken == ["Xin dùng", "ứng dụng", "ứng dụng"]


def test_what_an_engine_says_at_its_own_rate_is_played_at_the_telephones(tmp_path: Path, vault: Vault) -> None:
    library = PromptLibrary(tmp_path, PromptCatalog(()))
    speaker = PromptSpeaker(library, ToneSynthesizer(rate_hz=22_050), vault.resolve)
    segments = speaker.render([Say(prompt_id="utter_fee", text="Giá là {fee}", values={"fee": "một nghìn đồng"})])
    assert [segment.audio.rate_hz for segment in segments] == [8000, 8000]
    assert segments[1].audio.duration_ms == pytest.approx(3 * MS_PER_WORD, abs=20)


def test_a_recording_is_played_instead_of_the_synthesiser(tmp_path: Path, synthesizer: ToneSynthesizer) -> None:
    person = from_samples(np.full(4000, 1000))
    write_wav(tmp_path / "utter_hello.wav", person)
    speaker = PromptSpeaker(PromptLibrary(tmp_path, PromptCatalog(())), synthesizer, Vault().resolve)
    (segment,) = speaker.render([Say(prompt_id="utter_hello", text="Xin chào.")])
    assert segment.audio == person
    assert synthesizer.spoken == []


def test_pieces_are_apart_and_the_last_one_ends_at_once(speaker: PromptSpeaker) -> None:
    says = [Say(prompt_id="utter_a", text="Xin chào"), Say(prompt_id="utter_b", text="Xin chào")]
    first, last = speaker.render(says)
    assert first.audio.duration_ms == last.audio.duration_ms + PAUSE_MS


@pytest.mark.parametrize("values", [{}, {"code": DigitString("12a")}])
def test_a_value_that_does_not_fit_is_an_error_without_it(
    speaker: PromptSpeaker, values: dict[str, DigitString]
) -> None:
    with pytest.raises(PromptError, match="utter_code") as caught:
        speaker.render([Say(prompt_id="utter_code", text="Mã {code}", values=values)])
    assert "12a" not in str(caught.value)


def test_digits_are_read_in_groups_with_pauses() -> None:
    tone = Audio(ToneSynthesizer().synthesize("một").pcm)
    audio = read_digits("12345678", Pace(gap_ms=100, pause_ms=500), lambda piece: tone)
    silent = MS_PER_WORD * 8 + 4 * 100 + 3 * 500
    assert audio.duration_ms == pytest.approx(silent, abs=80)


@pytest.mark.parametrize(
    ("digits", "takes"),
    [
        ("12345678", "digit_1 digit_2 digit_3-group digit_4 digit_5 digit_6-group digit_7 digit_8-last"),
        ("5", "digit_5-last"),
    ],
)
def test_a_digit_is_read_by_its_place(digits: str, takes: str) -> None:
    asked: list[str] = []

    def audio_of(take: Piece) -> Audio:
        asked.append(take.id)
        return ToneSynthesizer().synthesize(take.text)

    read_groups(digits, Pace(gap_ms=1, pause_ms=1, sizes=(3, 3, 2)), audio_of)
    assert asked == takes.split()


def test_a_folder_with_one_take_a_digit_reads_them_everywhere(tmp_path: Path, synthesizer: ToneSynthesizer) -> None:
    person = from_samples(np.full(4000, 1000))
    for digit in DIGITS:
        write_wav(tmp_path / f"{digit.id}.wav", person)
    speaker = PromptSpeaker(PromptLibrary(tmp_path, PromptCatalog(())), synthesizer, Vault().resolve)
    speaker.render([Say(prompt_id="utter_code", text="{code}", values={"code": DigitString("0123456789")})])
    assert synthesizer.spoken == []
    assert set(speaker._fixed) == set(DIGITS)


def test_no_digits_are_no_audio() -> None:
    assert read_digits("", Pace(gap_ms=1, pause_ms=1), lambda piece: Audio(b"")).pcm == b""
