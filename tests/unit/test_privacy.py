"""What is kept about callers: gone on time, given out whole, deleted on request; nobody else's is touched."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from bot.accounts.data_key import data_key
from bot.accounts.database import Database
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.errand_file import ErrandFile
from bot.accounts.errand_runners import JsonLinesErrands
from bot.accounts.errand_worker import ErrandWorker
from bot.accounts.migrate import migrate
from bot.accounts.outbox import Outbox
from bot.accounts.personal_data import PersonalData
from bot.accounts.register import AccountRegister
from bot.accounts.tables import outbox
from bot.call_files import CallFiles
from bot.cli.main import app
from bot.cli.serve import _purge_daily
from bot.errors import AccountsBusy, AccountsError, SettingsError
from bot.ports import CallRecord, ErrandKind, ResetRequest
from bot.privacy import DAY_S, Privacy, Purged, purge_daily
from bot.serving import Keep
from bot.settings import LimitSettings, PrivacySettings, load_settings
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=timezone.utc)
ME, OTHER = DEMO_PEOPLE[:2]
MINE, OLD, OTHERS, WITHHELD = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(4))
KEEP = PrivacySettings(calls_days=100, recordings_days=10, events_days=20, errands_days=5)


@dataclass(frozen=True)
class Office:
    """Two people's accounts, calls and files, and how to look after them."""

    url: str
    folder: Path
    privacy: Privacy

    def calls(self) -> set[str]:
        found = (self.privacy.export(NOW, number=person.phone)["calls"] for person in (ME, OTHER))
        return {call["call_id"] for calls in found for call in calls}

    def files(self) -> set[str]:
        return {path.name for kind in ("events", "recordings") for path in (self.folder / kind).iterdir()}

    def errand_lines(self) -> set[str]:
        """The ids in `after_reset.file`."""
        return {str(line["id"]) for line in self.privacy.errand_file.lines() if line}

    @property
    def config(self) -> Path:
        return self.folder / "config.yml"

    def run(self, *arguments: str, answer: str | None = None) -> tuple[int, str]:
        """`nhanh8 privacy ARGUMENTS` on these folders."""
        options = ["--config", str(self.config), "--log-level", "warning", "--accounts", self.url, "privacy"]
        folders = ["--events", str(self.folder / "events"), "--record", str(self.folder / "recordings")]
        result = CliRunner().invoke(app, [*options, *arguments, *folders], input=answer)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output


both_databases = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """On SQLite, but for `both_databases`."""
    sqlite = getattr(request, "param", "sqlite") == "sqlite"
    url = f"sqlite:///{tmp_path}/accounts.db" if sqlite else request.getfixturevalue("postgresql").url
    migrate(url)
    register = AccountRegister(url)
    register.seed_demo()
    register.close()
    directory = SqlAccountDirectory(url)
    for call, number, age_days in ((MINE, ME.phone, 1), (OLD, ME.phone, 101), (OTHERS, OTHER.phone, 15)):
        directory.record_call(record(call, number, age_days))
    directory.record_call(record(WITHHELD, None, 1))
    for person in (ME, OTHER):
        directory.request_reset(wish(person.phone, person.code), LIMITS)
        directory.activate_reset(f"{person.phone}-{person.code}", now=NOW, expires_at=NOW + timedelta(days=1))
    for caller, code in ((ME.phone, "9999999999"), (OTHER.phone, ME.code), (OTHER.phone, "8888888888")):
        directory.request_reset(wish(caller, code), LIMITS)
    directory.close()
    errand_file = ErrandFile(tmp_path / "after_reset.jsonl")
    noted, to_file = Outbox(Database(url), data_key()), JsonLinesErrands(errand_file, "Mã số {code}.")
    ErrandWorker(noted, dict.fromkeys(ErrandKind, to_file), FixedClock(NOW)).run_due()
    noted.close()
    files = CallFiles(events=tmp_path / "events", recordings=tmp_path / "recordings")
    for call, age_days in ((MINE, 1), (OTHERS, 15), (WITHHELD, 25)):
        keep_file(tmp_path / "events" / f"{call}.jsonl", age_days)
        keep_file(tmp_path / "recordings" / f"{call}.wav", age_days)
    keep_file(tmp_path / "recordings" / "holiday.wav", 1000)
    (tmp_path / "config.yml").write_text("bot:\n  after_reset: {file: after_reset.jsonl}\n", encoding="utf-8")
    privacy = Privacy(PersonalData(url), files, errand_file, KEEP, LimitSettings())
    yield Office(url, tmp_path, privacy)
    privacy.close()


