"""The key to the personal data in the database, and the two ways in which it hides them.

- What is only looked up (codes and phone numbers of accounts, refused attempts and calls) is kept as HMAC-SHA-256: the
  same number gives the same value, so that it can be found, and it can only be guessed, by who has the key.
  A hash without a key would hide nothing: there are 10^10 codes, and a laptop hashes them all within minutes.
- What has to be given back (an account's code, number, name and e-mail address: `accounts list|export`,
  `privacy export`) is one AES-256-GCM message, bound to its account's code, so that it does not open in another's row.

Both have keys of their own, derived from the data key by HKDF-SHA256. The data key itself is 32 random bytes in
hexadecimal, in the environment variable `NHANH8_DATA_KEY` or in a file that only its owner may read; never in the
database, whose backups are worthless without it. The database keeps the key's fingerprint: a wrong key is recognised
before anything is looked up with it.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import AccountsError

VARIABLE: Final = "NHANH8_DATA_KEY"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12  # NIST SP 800-38D, 8.2: 96 bits; random ones are good for 2^32 messages under one key
_FINGERPRINT_BYTES: Final = 16
_NOT_FOR_OTHERS: Final = 0o077


class DataKey:
    """32 bytes; none of them is in its repr. Safe to use from many threads."""

    __slots__ = ("_lookup", "_seal", "fingerprint")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes")
        self._lookup = _derived(key, b"nhanh8 lookup", KEY_BYTES)
        self._seal = AESGCM(_derived(key, b"nhanh8 seal", KEY_BYTES))
        self.fingerprint = _derived(key, b"nhanh8 fingerprint", _FINGERPRINT_BYTES).hex()

    def of_code(self, code: str) -> str:
        """What a code is looked up by: 64 hexadecimal digits."""
        return self._mac(b"code", code)

    def of_phone(self, number: str) -> str:
        """The same for a phone number in national form, whether it is an account's or a caller's."""
        return self._mac(b"phone", number)

    def of_citizen_id(self, code: str, ending: str) -> str:
        """The same for the last digits of a citizen's number, of the account with this code: others' look otherwise."""
        return self._mac(b"citizen id", f"{code}\0{ending}")

    def seal(self, data: bytes, owner: str) -> bytes:
        """`data` for the row whose code is looked up by `owner`: nonce, ciphertext and tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, data, owner.encode())

    def unseal(self, sealed: bytes, owner: str) -> bytes:
        """
        Raises:
            AccountsError: it was sealed with another key or for another row, or has been changed.
        """
        try:
            return self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
        except (InvalidTag, ValueError):
            raise AccountsError(
                "Thông tin của một tài khoản không giải mã được: dữ liệu đã bị sửa ngoài chương trình. "
                "Khôi phục từ bản sao lưu."
            ) from None

    def _mac(self, kind: bytes, digits: str) -> str:
        return hmac.digest(self._lookup, kind + b"\0" + digits.encode(), "sha256").hex()


def data_key(file: Path | None = None) -> DataKey:
    """The key of the environment, else of `file`.

    Raises:
        AccountsError: there is none, others may read the file, or it is no key; says what to do.
    """
    text = os.environ.get(VARIABLE)
    if text is not None:
        return _parsed(text, f"biến môi trường {VARIABLE}")
    if file is not None and file.exists():
        return key_in(file)
    place = f" hoặc tệp {file}" if file else ""
    raise AccountsError(
        f"Thiếu khóa dữ liệu: biến môi trường {VARIABLE}{place}. Khôi phục khóa đã cất khi tạo cơ sở dữ liệu; "
        "cơ sở dữ liệu mới, hoặc của bản trước, thì chạy: nhanh8 accounts migrate"
    )


def key_in(file: Path) -> DataKey:
    """The key of a file.

    Raises:
        AccountsError: it cannot be read, others may read it, or it is no key; says what to do.
    """
    try:
        if file.stat().st_mode & _NOT_FOR_OTHERS:
            raise AccountsError(f"Người khác đọc được tệp khóa dữ liệu {file}. Chạy: chmod 600 {file}")
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise AccountsError(f"Không đọc được tệp khóa dữ liệu {file} ({error.strerror}).") from None
    return _parsed(text, f"tệp {file}")


def has_data_key(file: Path | None) -> bool:
    """Whether there is something that should be a key."""
    return VARIABLE in os.environ or (file is not None and file.exists())


def make_data_key(file: Path) -> None:
    """Write a new key to `file`, which only its owner may read; leaves one alone that is there.

    Raises:
        AccountsError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, whole = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with open(handle, "w", encoding="ascii") as out:
                out.write(secrets.token_hex(KEY_BYTES) + "\n")
                out.flush()
                os.fsync(out.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(whole, file)  # whole or not at all, and never over another program's
        finally:
            os.unlink(whole)
    except OSError as error:
        raise AccountsError(f"Không ghi được tệp khóa dữ liệu {file} ({error.strerror}). Chọn chỗ khác.") from None


def _parsed(text: str, place: str) -> DataKey:
    try:
        return DataKey(bytes.fromhex(text.strip()))
    except ValueError:
        raise AccountsError(
            f"Khóa dữ liệu trong {place} không đúng dạng: cần {2 * KEY_BYTES} chữ số hệ 16 "
            f"(tạo khóa mới: openssl rand -hex {KEY_BYTES})."
        ) from None


def _derived(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(key)
