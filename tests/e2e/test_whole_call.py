"""One whole call through every real part: recogniser, Rasa, speech, SQLite."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from bot.accounts.account import Account
from bot.accounts.data_key import data_key
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.passwords import Argon2Hasher
from bot.app import FinishedCall, account_register, scripted_caller
from bot.audio import Audio
from bot.cli.conversation import Conversation
from bot.events import JsonLinesFile, Kind
from bot.replies import Outcome
from bot.reset.secret import Secret
from bot.transports.recorded_caller import RecordedCaller
from bot.transports.scripted_caller import ScriptedCaller
from bot.vietnamese.masking import mask_numbers
from bot.vietnamese.speech import digit_words
from tests.e2e.conftest import ROOT, LoadedBot

CODE, NUMBER = "0123456789", "0912345678"
PASSWORD = "40718263"  # noqa: S105 - the test's own


@pytest.fixture
def known_password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("bot.reset.service.new_password", lambda policy: Secret(PASSWORD))
    return PASSWORD


def account(loaded: LoadedBot, code: str = CODE) -> Account:
    register = account_register(loaded.settings)
    try:
        found = register.find(code)
    finally:
        register.close()
    assert found is not None
    return found


def attempts(loaded: LoadedBot) -> list[tuple[str, str]]:
    """What the number is kept as, and the trunk, of each refused attempt."""
    with sqlite3.connect(loaded.database) as database:
        return database.execute("select caller_hmac, trunk from attempts order by id").fetchall()


def follow(loaded: LoadedBot, script: str, folder: Path) -> ScriptedCaller:
    path = folder / "script.yml"
    path.write_text(script, encoding="utf-8")
    return scripted_caller(loaded.settings, path)[1]


BY_KEYS = """
turns:
  - expect: utter_ask_reset_form_service
    keys: "8"
  - expect: utter_ask_reset_form_bhxh_code
    keys: "0123456789"
  - expect: utter_ask_reset_form_code_confirmed
    keys: "1"
