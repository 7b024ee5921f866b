"""What a database's failure means to people: the one place where drivers' errors become ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import AccountsBusy, AccountsError

LOCKED = AccountsBusy, "Cơ sở dữ liệu tài khoản đang bận. Thử lại sau vài giây."
FULL = AccountsBusy, "Ổ đĩa của cơ sở dữ liệu tài khoản đã đầy. Giải phóng chỗ trống rồi thử lại."
READ_ONLY = AccountsBusy, "Cơ sở dữ liệu tài khoản chỉ đọc được, không ghi được. Cấp quyền ghi tệp và thư mục của nó."
AWAY = AccountsBusy, "Không mở được cơ sở dữ liệu tài khoản. Kiểm tra đường dẫn, quyền truy cập và máy chủ rồi thử lại."
NO_SCHEMA = AccountsError, "Cơ sở dữ liệu tài khoản thiếu bảng hoặc cột. Chạy: nhanh8 accounts migrate"
NO_DATABASE = (
    AccountsError,
    "Tệp này không phải cơ sở dữ liệu SQLite, hoặc đã hỏng. Chọn tệp khác hoặc khôi phục bản sao.",
)
DENIED = AccountsError, "Máy chủ cơ sở dữ liệu từ chối đăng nhập. Kiểm tra tên, mật khẩu và quyền trong địa chỉ."
OTHER = AccountsError, "Cơ sở dữ liệu tài khoản gặp lỗi khác. Xem nhật ký của cơ sở dữ liệu."

# SQLite's own sentences: Python 3.10 passes no error code on. https://www.sqlite.org/rescode.html
_SQLITE = {
    "is locked": LOCKED,
    "disk is full": FULL,
    "readonly database": READ_ONLY,
    "unable to open": AWAY,
    "disk i/o error": AWAY,
    "locking protocol": LOCKED,
    "no such table": NO_SCHEMA,
    "no such column": NO_SCHEMA,
    "has no column": NO_SCHEMA,
    "not a database": NO_DATABASE,
    "malformed": NO_DATABASE,
}

# PostgreSQL's SQLSTATE, longest prefix first. https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "53100": FULL,
    "25006": READ_ONLY,
    "25P03": AWAY,  # the transaction was idle for too long: its session is over
    "3D000": NO_DATABASE,
    "3F000": NO_SCHEMA,
    "42P01": NO_SCHEMA,
    "42703": NO_SCHEMA,
    "42501": DENIED,
    "28": DENIED,
    "40": LOCKED,
    "55": LOCKED,
    "57014": LOCKED,
    "57": AWAY,
    "53": AWAY,
    "08": AWAY,
}


def translated(error: SQLAlchemyError) -> AccountsError:
    """The error to raise instead of SQLAlchemy's, which may hold personal data."""
    kind, sentence = meaning = _meaning(error)
    return kind(f"{sentence} ({_name(error)})" if meaning is OTHER else sentence)


def lost_server(error: SQLAlchemyError) -> bool:
    """Whether a database server was lost, or is not there, and may come back within seconds."""
    return hasattr(getattr(error, "orig", None), "pgcode") and _meaning(error) is AWAY


def _meaning(error: SQLAlchemyError) -> tuple[type[AccountsError], str]:
    if isinstance(error, PoolTimeout):
        return LOCKED
    if not isinstance(error, DBAPIError):
        return OTHER
    state: str | None = getattr(error.orig, "pgcode", None)
    if state is not None:
        return next((meaning for prefix, meaning in _POSTGRESQL.items() if state.startswith(prefix)), OTHER)
    if hasattr(error.orig, "pgcode"):  # never reached a server, or lost it
        return DENIED if "authentication failed" in str(error.orig) else AWAY
    text = str(error.orig).lower()
    return next((meaning for part, meaning in _SQLITE.items() if part in text), OTHER)


def _name(error: SQLAlchemyError) -> str:
    """What an unforeseen error is called, without its text: a driver's text may repeat values."""
    cause = getattr(error, "orig", None) or error
    return " ".join(filter(None, [type(cause).__name__, getattr(cause, "pgcode", None)]))
