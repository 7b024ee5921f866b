"""Damaged answers of an agency's account service: one that is right by its contract is taken, every other one is an
error for people; nothing else happens, and nobody's secrets are told.
"""

from __future__ import annotations

import gzip
import http.client
import io
import json
import logging
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from itertools import chain, pairwise, repeat
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.accounts.agency_service import AgencyService
from bot.accounts.rest_directory import RestAccountDirectory
from bot.errors import AccountsBusy, AccountsError
from bot.ports import CallRecord, ResetRequest, Verdict
from tests.contract.account_service import check
from tests.contract.directories import LIMITS
from tests.fuzz.damage import damaged_bytes, damaged_text, fuzz
from tests.fuzz.damaged_service import Answer, DamagedService, Ending, damaged_service

CODE, PHONE, HASH, TOKEN = "0123456789", "0912345678", "hash-of-a-password", "token-of-the-agency"
SECRETS = CODE, PHONE, HASH, TOKEN
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
MOST_BYTES = 10_000_000  # both sides of the wire; a bomb unpacks to ten times that
PATIENT_MS, IMPATIENT_MS = 60_000, 200


def request(directory: RestAccountDirectory) -> Verdict:
    wish = ResetRequest(
        reset_id="r1",
        caller=PHONE,
        trunk="t1",
        code=CODE,
        password_hash=HASH,
        now=NOW,
        pending_until=NOW + timedelta(minutes=5),
    )
    return directory.request_reset(wish, LIMITS)


def activate(directory: RestAccountDirectory) -> bool:
    return directory.activate_reset("r1", now=NOW, expires_at=NOW + timedelta(days=1))


def record(directory: RestAccountDirectory) -> None:
    call = CallRecord(call_id="c1", started_at=NOW, duration_ms=1, fee_vnd=1, outcome="reset", turns=1, caller=PHONE)
    directory.record_call(call)


# What is asked, the schema of its answer, and what an answer means.
Use = tuple[Callable[[RestAccountDirectory], Any], str, Callable[[Any], Any]]
REQUEST: Use = request, "ResetVerdict", lambda body: Verdict(body["verdict"])
ACTIVATE: Use = activate, "ActivationResult", lambda body: body["active"]
RECORD: Use = record, "", lambda body: None
USES = {REQUEST: b'{"verdict": "matched"}', ACTIVATE: b'{"active": true}', RECORD: b"{}"}
uses = st.sampled_from(list(USES))