def record(call: str, caller: str | None, age_days: int) -> CallRecord:
    began = NOW - timedelta(days=age_days)
    return CallRecord(
        call_id=call, started_at=began, duration_ms=47_200, fee_vnd=1000, outcome="reset", turns=4, caller=caller
    )


def wish(caller: str, code: str) -> ResetRequest:
    return ResetRequest(
        reset_id=f"{caller}-{code}",
        caller=caller,
        trunk="t1",
        code=code,
        password_hash="hash",  # noqa: S106 - nobody's
        now=NOW,
        pending_until=NOW + timedelta(minutes=5),
    )


def keep_file(path: Path, age_days: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"...")
    at = (NOW - timedelta(days=age_days)).timestamp()
    os.utime(path, (at, at))


class TestExport:
    @both_databases
    @pytest.mark.parametrize("whose", [{"code": ME.code}, {"number": ME.phone}, {"number": "+84 912 345 678"}], ids=str)
    def test_everything_about_one_person_is_in_it_and_nothing_about_another(self, office: Office, whose: dict) -> None:
        exported = office.privacy.export(NOW, **whose)
        (account,) = exported["accounts"]
        assert [account[name] for name in ("code", "phone", "name", "email")] == [ME.code, ME.phone, ME.name, ME.email]
        assert [call["call_id"] for call in exported["calls"]] == [OLD, MINE]
        assert exported["calls"][1]["started_at"] == "2026-05-31T03:00:00Z"
        assert sorted(Path(file).name for file in exported["files"]) == [f"{MINE}.jsonl", f"{MINE}.wav"]
        whose_attempts = [(each["from_own_number"], each["about_own_code"]) for each in exported["refused_attempts"]]
        assert sorted(whose_attempts) == [(False, True), (True, False)]
        assert {errand["reset_at"] for errand in exported["errands"]} == {"2026-06-01T03:00:00Z"}
        told, ended = sorted(exported["errand_lines"], key=len, reverse=True)
        assert (told["phone"], told["email"], ended["code"]) == (ME.phone, ME.email, ME.code)
        text = json.dumps(exported, ensure_ascii=False)
        assert [each for each in (OTHER.code, OTHER.phone, OTHER.name, OTHERS, "hash") if each in text] == []

    def test_a_number_without_an_account_has_only_what_it_did(self, office: Office) -> None:
        directory = SqlAccountDirectory(office.url)
        directory.record_call(record("c9", "0300000009", 1))
        directory.close()
        exported = office.privacy.export(NOW, number="0300000009")
        assert exported["accounts"] == exported["refused_attempts"] == []
        assert [call["call_id"] for call in exported["calls"]] == ["c9"]

    def test_nobody_is_nobody(self, office: Office) -> None:
        for whose in ({"code": "7777777777"}, {"number": "0300000000"}, {"number": ""}):
            exported = office.privacy.export(NOW, **whose)
            assert [exported[kind] for kind in ("accounts", "refused_attempts", "calls", "files")] == [[], [], [], []]

    def test_the_command_writes_a_file_for_its_owner_alone_and_over_none(self, office: Office) -> None:
        out = office.folder / "me.json"
        assert office.run("export", "--code", ME.code, "--out", str(out))[0] == 0
        assert out.stat().st_mode & 0o777 == 0o600
        assert json.loads(out.read_text(encoding="utf-8"))["accounts"][0]["name"] == ME.name
        with pytest.raises(AccountsError, match="tên tệp khác"):
            office.run("export", "--code", ME.code, "--out", str(out))


