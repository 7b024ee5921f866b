"""Vosk's Vietnamese models: download one, check it, unpack it into a folder of its own."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import requests

from bot.asr.vosk_files import look_at
from bot.errors import ModelError

TRIES: Final = 4
FIRST_WAIT_S: Final = 1.0  # before the second try, then twice as long each time
TIMEOUT_S: Final = (10, 30)  # to connect; between two pieces
MAX_ZIP_BYTES: Final = 500_000_000
MAX_UNPACKED_BYTES: Final = 1_500_000_000
MAX_FILES: Final = 1000

_PIECE_BYTES: Final = 1 << 14
_MIRROR: Final = "Tải từ nơi khác bằng --url."
_BAD_ZIP: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)

Report = Callable[[str], None]
Progress = Callable[[int, int | None], None]  # bytes so far, and of the whole file where that is known


@dataclass(frozen=True, slots=True)
class OfficialModel:
    """A model on alphacephei.com. `sha256` is None where nobody has published one."""

    name: str
    size: str
    sha256: str | None

    @property
    def url(self) -> str:
        return f"https://alphacephei.com/vosk/models/{self.name}.zip"


# Vosk publishes no SHA-256. The small model's is what two independent projects pin for the same URL; its size,
# 33656337 bytes, is the one in Vosk's own model-list.json.
OFFICIAL: Final = (
    OfficialModel(
        "vosk-model-small-vn-0.4", "34 MB", "efe5c8494212110471a79befc48c79da679e5b1fc52a4ffb500222ff86d622e5"
    ),
    OfficialModel("vosk-model-vn-0.4", "74 MB", None),
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`sha256` of what was downloaded, None where nothing was; `compared`: it is the one that was expected."""

    folder: Path
    sha256: str | None = None
    compared: bool = False


def official(name: str) -> OfficialModel:
    """Raises ModelError: there is no such model."""
    for model in OFFICIAL:
        if model.name == name:
            return model
    raise ModelError(f"Không có mô hình tên {name}. Chọn một trong: {', '.join(m.name for m in OFFICIAL)}.")


def fetch(
    model: OfficialModel,
    into: Path,
    *,
    url: str | None = None,
    sha256: str | None = None,
    report: Report,
    progress: Progress,
) -> Fetched:
    """Put `model` into the folder `into`/NAME, complete or not at all; nothing is done when it is there.

    A broken download stays in `into`/.fetch and is resumed by the next call.

    Raises:
        ModelError: no network, no such file, disk full, wrong checksum, a zip that is no model; says what to do.
    """
    target = into / model.name
    if target.exists():
        _check_present(target)
        return Fetched(target)
    expected = _expected_sha256(model, url, sha256)
    work = into / ".fetch"
    unpacked = work / model.name
    try:
        with _alone(work):
            download = _Download(url or model.url, work / f"{model.name}.zip.part", report, progress)
            download.run()
            report("Kiểm tra và giải nén")
            try:
                found = _checked(download.file, expected)
                _unpack(download.file, unpacked).rename(target)
            except ModelError:
                download.forget()  # of no use: a retry starts over
                raise
            finally:
                shutil.rmtree(unpacked, ignore_errors=True)
            download.forget()
    except OSError as error:
        raise _disk_trouble(into, error) from None
    return Fetched(target, found, compared=expected is not None)


def _check_present(target: Path) -> None:
    try:
        look_at(target)
    except ModelError as error:
        raise ModelError(f"{error} Muốn tải mới: đổi tên hoặc xóa {target} rồi chạy lại.") from None


