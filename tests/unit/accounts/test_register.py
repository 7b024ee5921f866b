from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.accounts.account import masked
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.passwords import Argon2Hasher
from bot.accounts.register import AccountRegister, Imported
from bot.errors import AccountsError
from bot.ports import ResetRequest, Verdict
from bot.reset.phone import national_form
from tests.contract.directories import LIMITS

HEADER = "code,phone,name,email\n"
CODE, PHONE = "0123456789", "0912345678"
KEPT, NEW = "kept-hash", "new-hash"


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/accounts.db"
    migrate(url)
    return url


@pytest.fixture
def register(url: str) -> AccountRegister:
    return AccountRegister(url)


@pytest.fixture
def csv(tmp_path: Path):
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "people.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_an_account_is_found_as_it_was_added_in_normal_form(register: AccountRegister) -> None:
    added = register.add(
        code=CODE, phone="+84 912.345.678", name="Nguye\u0302\u0303n Văn Thí Dụ", email="a@example.com"
    )
    assert register.find(CODE) == added
    assert (added.person.phone, added.person.name) == (PHONE, "Nguyễn Văn Thí Dụ")
    assert added.created_at.tzinfo is timezone.utc
    assert register.find("9999999999") is None


def test_nobody_can_log_in_to_a_new_account_before_a_reset(register: AccountRegister) -> None:
    hashes = {register.add(code=f"000000000{n}", phone=PHONE, name="Thí Dụ").password_hash for n in range(3)}
    assert len(hashes) == 3
    assert not any(Argon2Hasher().verify(kept, kept) for kept in hashes)


def test_a_code_is_added_once_and_an_error_masks_it(register: AccountRegister) -> None:
    register.add(code=CODE, phone=PHONE, name="Thí Dụ", password_hash=KEPT)
    with pytest.raises(AccountsError, match="•••••••789") as error:
        register.add(code=CODE, phone="0400000001", name="Ví Dụ")
    assert CODE not in str(error.value)
    account = register.find(CODE)
    assert account is not None
    assert (account.person.phone, account.password_hash) == (PHONE, KEPT)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"code": "123456789"}, "số 0 ở đầu"),
        ({"code": "12345678901"}, "10 hoặc 12"),
        ({"code": "12345abcde"}, "chữ số"),
        ({"phone": "912345678"}, "điện thoại"),
        ({"phone": "+14155550100"}, "điện thoại"),
        ({"name": " "}, "họ tên"),
        ({"name": "x" * 201}, "họ tên"),
        ({"email": "không phải"}, "thư điện tử"),
        ({"citizen_id": "00119900246"}, "căn cước"),
    ],
)
def test_wrong_data_are_refused_with_what_to_do(register: AccountRegister, wrong: dict, sentence: str) -> None:
    with pytest.raises(AccountsError, match=sentence):
        register.add(**({"code": CODE, "phone": PHONE, "name": "Thí Dụ"} | wrong))
    assert register.list_accounts() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_imports_utf8_with_and_without_a_byte_order_mark(register: AccountRegister, csv, encoding: str) -> None:
    path = csv(
        HEADER
        + "0123456789,0912 345 678,Nguyễn Văn Thí Dụ,thi.du@example.com\r\n\r\n0055512340,84400000001,Ví Dụ,\r\n",
        encoding,
    )
    assert register.import_csv(path) == Imported(added=2, updated=0)
    people = [account.person for account in register.list_accounts()]
    assert [(p.code, p.phone, p.email) for p in people] == [
        (CODE, PHONE, "thi.du@example.com"),
        ("0055512340", "0400000001", None),
    ]


def test_columns_may_come_in_any_order(register: AccountRegister, csv) -> None:
    register.import_csv(csv('Name,code,email,phone\n"Thí Dụ, Văn",0123456789,,0912345678\n'))
    account = register.find(CODE)
    assert account is not None
    assert account.person.name == "Thí Dụ, Văn"