class TestDelete:
    def test_the_persons_calls_and_files_go_and_the_account_and_others_stay(self, office: Office) -> None:
        code, said = office.run("delete", "--number", ME.phone, "--yes")
        assert code == 0
        assert "2 hồ sơ cuộc gọi, 2 tệp sự kiện và ghi âm, 2 dòng của after_reset.file." in said
        assert "Giữ lại 1 tài khoản" in said
        assert "Giữ lại 2 lượt bị từ chối" in said
        assert office.calls() == {OTHERS}
        assert {name for name in office.files() if name.startswith(MINE)} == set()
        assert {f"{OTHERS}.jsonl", f"{OTHERS}.wav", f"{WITHHELD}.wav", "holiday.wav"} <= office.files()
        assert len(office.privacy.export(NOW, code=ME.code)["accounts"]) == 1
        assert office.errand_lines() == {f"{OTHER.phone}-{OTHER.code}:{kind.value}" for kind in ErrandKind}

    def test_what_a_file_tells_about_a_number_goes_with_it_though_the_account_has_another(self, office: Office) -> None:
        register = AccountRegister(office.url)
        roster = office.folder / "roster.csv"
        roster.write_text(f"code,phone,name,email\n{ME.code},0399999999,{ME.name},\n", encoding="utf-8")
        register.import_csv(roster)
        register.close()
        office.run("delete", "--number", ME.phone, "--yes")
        assert office.errand_lines() == {
            f"{ME.phone}-{ME.code}:end_logins",
            *(f"{OTHER.phone}-{OTHER.code}:{kind.value}" for kind in ErrandKind),
        }

    @both_databases
    def test_the_account_goes_when_it_is_asked_for(self, office: Office) -> None:
        office.run("delete", "--code", ME.code, "--account", "--yes")
        assert office.privacy.export(NOW, code=ME.code)["accounts"] == []
        others = office.privacy.export(NOW, code=OTHER.code)
        assert [len(others["accounts"]), len(others["errands"]) > 0] == [1, True]
        with Database(office.url).read() as connection:
            assert connection.execute(select(func.count(outbox.c.account_id.distinct()))).scalar_one() == 1

    def test_refused_attempts_go_on_counting(self, office: Office) -> None:
        before = office.privacy.export(NOW, number=ME.phone)["refused_attempts"]
        office.run("delete", "--code", ME.code, "--account", "--yes")
        assert office.privacy.export(NOW, number=ME.phone)["refused_attempts"] == [
            {**each, "about_own_code": False} for each in before if each["from_own_number"]
        ]

    def test_nothing_goes_before_it_is_confirmed(self, office: Office) -> None:
        before = (office.calls(), office.files())
        assert office.run("delete", "--code", ME.code, "--account", answer="n\n")[0] == 1
        assert (office.calls(), office.files()) == before

    @pytest.mark.parametrize("whose", [[], ["--number", ME.phone, "--code", ME.code]], ids=["nobody", "two"])
    def test_one_person_has_to_be_named(self, office: Office, whose: list[str]) -> None:
        with pytest.raises(SettingsError, match="chỉ một trong hai"):
            office.run("delete", *whose, "--yes")


