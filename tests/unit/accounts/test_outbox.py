"""What follows a reset: done at least once, in order, whatever dies or is away; and never with a password."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.accounts.agency_service import AgencyService
from bot.accounts.data_key import data_key
from bot.accounts.database import Database
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.email_errands import EmailErrands, MailServer
from bot.accounts.errand_file import ErrandFile
from bot.accounts.errand_runners import FirstOrElse, HttpErrands, JsonLinesErrands, NoErrands
from bot.accounts.errand_worker import LEASE, ErrandWorker
from bot.accounts.migrate import migrate
from bot.accounts.outbox import Outbox
from bot.accounts.register import AccountRegister
from bot.accounts.tables import accounts
from bot.errors import AccountsBusy, ErrandRefused, NoAddress
from bot.mailbox import mailbox
from bot.ports import Errand, ErrandKind, ErrandRunner, ResetRequest, Verdict
from tests.contract.account_service import TOKEN, Fault, account_service
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS, InMemoryDirectory
from tests.contract.mail_server import Fault as MailFault
from tests.contract.mail_server import mail_room

CODE, PHONE = "0123456789", "0912345678"
OTHER_CODE, OTHER_PHONE = "0055512340", "0400000001"
NEW = "hash-of-the-new-password"
TEXT = "Mật khẩu của {code} đã được cấp lại lúc {time}."
END, TELL = ErrandKind.END_LOGINS, ErrandKind.TELL_OWNER
ERRAND = Errand(
    id="r1:tell_owner",
    kind=TELL,
    code=CODE,
    phone=PHONE,
    email="a@example.com",
    reset_at=datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc),
    tries=0,
)


class Hands:
    """Runs errands by noting them; fails by `error` while `fails` says so."""

    def __init__(
        self, fails: Callable[[Errand], bool] = lambda _: False, error: type[Exception] = AccountsBusy
    ) -> None:
        self.ran: list[str] = []
        self.seen: list[Errand] = []
        self.closed = False
        self._fails, self._error = fails, error

    def run(self, errand: Errand) -> None:
        self.ran.append(errand.id)
        self.seen.append(errand)
        if self._fails(errand):
            raise self._error("bận")

    def close(self) -> None:
        self.closed = True


class Bell:
    """Rings for each errand."""

    def __init__(self) -> None:
        self.rung = threading.Semaphore(0)

    def run(self, errand: Errand) -> None:
        self.rung.release()

    def close(self) -> None:
        """It has nothing to close."""


class Office:
    """An account database, its outbox, and a clock."""

    def __init__(self, url: str) -> None:
        self.url = url
        migrate(url)
        register = AccountRegister(url)
        register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ", email="a@example.com")
        register.add(code=OTHER_CODE, phone=OTHER_PHONE, name="Trần Thị Ví Dụ")
        register.close()
        self.clock = FixedClock()
        self._directory = SqlAccountDirectory(url)
        self.outbox = self.open()

    def open(self) -> Outbox:
        """As another program opens it."""
        return Outbox(Database(self.url, busy_ms=60_000), data_key())

    def worker(self, *hands: ErrandRunner, outbox: Outbox | None = None) -> ErrandWorker:
        end, tell = hands if len(hands) == 2 else hands * 2
        runners = {END: end, TELL: tell}
        return ErrandWorker(outbox or self.outbox, runners, self.clock, first_wait_s=5, longest_wait_s=60)

    def reset(self, reset_id: str, code: str = CODE, phone: str = PHONE) -> None:
        now = self.clock.now()
        wish = ResetRequest(
            reset_id=reset_id,
            caller=phone,
            trunk="t1",
            code=code,
            password_hash=NEW,
            now=now,
            pending_until=now + timedelta(minutes=5),
        )
        assert self._directory.request_reset(wish, LIMITS) is Verdict.MATCHED
        assert self._directory.activate_reset(reset_id, now=now, expires_at=now + timedelta(days=1))

    def close(self) -> None:
        self._directory.close()
        self.outbox.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(f"sqlite:///{tmp_path}/accounts.db")
    yield office
    office.close()


def test_errands_are_done_in_the_order_of_the_resets(office: Office) -> None:
    office.reset("r1")
    office.reset("r2", OTHER_CODE, OTHER_PHONE)
    office.reset("r3")
    hands = Hands()
    assert office.worker(hands).run_due() == 6
    for kind in (END, TELL):
        mine = [id_.partition(":")[0] for id_ in hands.ran if id_.endswith(kind.value)]
        assert mine == ["r1", "r2", "r3"]
    assert office.worker(hands).run_due() == 0
    assert office.outbox.look() == []


def test_an_errand_tells_whom_it_is_about_and_shows_it_to_nobody_and_holds_no_password(office: Office) -> None:
    office.reset("r1")
    hands = Hands()
    office.worker(hands).run_due()
    errand = hands.seen[0]
    assert (errand.code, errand.phone, errand.email) == (CODE, PHONE, "a@example.com")
    assert errand.reset_at == office.clock.now()
    for private in (CODE, PHONE, "a@example.com"):
        assert private not in repr(errand) + repr(office.outbox.look(done=True))
    assert NEW not in str([getattr(errand, name) for name in Errand.__dataclass_fields__])


def test_what_fails_is_tried_again_later_and_later_and_only_its_own_kind_and_account_wait(office: Office) -> None:
    office.reset("r1")
    office.reset("r2")
    office.reset("r3", OTHER_CODE, OTHER_PHONE)
    hands = Hands(lambda errand: errand.id == "r1:tell_owner" and errand.tries < 5)
    worker = office.worker(hands)
    worker.run_due()
    assert Counter(hands.ran) == dict.fromkeys(
        ["r1:end_logins", "r2:end_logins", "r3:end_logins", "r1:tell_owner", "r3:tell_owner"], 1
    )
    waiting = office.outbox.look()
    assert [(each.kind, each.tries, each.trouble) for each in waiting] == [(TELL, 1, "accounts_busy"), (TELL, 0, None)]
    for wait_s in (5, 10, 20, 40, 60):
        hands.ran.clear()
        office.clock.advance(wait_s - 1)
        assert worker.run_due() == 0
        assert hands.ran == []
        office.clock.advance(1)
        worker.run_due()
    assert hands.ran == ["r1:tell_owner", "r2:tell_owner"]
    assert [each.tries for each in office.outbox.look(done=True) if each.kind is TELL] == [6, 1, 1]


def test_an_errand_whose_program_died_is_done_by_the_next_one_when_its_lease_is_over(office: Office) -> None:
    office.reset("r1")
    dead = office.open()
    for _ in ErrandKind:
        assert dead.take(office.clock.now(), LEASE, longest_wait=LEASE)  # and nothing more is heard of it
    dead.close()
    hands = Hands()
    outbox = office.open()
    worker = office.worker(hands, outbox=outbox)
    assert worker.run_due() == 0
    office.clock.advance(LEASE.total_seconds())
    assert worker.run_due() == 2
    outbox.close()


def test_what_was_done_and_could_not_be_noted_is_done_again_with_the_same_id(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.reset("r1")
    hands = Hands()
    with monkeypatch.context() as full:
        full.setattr(office.outbox, "done", _disk_is_full)
        with pytest.raises(AccountsBusy):
            office.worker(hands).run_due()
    office.clock.advance(LEASE.total_seconds())
    assert office.worker(hands).run_due() == 2
    assert Counter(hands.ran) == {"r1:end_logins": 2, "r1:tell_owner": 1}


def _disk_is_full(*_: object) -> None:
    raise AccountsBusy("đầy")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_workers_of_many_programs_do_each_errand_once(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    sqlite = database == "sqlite"
    office = Office(f"sqlite:///{tmp_path}/a.db" if sqlite else request.getfixturevalue("postgresql").url)
    for n in range(6):
        office.reset(f"r{n}", *((CODE, PHONE) if n % 2 else (OTHER_CODE, OTHER_PHONE)))
    hands = Hands()
    boxes = [office.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda box: office.worker(hands, outbox=box).run_due(), boxes))
    while office.worker(hands).run_due():  # those that waited for one that another worker had in hand
        pass
    assert set(Counter(hands.ran).values()) == {1}
    assert len(hands.ran) == 12
    for kind in (END, TELL):
        for remainder in (0, 1):
            mine = [id_ for id_ in hands.ran if id_.endswith(kind.value) and int(id_[1]) % 2 == remainder]
            assert mine == sorted(mine)
    for box in boxes:
        box.close()
    office.close()


def test_a_clock_that_was_years_ahead_puts_nothing_off_for_years(office: Office) -> None:
    office.clock.advance(10 * 365 * 86_400)
    office.reset("r1")
    office.clock.advance(-10 * 365 * 86_400)
    assert office.worker(Hands()).run_due() == 2


def test_an_errand_of_a_deleted_account_has_nobody_to_be_done_for(office: Office) -> None:
    office.reset("r1")
    database = Database(office.url)
    with database.write() as connection:
        connection.execute(delete(accounts))
    database.close()
    hands = Hands()
    assert office.worker(hands).run_due() == 0
    assert hands.ran == []
    assert {each.trouble for each in office.outbox.look(done=True)} == {"account_gone"}


def test_what_can_never_be_done_is_given_up_and_holds_up_nothing(office: Office) -> None:
    office.reset("r1")
    office.reset("r2")
    hands = Hands(lambda errand: errand.id == "r1:tell_owner", ErrandRefused)
    assert office.worker(hands).run_due() == 3
    assert hands.ran.count("r1:tell_owner") == 1
    assert hands.ran.index("r1:tell_owner") < hands.ran.index("r2:tell_owner")
    assert office.outbox.look() == []
    assert [(each.kind, each.trouble) for each in office.outbox.look(done=True) if each.trouble] == [(TELL, "refused")]


def test_the_thread_does_what_comes_and_ends_when_it_is_closed(office: Office) -> None:
    bell, hands = Bell(), Hands()
    office.reset("r1")
    worker = office.worker(hands, bell)
    worker.start()
    assert bell.rung.acquire(timeout=60)
    worker.close()
    worker.close()
    assert hands.closed
    assert office.outbox.look() == []


def test_the_thread_survives_a_database_that_is_away(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.accounts.errand_worker.LOOKS_EVERY_S", 0.01)
    office.reset("r1")
    failed, bell = threading.Event(), Bell()
    take = office.outbox.take

    def away_once(*args, **times):
        if not failed.is_set():
            failed.set()
            raise AccountsBusy("bận")
        return take(*args, **times)

    monkeypatch.setattr(office.outbox, "take", away_once)
    worker = office.worker(bell)
    worker.start()
    assert bell.rung.acquire(timeout=60)
    worker.close()
    assert failed.is_set()


# Who does it.


def test_a_file_gets_a_line_for_each_errand_and_only_its_owner_may_read_it(office: Office, tmp_path: Path) -> None:
    office.reset("r1")
    path = tmp_path / "new" / "after_reset.jsonl"
    office.worker(JsonLinesErrands(ErrandFile(path), TEXT)).run_due()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == [
        {"id": "r1:end_logins", "kind": "end_logins", "reset_at": "2026-03-01T01:30:00Z", "code": CODE},
        {
            "id": "r1:tell_owner",
            "kind": "tell_owner",
            "reset_at": "2026-03-01T01:30:00Z",
            "phone": PHONE,
            "email": "a@example.com",
            "text": "Mật khẩu của •••••••789 đã được cấp lại lúc 08:30 01/03/2026.",
        },
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert NEW not in path.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AccountsBusy, match=r"after_reset\.file"):
        JsonLinesErrands(ErrandFile(tmp_path / "file" / "x.jsonl"), TEXT).run(ERRAND)


def test_a_service_of_the_agency_gets_each_errand_in_its_contract_and_again_when_it_failed(office: Office) -> None:
    office.reset("r1")
    with account_service(InMemoryDirectory()) as agency:
        services = [
            AgencyService(f"{agency.url}/{kind.value}", token=TOKEN, timeout_ms=20_000, patience_ms=0)
            for kind in (END, TELL)
        ]
        worker = office.worker(*(HttpErrands(service, TEXT) for service in services))
        agency.faults.extend([Fault.ERROR, Fault.CUT_AFTER])
        assert worker.run_due() == 0
        office.clock.advance(5)
        assert worker.run_due() == 2
        worker.close()
    assert [each["id"] for each in agency.errands] == ["r1:tell_owner", "r1:end_logins", "r1:tell_owner"]


def test_nobody_does_it_where_nobody_shall(office: Office) -> None:
    office.reset("r1")
    assert office.worker(NoErrands()).run_due() == 2


def test_another_way_is_gone_where_the_first_one_never_leads_and_only_there() -> None:
    refused, busy, other = Hands(lambda _: True, NoAddress), Hands(lambda _: True), Hands()
    FirstOrElse(refused, other).run(ERRAND)
    with pytest.raises(AccountsBusy):
        FirstOrElse(busy, other).run(ERRAND)
    assert [hands.ran for hands in (refused, busy, other)] == [[ERRAND.id]] * 3
    both = FirstOrElse(refused, other)
    both.close()
    assert refused.closed
    assert other.closed


def test_owners_get_their_mail_in_order_whatever_the_mail_server_does(office: Office) -> None:
    for n in range(4):
        office.reset(f"r{n}")
    office.reset("nobody", OTHER_CODE, OTHER_PHONE)  # an owner without an address
    with mail_room() as room:
        server = MailServer(
            host="127.0.0.1",
            port=room.port,
            security="none",
            user=None,
            password=None,
            hello="bhxh.example.vn",
            timeout_ms=20_000,
        )
        sender = mailbox("khong-tra-loi@bhxh.example.vn")
        assert sender
        mail = EmailErrands(server, sender=sender, subject="Mật khẩu", text=TEXT, clock=office.clock)
        worker = office.worker(Hands(), mail)
        room.to_recipients.extend(["451 4.7.1 greylisted", "550 5.1.1 no such user", "250 ok"])
        room.faults.extend([MailFault.CUT_IN_DATA, MailFault.CUT_AFTER_DATA])
        for wait_s in (0, 5, 5, 10, 20):
            office.clock.advance(wait_s)
            worker.run_due()
    assert office.outbox.look() == []
    troubles = [each.trouble for each in office.outbox.look(done=True) if each.kind is TELL]
    assert troubles == ["refused", None, None, None, "no_address"]
    ids = [delivered.message["Message-ID"] for delivered in room.delivered]
    assert ids[0] == ids[1]  # accepted, and the answer was lost
    assert len(set(ids)) == len(ids) - 1 == 3
    assert NEW.encode() not in b"".join(delivered.content for delivered in room.delivered)