def _expected_sha256(model: OfficialModel, url: str | None, sha256: str | None) -> str | None:
    expected = sha256.strip().lower() if sha256 else model.sha256
    if expected and (len(expected) != 64 or set(expected) - set("0123456789abcdef")):
        raise ModelError(
            f"--sha256 cần 64 chữ số thập lục phân, không phải {expected!r}. Xem bằng lệnh: sha256sum tệp.zip"
        )
    if url and not expected:
        raise ModelError(f"Chưa ai công bố SHA-256 của {model.name}; tải từ nơi khác thì phải cho biết bằng --sha256.")
    return expected


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """One download at a time: two would write into the same file. Leaves no folder where nothing is to be resumed."""
    work.mkdir(parents=True, exist_ok=True)
    folder = os.open(work, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelError("Một lệnh khác đang tải mô hình. Đợi lệnh đó xong rồi chạy lại.") from None
        try:
            yield
        finally:
            with suppress(OSError):  # something to be resumed is in it
                work.rmdir()
    finally:
        os.close(folder)


class _Broken(Exception):
    """The connection failed; trying again may help."""


class _Download:
    """One URL into `file`, from where the file ends."""

    def __init__(self, url: str, file: Path, report: Report, progress: Progress) -> None:
        self._url = url
        self.file = file
        self._version = file.with_name(f"{file.name}.version")  # the server's mark of what the file is a part of
        self._report = report
        self._progress = progress

    def run(self) -> None:
        for attempt in range(TRIES):
            try:
                self._continue()
            except (
                _Broken,
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as why:
                if attempt == TRIES - 1:
                    raise self._given_up(why) from None
                wait_s = FIRST_WAIT_S * 2**attempt
                self._report(f"Mất kết nối, thử lại sau {wait_s:.0f} giây")
                time.sleep(wait_s)
            except requests.RequestException as error:
                raise ModelError(f"Không tải được {self._url}: {error}. Kiểm tra lại địa chỉ.") from None
            else:
                return

    def _continue(self) -> None:
        start = self.file.stat().st_size if self.file.exists() else 0
        with requests.get(self._url, headers=self._headers(start), stream=True, timeout=TIMEOUT_S) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable and start:
                if response.headers.get("Content-Range") == f"bytes */{start}":
                    return  # all of it is here already
                self.forget()
                raise _Broken("phần đã tải dài hơn tệp của máy chủ")
            self._check_status(response)
            if response.status_code != requests.codes.partial_content:
                start = 0  # the server does not resume, or has another file now
            elif not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                self.forget()
                raise _Broken("máy chủ gửi sai đoạn")
            self._write(response, start)

    def _headers(self, start: int) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if self._version.exists() and (version := self._version.read_text(encoding="utf-8")):
                headers["If-Range"] = version
        return headers

    def _check_status(self, response: requests.Response) -> None:
        code = response.status_code
        if code >= 500 or code == requests.codes.too_many_requests:
            raise _Broken(f"máy chủ trả lời {code}")
        if code == requests.codes.not_found:
            raise ModelError(f"Máy chủ không có {self._url} (404). {_MIRROR}")
        if code not in (requests.codes.ok, requests.codes.partial_content):
            raise ModelError(f"Máy chủ từ chối {self._url} ({code}). {_MIRROR}")

    def _write(self, response: requests.Response, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        done = start
        self._progress(done, total)
        with self.file.open("ab") as file:
            file.truncate(start)
            self._version.write_text(_version(response), encoding="utf-8")
            for piece in response.iter_content(_PIECE_BYTES):
                done += len(piece)
                if done > MAX_ZIP_BYTES:
                    self.forget()
                    raise ModelError(
                        f"{self._url} lớn hơn {MAX_ZIP_BYTES // 1_000_000} MB, không phải mô hình này. {_MIRROR}"
                    )
                file.write(piece)
                self._progress(done, total)
        if total is not None and done < total:
            raise _Broken("máy chủ ngắt giữa chừng")

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)

    def _given_up(self, why: Exception) -> ModelError:
        kept = self.file.stat().st_size if self.file.exists() else 0
        detail = str(why) if isinstance(why, _Broken) else "không nối được hoặc mất kết nối"
        next_step = f"Đã giữ {kept / 1e6:.1f} MB; chạy lại để tải tiếp" if kept else "Kiểm tra mạng rồi chạy lại"
        return ModelError(f"Không tải được {self._url}: {detail}. {next_step}, hoặc tải từ nơi khác bằng --url.")


def _version(response: requests.Response) -> str:
    """What If-Range may carry: an ETag that is not weak, or a date."""
    etag = response.headers.get("ETag", "")
    return response.headers.get("Last-Modified", "") if not etag or etag.startswith("W/") else etag


def _checked(archive: Path, expected: str | None) -> str:
    digest = hashlib.sha256()
    with archive.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    found = digest.hexdigest()
    if expected and found != expected:
        raise ModelError(
            f"Tệp tải về sai SHA-256, đã xóa: cần {expected}, nhận được {found}. Chạy lại để tải từ đầu; "
            "nếu vẫn sai thì nơi tải có tệp khác, đừng dùng."
        )
    return found


def _unpack(archive: Path, folder: Path) -> Path:
    """The model's folder inside `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as zipped:
            _check_members(zipped.infolist())
            zipped.extractall(folder)
        entries = list(folder.iterdir())
        root = entries[0] if len(entries) == 1 and entries[0].is_dir() else folder
        look_at(root)
    except (*_BAD_ZIP, OSError) as error:
        # A zip with wrong offsets makes zipfile seek to before its start: EINVAL.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise ModelError(
            f"Tệp tải về không phải zip dùng được ({error}), đã xóa. Chạy lại, hoặc dùng --url khác."
        ) from None
    except ModelError as error:
        raise ModelError(f"Tệp tải về không phải mô hình Vosk dùng được, đã xóa. {error}") from None
    return root


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_FILES or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise zipfile.BadZipFile(f"giải nén ra hơn {MAX_FILES} tệp hoặc {MAX_UNPACKED_BYTES // 1_000_000} MB")
    for member in members:
        path = PurePosixPath(member.filename)
        outside = path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename
        if outside or stat.S_ISLNK(member.external_attr >> 16):
            raise zipfile.BadZipFile(f"có đường dẫn ra ngoài thư mục: {member.filename!r}")


def _disk_trouble(into: Path, error: OSError) -> ModelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelError(f"Hết chỗ trên đĩa của {into}. Dọn bớt rồi chạy lại; phần đã tải được giữ lại.")
    return ModelError(f"Không ghi được vào {into}: {error.strerror or error}. Sửa quyền thư mục hoặc dùng --into khác.")