class TestRetention:
    @both_databases
    def test_what_is_over_goes_and_the_rest_stays(self, office: Office) -> None:
        gone = Purged(calls=1, attempts=0, errands=0, errand_lines=0, events=1, recordings=2)
        assert office.privacy.purge(NOW) == gone
        assert office.calls() == {MINE, OTHERS}
        assert office.files() == {f"{MINE}.jsonl", f"{MINE}.wav", f"{OTHERS}.jsonl", "holiday.wav"}
        assert office.privacy.purge(NOW) == replace(gone, calls=0, events=0, recordings=0)

    @both_databases
    def test_what_was_done_after_a_reset_goes_in_the_database_and_in_the_file(self, office: Office) -> None:
        office.privacy.errand_file.append({"id": "old", "reset_at": "2026-05-27T02:59:59.999999Z"})
        office.privacy.errand_file.append({"id": "undated"})
        office.privacy.errand_file.append({"id": "no date", "reset_at": "hôm qua"})
        with open(office.folder / "after_reset.jsonl", "a", encoding="utf-8") as file:
            file.write('{"phone": "09\n')
        with Database(office.url).write() as connection:
            one = select(func.min(outbox.c.id)).scalar_subquery()
            connection.execute(update(outbox).where(outbox.c.id == one).values(done_at=None))
        gone = office.privacy.purge(NOW)
        assert (gone.errands, gone.errand_lines) == (0, 4)
        gone = office.privacy.purge(NOW + timedelta(days=5))
        assert (gone.errands, gone.errand_lines) == (0, 0)
        gone = office.privacy.purge(NOW + timedelta(days=5, seconds=1))
        assert (gone.errands, gone.errand_lines) == (3, 4)  # what is not done yet stays

    def test_attempts_go_when_they_no_longer_count(self, office: Office) -> None:
        assert office.privacy.purge(NOW + timedelta(days=1)).attempts == 0
        assert office.privacy.purge(NOW + timedelta(days=1, seconds=1)).attempts == 3

    def test_the_command_goes_by_todays_date(self, office: Office) -> None:
        far = [path for path in (office.folder / "events").iterdir() if path.stem == MINE]
        os.utime(far[0])
        _, said = office.run("purge")
        assert "hồ sơ cuộc gọi" in said
        assert f"{MINE}.jsonl" in office.files()

    def test_where_an_agencys_service_keeps_the_accounts_only_files_are_ours(self, office: Office) -> None:
        files_only = replace(office.privacy, data=None)
        assert files_only.purge(NOW) == Purged(calls=0, attempts=0, errands=0, errand_lines=0, events=1, recordings=2)
        with pytest.raises(AccountsError, match="dịch vụ của cơ quan"):
            files_only.export(NOW, number=ME.phone)

    @pytest.mark.parametrize("kind", ["recordings_days", "events_days"])
    def test_no_file_outlives_the_record_that_it_is_found_by(self, kind: str) -> None:
        with pytest.raises(SettingsError, match="calls_days"):
            replace(KEEP, **{kind: KEEP.calls_days + 1})

    async def test_serve_deletes_what_is_over(self, office: Office, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "bot.privacy")
        settings = load_settings(office.config)
        settings = replace(settings, accounts=replace(settings.accounts, url=office.url))
        purged = asyncio.Event()
        told = logging.Handler()
        told.emit = lambda record: purged.set()  # type: ignore[method-assign]
        logging.getLogger("bot.privacy").addHandler(told)
        keep_file(office.folder / "events" / f"{OLD}.jsonl", 1000)
        task = asyncio.create_task(_purge_daily(settings, Keep(events=office.folder / "events")))
        await asyncio.wait_for(purged.wait(), 30)
        task.cancel()
        logging.getLogger("bot.privacy").removeHandler(told)
        assert f"{OLD}.jsonl" not in office.files()

    async def test_serve_purges_at_once_and_daily_and_a_day_that_fails_ends_nothing(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        purged: list[float] = []
        days: list[float] = []

        def purge() -> Purged:
            purged.append(len(days))
            if len(purged) == 1:
                raise AccountsBusy("bận")
            return Purged(calls=1, attempts=0, errands=0, errand_lines=0, events=0, recordings=0)

        async def wait(seconds: float) -> None:
            days.append(seconds)
            if len(days) == 3:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await purge_daily(purge, wait)
        assert purged == [0, 1, 2]
        assert days == [DAY_S] * 3
        assert "not deleted" in caplog.text