class Told(logging.Handler):
    """Everything that is logged, by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter())

    def emit(self, entry: logging.LogRecord) -> None:
        self.texts.append(f"{self.format(entry)} {entry.__dict__}")


class Agency:
    """The adapter and the service that it asks; `patience_ms` is for one try, and there is only one."""

    def __init__(self, service: DamagedService, told: Told, patience_ms: int) -> None:
        self.service = service
        self._told = told
        self.client = AgencyService(
            f"http://{service.address}/v1", token=TOKEN, timeout_ms=patience_ms, patience_ms=0, failures=10**9
        )
        self.directory = RestAccountDirectory(self.client)

    def answered(self, use: Use, answer: Answer) -> Any:
        """What the adapter makes of it: the value, or the error."""
        self.service.answer = answer
        self._told.texts.clear()
        try:
            value = use[0](self.directory)
        except AccountsError as error:
            value = error
            self._told.texts.append(str(error))
        for text in self._told.texts:
            assert not any(secret in text for secret in SECRETS), text
        return value


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    told, root = Told(), logging.getLogger()
    level = root.level
    root.addHandler(told)
    root.setLevel(logging.DEBUG)
    yield told
    root.removeHandler(told)
    root.setLevel(level)


@pytest.fixture(scope="module")
def service() -> Iterator[DamagedService]:
    with damaged_service() as service:
        yield service


@pytest.fixture(scope="module")
def impatient(service: DamagedService, told: Told) -> Iterator[Agency]:
    agency = Agency(service, told, IMPATIENT_MS)
    yield agency
    agency.directory.close()


@pytest.fixture(scope="module")
def patient(service: DamagedService, told: Told) -> Iterator[Agency]:
    agency = Agency(service, told, PATIENT_MS)
    yield agency
    agency.directory.close()


# What is right, by another reader of HTTP and the contract's own schemas.


def right(use: Use, wire: bytes) -> Any:
    """What the answer means. Raises ValueError, HTTPException or ValidationError when it is not right."""
    answer = http.client.HTTPResponse(Wire(wire.lstrip(b"\r\n")))  # type: ignore[arg-type]
    answer.begin()
    kind = str(answer.headers["Content-Type"]).partition(";")[0].strip().lower()
    if (answer.status, kind) != (200, "application/json") or "Content-Encoding" in answer.headers:
        raise ValueError
    body = json.loads(answer.read().decode("utf-8"), object_pairs_hook=once_each, parse_constant=int)
    if not isinstance(body, dict):
        raise ValueError
    if use[1]:
        check(body, use[1])
    return use[2](body)


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError
    return dict(pairs)


class Wire:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def is_right_or_an_error(agency: Agency, use: Use, wire: bytes, answer: Answer) -> None:
    value = agency.answered(use, answer)
    if isinstance(value, AccountsError):
        return
    assert value == right(use, wire)


def in_pieces(wire: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    return [wire[start:end] for start, end in pairwise(edges)]


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
cuts = st.lists(st.integers(0, 500), max_size=4)
endings = st.sampled_from([Ending.CLOSE, Ending.CLOSE, Ending.CLOSE, Ending.RESET, Ending.STAY])


def of_length(body: bytes, head: bytes = OK) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(body: bytes) -> bytes:
    parts = [part for part in (body[:5], body[5:]) if part]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def up_to_the_end(body: bytes) -> bytes:
    return OK + b"Connection: close\r\n\r\n" + body


WIRE_PIECES = (
    b"\r\n", b"\n", b"\r", b"\x00", b"\xff\xfe", b": ", b";", b", ", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n\r\n",
    b"100 Continue", b"204", b"206", b"302", b"500", b"600", b"0\r\n\r\n", b"16\r\n", b"ffffffffffffffffffff\r\n",
    b"Content-Length: 3\r\n", b"Content-Length: -1\r\n", b"99999999999999999999", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n",
    b"Content-Type: text/html\r\n", b"charset=utf-16", b"Upgrade: h2c\r\n", b"Connection: upgrade\r\n",
    b"Location: http://127.0.0.1:1/\r\n", b"Set-Cookie: =\xff;;\r\n", b"X: " + b"y" * 9000, b"X: y\r\n" * 300,
    b'"verdict"', b'"active"', b'"matched"', b"true", CODE.encode(), TOKEN.encode(), HASH.encode(),
)  # fmt: skip


@fuzz
@given(
    uses.flatmap(
        lambda use: st.tuples(
            st.just(use),
            st.sampled_from([of_length, chunked, up_to_the_end]).flatmap(
                lambda wrapped: damaged_bytes(wrapped(USES[use]), *WIRE_PIECES)
            ),
        )
    ),
    cuts,
    endings,
)
def test_a_damaged_answer_is_right_or_an_error(
    impatient: Agency, answer: tuple[Use, bytes], cuts: list[int], ending: Ending
) -> None:
    use, wire = answer
    is_right_or_an_error(impatient, use, wire, Answer(in_pieces(wire, cuts), ending))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(["application/json", "application/json; charset=utf-8", "Application/JSON"])


@fuzz
@given(uses, st.dictionaries(st.text(max_size=8), anything, max_size=3), kinds, cuts)
def test_a_right_answer_is_taken_with_whatever_else_is_in_it_and_however_it_comes(
    patient: Agency, use: Use, more: dict[str, Any], kind: str, cuts: list[int]
) -> None:
    body = json.dumps({**more, **json.loads(USES[use])}).encode()
    for whole in (of_length(body), chunked(body), up_to_the_end(body)):
        wire = whole.replace(b"application/json", kind.encode())
        answer = Answer(in_pieces(wire, cuts), pause_s=0.001)
        assert patient.answered(use, answer) == right(use, wire) == use[2](json.loads(USES[use]))


JSON_WORDS = (
    "{", "}", "[", "]", ":", ",", '"', "null", "true", "false", "NaN", "-Infinity", "1e999", "0", "9" * 5000,
    "[" * 20_000, '{"a":' * 5000, '"verdict": "refused", ', '"verdict": "matched", ', '"active": false, ', "matched",
    "MATCHED", "\\u006d", "\\ud800", "\ufeff", "\x00", "//", "'", " ",
)  # fmt: skip
bodies = st.one_of(
    damaged_text('{"verdict": "matched", "active": true}', *JSON_WORDS),
    st.builds(lambda name, value: json.dumps({name: value}), st.sampled_from(["verdict", "active"]), anything),
)
encodings = st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-32-be"])


@fuzz
@given(uses, bodies, encodings)
@example(REQUEST, "[" * 60_000, "utf-8")  # deeper than the reader goes
@example(REQUEST, '{"verdict": "matched", "x": NaN}', "utf-8")
@example(REQUEST, '{"verdict": "refused", "verdict": "matched"}', "utf-8")
@example(ACTIVATE, '{"active": false, "x": {"a": 1, "a": 2}, "active": true}', "utf-8")
@example(REQUEST, '{"verdict": "matched"}', "utf-8-sig")
@example(REQUEST, '{"verdict": "matched"}', "utf-16")
@example(REQUEST, '{"verdict": "matched", "x": %s}' % ("9" * 5000), "utf-8")
def test_a_body_that_is_not_of_the_contract_is_an_error(patient: Agency, use: Use, text: str, encoding: str) -> None:
    wire = of_length(text.encode(encoding, "surrogatepass"))
    is_right_or_an_error(patient, use, wire, Answer([wire]))


MATCHED = USES[REQUEST]
WRAPPED = {
    "compressed": of_length(gzip.compress(MATCHED), OK + b"Content-Encoding: gzip\r\n"),
    "said to be compressed": of_length(MATCHED, OK + b"Content-Encoding: gzip\r\n"),
    "a page": of_length(MATCHED, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
    "of no kind": of_length(MATCHED, b"HTTP/1.1 200 OK\r\n"),
    "of a kind before which something stands": of_length(MATCHED, OK.replace(b"app", b"\x80\xc2\x80 app")),
    "only accepted": of_length(MATCHED, OK.replace(b"200", b"202")),
    "a part": of_length(MATCHED, OK.replace(b"200", b"206")),
    "shorter than it says": of_length(MATCHED).replace(b"22", b"99"),
    "longer than it says": of_length(MATCHED + b" }").replace(b"24", b"21"),
    "of two lengths": of_length(MATCHED, OK + b"Content-Length: 3\r\n"),
    "without its last chunk": chunked(MATCHED)[: -len(b"0\r\n\r\n")],
}


@pytest.mark.parametrize("wire", WRAPPED.values(), ids=WRAPPED)
def test_a_match_in_a_wrapping_that_is_wrong_is_none(patient: Agency, wire: bytes) -> None:
    assert isinstance(patient.answered(REQUEST, Answer([wire])), AccountsError)


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "a body": (OK + b"\r\n", b" " * 65_536),
    "chunks": (CHUNKED, b"1\r\n \r\n" * 10_000),
    "a chunk's extension": (CHUNKED + b"1;", b"x" * 65_536),
    "trailers": (CHUNKED + b"16\r\n" + MATCHED + b"\r\n0\r\n", b"X: y\r\n" * 10_000),
    "headers": (OK, b"".join(b"X-%d: y\r\n" % number for number in range(10_000))),
    "one header again and again": (OK, (b"X: " + b"y" * 8000 + b"\r\n") * 10),
    "a header": (OK + b"X: ", b"y" * 65_536),
    "a reason": (b"HTTP/1.1 200 ", b"y" * 65_536),
    "beginnings": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
}
BOMB = gzip.compress(b" " * 100_000_000)


@pytest.mark.parametrize(
    "pieces",
    [pytest.param([head, piece], id=name) for name, (head, piece) in ENDLESS.items()]
    + [pytest.param([of_length(BOMB, OK + b"Content-Encoding: gzip\r\n")], id="a bomb")],
)
def test_an_endless_answer_takes_little_memory(patient: Agency, pieces: list[bytes]) -> None:
    """The patient one: it is the length that ends it, and not the time."""
    tracemalloc.start()
    try:
        assert isinstance(patient.answered(REQUEST, Answer(chain(pieces, repeat(pieces[-1])))), AccountsBusy)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("ending", [Ending.STAY, Ending.CLOSE])
@pytest.mark.parametrize("wire", [b"", OK, of_length(MATCHED)[:-1], CHUNKED + b"16\r\n" + MATCHED])
def test_an_answer_that_never_ends_is_given_up(impatient: Agency, wire: bytes, ending: Ending) -> None:
    assert isinstance(impatient.answered(REQUEST, Answer([wire], ending)), AccountsBusy)


def test_an_answer_that_drips_is_given_up(impatient: Agency) -> None:
    wire = chain([OK], repeat(b"X: y\r\n"))
    assert isinstance(impatient.answered(REQUEST, Answer(wire, pause_s=0.02)), AccountsBusy)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 401, 407])
def test_nobody_else_is_given_the_token(patient: Agency, status: int) -> None:
    with damaged_service() as other:
        other.answer = Answer([of_length(MATCHED)])
        where = f"HTTP/1.1 {status} Go\r\nLocation: http://{other.address}/v1/resets\r\nSet-Cookie: a=b\r\n"
        asked = len(patient.service.requests)
        moved = Answer([of_length(b"", where.encode() + b"WWW-Authenticate: Basic\r\nProxy-Authenticate: Basic\r\n")])
        value = patient.answered(REQUEST, moved)
        assert isinstance(value, AccountsError)
        assert not isinstance(value, AccountsBusy)
        assert other.requests == []
    assert len(patient.service.requests) == asked + 1
    assert patient.answered(REQUEST, Answer([of_length(MATCHED)])) is Verdict.MATCHED
    assert b"cookie" not in patient.service.requests[-1].lower()


def test_what_comes_after_an_answer_answers_nothing(patient: Agency) -> None:
    refused = of_length(b'{"verdict": "refused"}')
    for pieces in ([refused + of_length(MATCHED)], [refused, of_length(MATCHED)]):
        for ending in (Ending.STAY, Ending.CLOSE):
            asked = len(patient.service.requests)
            assert patient.answered(REQUEST, Answer(pieces, ending, pause_s=0.02)) is Verdict.REFUSED
            assert patient.answered(REQUEST, Answer([refused])) is Verdict.REFUSED
            assert len(patient.service.requests) == asked + 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (202, None), (204, None), (302, AccountsError), (404, AccountsError), (500, AccountsBusy)],
)
def test_of_an_errand_only_the_status_is_read(patient: Agency, status: int, error: type[AccountsError] | None) -> None:
    head = f"HTTP/1.1 {status} So\r\nContent-Type: text/plain\r\n".encode()
    patient.service.answer = Answer([head + b"\r\n" if status == 204 else of_length(b"done", head)])
    with pytest.raises(error) if error else nullcontext():
        patient.client.tell("POST", "", {"id": "e1"}, key="e1")


def test_who_waits_when_it_is_closed_is_told(service: DamagedService) -> None:
    service.answer = Answer([], Ending.STAY)
    service.asked.clear()
    client = AgencyService(f"http://{service.address}/v1", token=TOKEN, timeout_ms=PATIENT_MS, patience_ms=PATIENT_MS)
    told: list[Exception] = []

    def wait() -> None:
        try:
            RestAccountDirectory(client).check()
        except AccountsBusy as error:
            told.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    service.asked.wait()
    client.close()
    waiting.join()
    assert len(told) == 1