def test_importing_renews_people_and_leaves_their_passwords(register: AccountRegister, csv) -> None:
    register.add(code=CODE, phone=PHONE, name="Thí Dụ", password_hash=KEPT)
    path = csv(HEADER + f"{CODE},0400000001,Ví Dụ,\n")
    assert register.import_csv(path) == Imported(added=0, updated=1)
    assert register.import_csv(path) == Imported(added=0, updated=0)
    account = register.find(CODE)
    assert account is not None
    assert (account.person.phone, account.person.name, account.password_hash) == ("0400000001", "Ví Dụ", KEPT)


def test_of_a_citizens_number_the_last_digits_are_kept_and_stay_where_a_list_does_not_tell_them(
    register: AccountRegister, csv
) -> None:
    with_number = f"code,phone,citizen_id,name,email\n{CODE},{PHONE},001199002468,Thí Dụ,\n"
    assert register.import_csv(csv(with_number)) == Imported(added=1, updated=0)
    assert register.import_csv(csv(f"{HEADER}{CODE},{PHONE},Thí Dụ,\n")) == Imported(added=0, updated=0)
    account = register.find(CODE)
    assert account is not None
    assert account.person.citizen_id_ending == "2468"
    assert register.without_citizen_id() == 0
    register.add(code="0055512340", phone=PHONE, name="Ví Dụ")
    assert register.without_citizen_id() == 1


def test_a_new_number_ends_a_reset_that_the_old_one_began(register: AccountRegister, url: str, csv) -> None:
    register.add(code=CODE, phone=PHONE, name="Thí Dụ", password_hash=KEPT)
    directory, now = SqlAccountDirectory(url), datetime.now(timezone.utc)
    wish = ResetRequest(
        reset_id="r1",
        caller=PHONE,
        trunk="t1",
        code=CODE,
        password_hash=NEW,
        now=now,
        pending_until=now + timedelta(minutes=5),
    )
    assert directory.request_reset(wish, LIMITS) is Verdict.MATCHED
    register.import_csv(csv(HEADER + f"{CODE},{PHONE},Đổi Tên,\n"))
    account = register.find(CODE)
    assert account is not None
    assert account.pending_until is not None
    register.import_csv(csv(HEADER + f"{CODE},0400000001,Đổi Tên,\n"))
    assert not directory.activate_reset("r1", now=now, expires_at=now + timedelta(days=1))


def test_bad_rows_are_all_named_by_line_and_nothing_is_imported_or_lost(register: AccountRegister, csv) -> None:
    register.add(code=CODE, phone=PHONE, name="Thí Dụ", password_hash=KEPT)
    before = register.list_accounts()
    path = csv(
        HEADER
        + f"{CODE},0400000009,Đổi Số,\n"
        + "123456789,912345678,Mất Số Không,\n"
        + "\n"
        + '0055512340,0400000001,"Hai\ndòng",\n'
        + "0055512340,0400000001,Lặp Lại,\n"
        + "0055512341,0400000001\n"
        + "0055512342,0400000001,,sai@\n"
    )
    with pytest.raises(AccountsError) as error:
        register.import_csv(path)
    text = str(error.value)
    named = [line.split(":")[0].strip() for line in text.splitlines()[1:]]
    assert named == ["dòng 3", "dòng 7", "dòng 8", "dòng 9"]
    assert "4 dòng sai" in text
    assert "dòng 6" in text
    assert "912345678" not in text
    assert register.list_accounts() == before