"""


class TestMatchingCaller:
    def test_spoken_demo_call_ends_with_a_new_password_in_the_database(
        self, loaded_bot: LoadedBot, known_password: str
    ) -> None:
        caller = scripted_caller(loaded_bot.settings, ROOT / "tests/calls/match.yml")[1]
        finished = loaded_bot.call(NUMBER, caller)
        assert caller.surprises == []
        assert finished.outcome is Outcome.RESET
        after = account(loaded_bot)
        assert Argon2Hasher().verify(after.password_hash, known_password)
        assert after.must_change
        assert after.password_expires_at is not None
        assert after.pending_until is None

    def test_password_is_read_twice_and_then_again_on_request(self, loaded_bot: LoadedBot, tmp_path: Path) -> None:
        caller = follow(loaded_bot, BY_KEYS + '  - expect: utter_password\n    keys: "1"\n', tmp_path)
        loaded_bot.call(NUMBER, caller)
        assert caller.surprises == []
        asked = "utter_ask_closing_form_anything_else"
        assert loaded_bot.prompts()[-5:-1] == ["utter_password", asked, "utter_password_again", f"{asked}.2"]

    def test_call_record_has_outcome_duration_and_fee_but_no_code_and_no_number(
        self, loaded_bot: LoadedBot, tmp_path: Path
    ) -> None:
        finished = loaded_bot.call(NUMBER, follow(loaded_bot, BY_KEYS, tmp_path))
        with sqlite3.connect(loaded_bot.database) as database:
            database.row_factory = sqlite3.Row
            row = dict(database.execute("select * from calls where call_id = ?", [finished.record.call_id]).fetchone())
        assert row["outcome"] == "reset"
        assert row["duration_ms"] == finished.record.duration_ms
        assert row["fee_vnd"] == -(-row["duration_ms"] // 60_000) * 1000
        assert CODE not in str(row)
        assert NUMBER not in str(row)

    @pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
    def test_readme_shows_this_very_call(
        self, loaded_bot: LoadedBot, capsys: pytest.CaptureFixture[str], readme: str
    ) -> None:
        for _ in range(2):  # the synthetic caller is not always heard the same
            caller = scripted_caller(loaded_bot.settings, ROOT / "tests/calls/match.yml")[1]
            asyncio.run(loaded_bot.bot.take(NUMBER, caller, caller, Conversation(None)))
        printed = _without_seconds(capsys.readouterr().out)
        shown = re.findall(r"^\d\d:\d\d,\d  (.*)$", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE)
        assert len(shown) > 8
        assert [line for line in shown if _without_seconds(line) not in printed] == []


class TestTwoCallsAtOnce:
    def test_each_caller_gets_their_own_password_and_nobody_elses(
        self, loaded_bot: LoadedBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        issued = iter(["11223340", "55667780"])
        monkeypatch.setattr("bot.reset.service.new_password", lambda policy: Secret(next(issued)))
        other = DEMO_PEOPLE[1]
        mine = follow(loaded_bot, BY_KEYS, tmp_path)
        theirs = follow(loaded_bot, BY_KEYS.replace(CODE, other.code), tmp_path)

        async def both() -> list[FinishedCall]:
            take = loaded_bot.bot.take
            return await asyncio.gather(take(NUMBER, mine, mine), take(other.phone, theirs, theirs))

        finished = asyncio.run(both())
        assert [call.outcome for call in finished] == [Outcome.RESET, Outcome.RESET]
        assert mine.surprises == theirs.surprises == []
        hashes = [account(loaded_bot, code).password_hash for code in (CODE, other.code)]
        fits = [[Argon2Hasher().verify(hash_, password) for password in ("11223340", "55667780")] for hash_ in hashes]
        assert sorted(fits) == [[False, True], [True, False]]


class TestSecrecy:
    def test_event_file_holds_no_digit_of_the_code(self, loaded_bot: LoadedBot, tmp_path: Path) -> None:
        log_file = tmp_path / "events.jsonl"
        sink = JsonLinesFile(log_file, mask_numbers)
        caller = scripted_caller(loaded_bot.settings, ROOT / "tests/calls/match.yml")[1]
        asyncio.run(loaded_bot.bot.take(NUMBER, caller, sink, caller))
        sink.close()
        lines = [json.loads(line) for line in log_file.read_text(encoding="utf-8").splitlines()]
        heard = [line["text"] for line in lines if line["event"] == "heard"]
        assert any("•" in text for text in heard)
        codes = [line["slots"]["bhxh_code"] for line in lines if "bhxh_code" in line.get("slots", {})]
        assert set("".join(codes)) == {"•"}
        assert not any(word in text.split() for text in heard for word in digit_words(CODE))
        assert CODE not in log_file.read_text(encoding="utf-8")
        assert NUMBER not in log_file.read_text(encoding="utf-8")

    def test_recording_is_silent_while_the_password_is_spoken(self, loaded_bot: LoadedBot, tmp_path: Path) -> None:
        finished = loaded_bot.call(NUMBER, follow(loaded_bot, BY_KEYS, tmp_path))
        at_ms = {event.fields.get("prompt_id", event.kind): event.at_ms for event in loaded_bot.events}
        read_ms = at_ms[Kind.PASSWORD_HEARD]
        bot_side = finished.recording.bot
        assert _between(bot_side, at_ms["utter_password"], at_ms["utter_password"] + 500).any()
        assert not _between(bot_side, read_ms - 5000, read_ms).any()
        assert _between(bot_side, read_ms, read_ms + 1500).any()


class TestRecordedCaller:
    def test_recording_of_a_call_replays_to_the_same_end(self, loaded_bot: LoadedBot) -> None:
        script = scripted_caller(loaded_bot.settings, ROOT / "tests/calls/match.yml")[1]
        first = loaded_bot.call(NUMBER, script)
        spoken = loaded_bot.prompts()
        again = loaded_bot.call(NUMBER, RecordedCaller(first.recording.caller))
        assert again.outcome is Outcome.RESET
        assert loaded_bot.prompts() == spoken
        assert again.record.duration_ms == first.record.duration_ms


class TestLockedDatabase:
    def test_caller_is_told_that_the_old_password_still_works(self, loaded_bot: LoadedBot, tmp_path: Path) -> None:
        before = account(loaded_bot).password_hash
        with sqlite3.connect(loaded_bot.database) as other:
            other.execute("begin immediate")
            finished = loaded_bot.call(NUMBER, follow(loaded_bot, BY_KEYS, tmp_path))
            other.rollback()
        assert finished.outcome is Outcome.UNAVAILABLE
        assert loaded_bot.prompts()[-1] == "utter_unavailable"
        assert finished.unrecorded is not None
        assert account(loaded_bot).password_hash == before


class TestMismatch:
    def test_spoken_demo_call_hears_the_published_sentence_and_keeps_the_old_password(
        self, loaded_bot: LoadedBot
    ) -> None:
        before = account(loaded_bot).password_hash
        caller = scripted_caller(loaded_bot.settings, ROOT / "tests/calls/mismatch.yml")[1]
        finished = loaded_bot.call(NUMBER, caller)
        assert caller.surprises == []
        assert finished.outcome is Outcome.NO_MATCH
        assert loaded_bot.prompts().count("utter_no_match") == 2
        assert "utter_close_way_1" in loaded_bot.prompts()
        assert account(loaded_bot).password_hash == before
        assert attempts(loaded_bot)[-2:] == [(data_key().of_phone(NUMBER), loaded_bot.settings.telephone.trunk)] * 2


class TestCallersWhoDoNotFinish:
    @pytest.mark.parametrize("after_ms", [200, 2500, 6000])
    def test_hang_up_before_the_first_reading_ends_keeps_the_old_password(
        self, loaded_bot: LoadedBot, tmp_path: Path, after_ms: int
    ) -> None:
        before = account(loaded_bot).password_hash
        script = BY_KEYS + f"  - during: utter_password\n    after_ms: {after_ms}\n    hang_up: true\n"
        finished = loaded_bot.call(NUMBER, follow(loaded_bot, script, tmp_path))
        assert finished.outcome is Outcome.HUNG_UP
        after = account(loaded_bot)
        assert after.password_hash == before
        assert after.pending_until is None

    def test_silent_caller_is_let_go_with_way_one(self, loaded_bot: LoadedBot, tmp_path: Path) -> None:
        finished = loaded_bot.call(NUMBER, follow(loaded_bot, "turns:\n  - silence_ms: 60000\n", tmp_path))
        assert finished.outcome is Outcome.GAVE_UP
        assert finished.record.duration_ms < 90_000

    def test_withheld_number_gets_way_one_and_no_check(self, loaded_bot: LoadedBot, tmp_path: Path) -> None:
        before = attempts(loaded_bot)
        finished = loaded_bot.call(None, follow(loaded_bot, "turns: []\n", tmp_path))
        assert finished.outcome is Outcome.WITHHELD
        assert loaded_bot.prompts()[-1] == "utter_withheld"
        assert attempts(loaded_bot) == before


def _between(audio: Audio, start_ms: int, end_ms: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    per_ms = audio.rate_hz // 1000
    return audio.samples[start_ms * per_ms : end_ms * per_ms]


def _without_seconds(text: str) -> str:
    """How long a call takes depends a little on the version of espeak-ng."""
    return re.sub(r"[\d.]+ giây", "giây", text)
