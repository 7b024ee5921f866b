"""Fetching a model from a server of the test's own: whole, broken, wrong, malicious; nothing half-done is left."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.asr import model_store
from bot.asr.model_store import OFFICIAL, Fetched, OfficialModel, fetch, official
from bot.errors import ModelError

NAME = "vosk-model-small-vn-0.4"
FILES = {
    "am/final.mdl": b"\0B<TransitionModel>" + os.urandom(300_000),
    "conf/mfcc.conf": b"--sample-frequency=16000\n",
    "conf/model.conf": b"--beam=13\n",
    "graph/HCLr.fst": b"fst",
    "graph/Gr.fst": b"fst",
    "graph/disambig_tid.int": b"1\n",
}


def zipped(files: dict[str, bytes], top: str = f"{NAME}/") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(top + name, data)
    return buffer.getvalue()


GOOD = zipped(FILES)
PIECE = model_store._PIECE_BYTES


@dataclass
class Server:
    """What the server does; `asked` are the Range headers of the requests so far."""

    body: bytes = GOOD
    etag: str = '"one"'
    status: int = 200
    resumes: bool = True
    dies_after: list[int] = field(default_factory=list)  # bytes of each answer, then whole answers
    asked: list[str | None] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{NAME}.zip"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        if self.status != 200:
            request.send_error(self.status)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.resumes else 0
        if request.headers.get("If-Range", self.etag) != self.etag:
            start = 0
        if start >= len(self.body):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(self.body)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        request.send_header("ETag", self.etag)
        request.send_header("Content-Length", str(len(self.body) - start))
        request.end_headers()
        cut = self.dies_after.pop(0) if self.dies_after else len(self.body)
        request.wfile.write(self.body[start : start + cut])


@pytest.fixture
def server() -> Iterator[Server]:
    acting = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            acting.answer(self)

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        acting.port = http.server_port
        Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield acting
        http.shutdown()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_store, "FIRST_WAIT_S", 0.0)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def get(server: Server, models: Path, **options: Any) -> Fetched:
    options = {"url": server.url, "sha256": server.sha256, **options}
    return fetch(official(NAME), models, report=lambda _: None, progress=lambda *_: None, **options)


def part(models: Path) -> Path:
    return models / ".fetch" / f"{NAME}.zip.part"


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_model_is_there_whole_and_nothing_else_is(server: Server, models: Path) -> None:
    fetched = get(server, models)
    assert fetched == Fetched(models / NAME, server.sha256, compared=True)
    assert content(models / NAME) == FILES
    assert list(models.iterdir()) == [models / NAME]


def test_progress_ends_at_the_whole_size(server: Server, models: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    model = OfficialModel(NAME, "", server.sha256)
    fetch(model, models, url=server.url, report=lambda _: None, progress=lambda *now: seen.append(now))
    assert seen[0] == (0, len(GOOD))
    assert seen[-1] == (len(GOOD), len(GOOD))


def test_a_zip_without_a_top_folder_will_do(server: Server, models: Path) -> None:
    server.body = zipped(FILES, top="")
    get(server, models)
    assert content(models / NAME) == FILES


def test_a_model_that_is_there_is_left_alone(server: Server, models: Path) -> None:
    get(server, models)
    asked = len(server.asked)
    assert get(server, models) == Fetched(models / NAME)
    assert len(server.asked) == asked


def test_a_folder_in_the_way_is_left_alone(server: Server, models: Path) -> None:
    (models / NAME).mkdir(parents=True)
    (models / NAME / "ghi-chu.txt").write_text("của tôi", encoding="utf-8")
    with pytest.raises(ModelError, match="đổi tên hoặc xóa"):
        get(server, models)
    assert (models / NAME / "ghi-chu.txt").exists()
    assert server.asked == []


def test_a_server_that_dies_is_asked_for_the_rest(server: Server, models: Path) -> None:
    server.dies_after = [6 * PIECE, 3 * PIECE + 1]
    get(server, models)
    assert content(models / NAME) == FILES
    assert server.asked == [None, f"bytes={6 * PIECE}-", f"bytes={9 * PIECE}-"]


def test_what_arrived_is_kept_for_the_next_call(server: Server, models: Path) -> None:
    server.dies_after = [PIECE] * model_store.TRIES
    with pytest.raises(ModelError, match="chạy lại để tải tiếp"):
        get(server, models)
    assert part(models).read_bytes() == GOOD[: PIECE * model_store.TRIES]
    get(server, models)
    assert server.asked[-1] == f"bytes={PIECE * model_store.TRIES}-"
    assert content(models / NAME) == FILES


def test_ctrl_c_keeps_what_arrived(server: Server, models: Path) -> None:
    def interrupt(done: int, _total: int | None) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(official(NAME), models, url=server.url, report=lambda _: None, progress=interrupt)
    assert GOOD.startswith(part(models).read_bytes())
    get(server, models)
    assert server.asked[-1] is not None
    assert content(models / NAME) == FILES


def test_a_server_that_does_not_resume_starts_over(server: Server, models: Path) -> None:
    server.resumes, server.dies_after = False, [6 * PIECE]
    get(server, models)
    assert server.asked[-1] == f"bytes={6 * PIECE}-"
    assert content(models / NAME) == FILES


def test_a_file_that_changed_on_the_server_starts_over(server: Server, models: Path) -> None:
    server.dies_after = [PIECE] * model_store.TRIES
    with pytest.raises(ModelError):
        get(server, models)
    newer = {**FILES, "conf/model.conf": b"--beam=11\n"}
    server.body, server.etag = zipped(newer), '"two"'
    get(server, models)
    assert content(models / NAME) == newer


def test_a_download_that_was_complete_is_used(server: Server, models: Path) -> None:
    part(models).parent.mkdir(parents=True)
    part(models).write_bytes(GOOD)
    get(server, models)
    assert server.asked == [f"bytes={len(GOOD)}-"]
    assert content(models / NAME) == FILES


def test_a_part_longer_than_the_file_starts_over(server: Server, models: Path) -> None:
    part(models).parent.mkdir(parents=True)
    part(models).write_bytes(GOOD + b"more")
    get(server, models)
    assert content(models / NAME) == FILES


def test_no_server(server: Server, models: Path) -> None:
    with pytest.raises(ModelError, match="Kiểm tra mạng"):
        get(server, models, url="http://127.0.0.1:9/model.zip")


def test_no_such_file_is_not_tried_again(server: Server, models: Path) -> None:
    server.status = 404
    with pytest.raises(ModelError, match=r"404.*--url"):
        get(server, models)
    assert len(server.asked) == 1
    assert not (models / ".fetch").exists()


def test_a_busy_server_is_tried_again(server: Server, models: Path) -> None:
    server.status = 503
    with pytest.raises(ModelError, match="503"):
        get(server, models)
    assert len(server.asked) == model_store.TRIES


def test_an_address_that_is_none(server: Server, models: Path) -> None:
    with pytest.raises(ModelError, match="Kiểm tra lại địa chỉ"):
        get(server, models, url="models/model.zip")


def test_a_wrong_checksum_names_both_and_removes_the_file(server: Server, models: Path) -> None:
    with pytest.raises(ModelError, match=f"cần {'0' * 64}, nhận được {server.sha256}"):
        get(server, models, sha256="0" * 64)
    assert list(models.iterdir()) == []
    get(server, models)
    assert server.asked == [None, None]


def test_the_pinned_checksum_holds_for_mirrors(server: Server, models: Path) -> None:
    with pytest.raises(ModelError, match="sai SHA-256"):
        get(server, models, sha256=None)


@pytest.mark.parametrize("sha256", ["abc", "x" * 64])
def test_a_checksum_that_is_none(server: Server, models: Path, sha256: str) -> None:
    with pytest.raises(ModelError, match="64 chữ số"):
        get(server, models, sha256=sha256)


def test_without_a_published_checksum_a_mirror_needs_one(server: Server, models: Path) -> None:
    model = OfficialModel(NAME, "", None)
    with pytest.raises(ModelError, match="--sha256"):
        fetch(model, models, url=server.url, report=lambda _: None, progress=lambda *_: None)


def test_without_a_published_checksum_the_official_file_is_reported_as_not_compared(
    server: Server, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OfficialModel, "url", server.url)
    model = OfficialModel(NAME, "", None)
    fetched = fetch(model, models, report=lambda _: None, progress=lambda *_: None)
    assert fetched == Fetched(models / NAME, server.sha256, compared=False)


@pytest.mark.parametrize("name", ["../evil", f"{NAME}/../../evil", "/evil", "am\\..\\evil", "C:/evil"])
def test_a_path_outside_the_folder_unpacks_nothing(server: Server, models: Path, name: str) -> None:
    server.body = zipped({**{f"{NAME}/{path}": data for path, data in FILES.items()}, name: b"evil"}, top="")
    with pytest.raises(ModelError, match="ra ngoài"):
        get(server, models)
    assert list(models.iterdir()) == []
    assert not list(models.parent.rglob("evil"))


def test_a_zip_that_unpacks_to_too_much(server: Server, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_store, "MAX_UNPACKED_BYTES", 1_000_000)
    server.body = zipped({**FILES, "graph/zeros": bytes(2_000_000)})
    with pytest.raises(ModelError, match="giải nén ra hơn"):
        get(server, models)
    assert list(models.iterdir()) == []


def test_a_file_without_end(server: Server, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_store, "MAX_ZIP_BYTES", 200_000)
    with pytest.raises(ModelError, match="không phải mô hình này"):
        get(server, models)
    assert list(models.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"<html>", "không phải zip", id="a web page"),
        pytest.param(GOOD[:-100], "không phải zip", id="cut"),
        pytest.param(GOOD[:1000] + GOOD[1100:], "không phải zip", id="a piece missing"),
        pytest.param(GOOD[:1000] + bytes(100) + GOOD[1100:], "không phải zip", id="a piece wrong"),
        pytest.param(zipped({"readme.txt": b"hello"}), "không phải mô hình Vosk", id="something else"),
        pytest.param(zipped({**FILES, "graph/HCLr.fst": b""}), "không phải mô hình Vosk", id="an empty file"),
    ],
)
def test_what_is_no_model_is_removed(server: Server, models: Path, body: bytes, why: str) -> None:
    server.body = body
    with pytest.raises(ModelError, match=why):
        get(server, models)
    assert list(models.iterdir()) == []


def test_a_full_disk_keeps_what_arrived(server: Server, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(zipfile.ZipFile, "extractall", full)
        with pytest.raises(ModelError, match=r"Hết chỗ.*giữ lại"):
            get(server, models)
    assert part(models).read_bytes() == GOOD
    assert not (models / NAME).exists()
    get(server, models)
    assert content(models / NAME) == FILES


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written(server: Server, models: Path) -> None:
    models.mkdir(mode=0o500)
    with pytest.raises(ModelError, match=r"Không ghi được.*--into"):
        get(server, models)


def test_a_file_where_the_folder_should_be(server: Server, models: Path) -> None:
    models.write_text("", encoding="utf-8")
    with pytest.raises(ModelError, match=r"Không ghi được.*--into"):
        get(server, models)


def test_two_downloads_at_once_are_one_too_many(server: Server, models: Path) -> None:
    refused: list[str] = []

    def fetch_again(*_now: int | None) -> None:
        if not refused:
            with pytest.raises(ModelError) as error:
                get(server, models)
            refused.append(str(error.value))

    fetch(official(NAME), models, url=server.url, sha256=server.sha256, report=lambda _: None, progress=fetch_again)
    assert "lệnh khác" in refused[0]
    assert content(models / NAME) == FILES


def test_names() -> None:
    assert official(NAME).url == f"https://alphacephei.com/vosk/models/{NAME}.zip"
    assert all(model.sha256 is None or len(model.sha256) == 64 for model in OFFICIAL)
    with pytest.raises(ModelError, match=NAME):
        official("vosk-model-xx")