@pytest.mark.parametrize(
    ("text", "encoding", "sentence"),
    [
        ("", "utf-8", "Dòng đầu"),
        ("code;phone;name;email\n", "utf-8", "dấu phẩy"),
        ("mã,phone,name,email\n", "utf-8", "Dòng đầu"),
        (HEADER + "0123456789,0912345678,Nguyễn,\n", "utf-16", "UTF-8"),
        (HEADER + '0123456789,0912345678,"Nguyễn\n', "utf-8", "nháy"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused(
    register: AccountRegister, csv, text: str, encoding: str, sentence: str
) -> None:
    with pytest.raises(AccountsError, match=sentence):
        register.import_csv(csv(text, encoding))


def test_a_list_with_passwords_is_refused(register: AccountRegister, csv) -> None:
    with pytest.raises(AccountsError, match="Dòng đầu"):
        register.import_csv(csv(f"code,phone,name,email,password\n{CODE},{PHONE},Thí Dụ,,12345678\n"))
    assert register.list_accounts() == []


def test_what_is_exported_is_imported_as_it_was(register: AccountRegister, tmp_path: Path) -> None:
    people = {"0055512340": 'Trần "Thị"\nVí Dụ', CODE: "Thí Dụ, Văn", "000123456789": "Lê Văn Thử Nghiệm"}
    for code, name in people.items():
        known = {"email": "a@example.com", "citizen_id": "0468"} if code == CODE else {}
        register.add(code=code, phone=PHONE, name=name, **known)
    exported = tmp_path / "out.csv"
    assert register.export_csv(exported) == len(people)
    assert exported.read_bytes().startswith(HEADER.strip().encode("utf-8-sig"))
    other = AccountRegister(f"sqlite:///{tmp_path}/other.db")
    migrate(f"sqlite:///{tmp_path}/other.db")
    assert other.import_csv(exported) == Imported(added=len(people), updated=0)
    assert [account.person for account in other.list_accounts()] == [
        account.person for account in register.list_accounts()
    ]
    assert register.import_csv(exported) == Imported(added=0, updated=0)


def test_an_export_holds_no_password_and_is_its_owners_alone(register: AccountRegister, tmp_path: Path) -> None:
    account = register.add(
        code=CODE, phone=PHONE, name="Thí Dụ", citizen_id="001199002468", password_hash=Argon2Hasher().hash("12345678")
    )
    exported = tmp_path / "out.csv"
    exported.write_text("cũ")
    register.export_csv(exported)
    text = exported.read_text(encoding="utf-8-sig")
    assert text == f"{HEADER.strip()},citizen_id\n{CODE},{PHONE},Thí Dụ,,2468\n"
    assert account.password_hash not in text
    assert exported.stat().st_mode & 0o777 == 0o600


def test_an_export_that_fails_leaves_what_was_there(
    register: AccountRegister, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.seed_demo()
    exported = tmp_path / "out.csv"
    exported.write_text("cũ")
    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr("bot.accounts.register.person_in", lambda row, key: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        register.export_csv(exported)
    assert exported.read_text() == "cũ"
    assert sorted(tmp_path.iterdir()) == before
    with pytest.raises(AccountsError, match="Chọn chỗ khác"):
        register.export_csv(tmp_path / "nowhere" / "out.csv")


def test_a_missing_file_is_refused(register: AccountRegister, tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match="đường dẫn"):
        register.import_csv(tmp_path / "no.csv")


def test_the_length_of_a_code_is_configuration(url: str, csv) -> None:
    path = csv(HEADER + "000123456789,0912345678,Thí Dụ,\n")
    with pytest.raises(AccountsError, match="12 chữ số, cần 10"):
        AccountRegister(url, code_lengths={10}).import_csv(path)
    assert AccountRegister(url).import_csv(path).added == 1


def test_demo_people_are_valid_and_seeded_once(register: AccountRegister, tmp_path: Path) -> None:
    assert register.seed_demo() == Imported(added=len(DEMO_PEOPLE), updated=0)
    before = register.list_accounts()
    assert register.seed_demo() == Imported(added=0, updated=0)
    assert register.list_accounts() == before
    account = register.find(CODE)
    assert account is not None
    assert account.person.phone == PHONE
    for person in DEMO_PEOPLE:
        assert national_form(person.phone) == person.phone
        assert len(person.code) == 10


def test_a_list_is_cut_at_its_limit(register: AccountRegister) -> None:
    register.seed_demo()
    codes = [account.person.code for account in register.list_accounts(2)]
    assert codes == [person.code for person in DEMO_PEOPLE[:2]]


def test_an_account_shows_no_personal_data_when_printed(register: AccountRegister) -> None:
    shown = repr(register.add(code=CODE, phone=PHONE, name="Thí Dụ", email="a@example.com", password_hash=KEPT))
    for private in (CODE, PHONE, "Thí Dụ", "a@example.com", KEPT):
        assert private not in shown


@pytest.mark.parametrize(
    ("digits", "shown"), [("0123456789", "•••••••789"), ("000123456789", "•••••••••789"), ("123", "•••"), ("", "")]
)
def test_masks_all_but_the_last_three_digits(digits: str, shown: str) -> None:
    assert masked(digits) == shown
