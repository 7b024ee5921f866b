"""nhanh8's settings: frozen records read from the `bot:` section of config.yml and checked before anything starts."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from email.headerregistry import Address
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from bot.errors import SettingsError
from bot.mailbox import mailbox
from bot.replies import Expect
from bot.yaml_lines import line_of, load_yaml

T = TypeVar("T")
CITIZEN_ID_DIGITS = 12

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})  # what needs no encryption on its way


class Clash(SettingsError):
    """Settings that do not fit together; `key` is the one to look at."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key, self.problem = key, problem


def _number(default: float | None, low: float, high: float) -> Any:
    return field(default=default, metadata={"range": (low, high)})


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """One call's frame."""

    branch_preselected: bool = False  # True: the PBX has routed the caller to branch 8; no menu
    max_call_ms: int = _number(300_000, 30_000, 3_600_000)
    fee_per_minute_vnd: int = _number(1000, 0, 1_000_000)
    max_misses: int = _number(3, 1, 10)  # turns in a row not heard or not understood before giving way 1
    tries: int = _number(2, 1, 5)  # checks of a code within one call
    patience_ms: int = _number(1500, 200, 60_000)  # a caller who waits longer for an answer is asked to wait
    second_factor: str = _choice("none", "none", "citizen_id")  # asked for beside the code: `bot.reset.citizen_id`


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSettings:
    """When a caller's turn ends; audio time in ms."""

    no_input_ms: int = _number(5000, 500, 60_000)  # nothing said after the prompt
    end_silence_ms: int = _number(700, 100, 10_000)  # silence that ends what was being said
    complete_silence_ms: int = _number(120, 0, 5000)  # the same once the code, or yes or no, is complete
    rest_silence_ms: int = _number(700, 0, 5000)  # the same when one to three digits complete it
    max_speech_ms: int = _number(12_000, 1000, 120_000)  # from the first speech to a forced end
    key_gap_ms: int = _number(5000, 1000, 60_000)  # silence of the keys that ends a number
    key_complete_ms: int = _number(600, 0, 5000)  # the same once the number is complete


def _code_turn() -> TurnSettings:
    return TurnSettings(no_input_ms=7000, end_silence_ms=1800, max_speech_ms=30_000)


def _yes_no_turn() -> TurnSettings:
    return TurnSettings(complete_silence_ms=240)


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeInSettings:
    """The caller speaks over the bot; audio time in ms. Voice stops the bot, and has to prove that it was an answer."""

    voice_ms: int = _number(160, 40, 5000)  # voice that lasts this long stops the bot
    proof_silence_ms: int = _number(500, 100, 5000)  # silence after voice without an answer: the bot goes on
    proof_most_ms: int = _number(3000, 500, 60_000)  # voice without an answer for this long: the bot goes on
    proof_digits: int = _number(2, 1, 10)  # where a code is expected, fewer digits prove nothing
    nearly_said_ms: int = _number(800, 0, 10_000)  # with less left to say, “vâng” is an answer
    most_stops: int = _number(2, 0, 100)  # in vain within one turn; afterwards only keys stop the bot
    patience_silence_ms: int = _number(800, 100, 10_000)  # what may not be dropped goes on after this much silence
    patience_most_ms: int = _number(10_000, 1000, 60_000)  # or after this much time


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsSettings:
    """Limits by what is expected."""

    menu: TurnSettings = field(default_factory=TurnSettings)
    code: TurnSettings = field(default_factory=_code_turn)
    yes_no: TurnSettings = field(default_factory=_yes_no_turn)
    closing: TurnSettings = field(default_factory=TurnSettings)
    min_speech_ms: int = _number(120, 20, 1000)  # shorter sounds are no speech
    barge_in: BargeInSettings = field(default_factory=BargeInSettings)

    def expecting(self, expect: Expect) -> TurnSettings:
        """The limits of a turn in which `expect` is expected."""
        table = {Expect.CODE: self.code, Expect.YES_NO: self.yes_no, Expect.CLOSING: self.closing}
        return table.get(expect, self.menu)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSettings:
    lengths: tuple[int, ...] = (10,)  # accepted numbers of digits, e.g. [10, 12]
    doubt_below: float = _number(0.6, 0, 1)  # posterior of a digit below which its group is asked for again; 0: never
    skip_read_back_above: float | None = _number(None, 0.5, 1)  # posterior of a code from which it is not read back


ENGINES = ("vosk", "vietasr", "grammar", "fused")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Which engine hears which turn; `fused` is Vosk alone where viet-asr is not installed."""

    menu: str = _choice("vosk", *ENGINES)
    code: str = _choice("fused", *ENGINES)
    yes_no: str = _choice("vosk", *ENGINES)
    closing: str = _choice("vosk", *ENGINES)

    def expecting(self, expect: Expect) -> str:
        """The engine of a turn in which `expect` is expected."""
        table = {Expect.MENU: self.menu, Expect.CODE: self.code, Expect.YES_NO: self.yes_no}
        return table.get(expect, self.closing)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserSettings:
    engines: EngineSettings = field(default_factory=EngineSettings)
    fused_at_once: int = _number(8, 0, 10_000)  # turns heard by both engines at once; Vosk alone hears those beyond
    model: str = "models/vosk-vi-phone"  # a Vosk model directory, relative to config.yml
    vad_aggressiveness: int = _number(3, 0, 3)  # WebRTC's scale
    workers: int = _number(4, 1, 64)  # processes that hear; each turn is heard by one of them
    timeout_ms: int = _number(5000, 500, 60_000)  # for 60 ms of audio, or a turn's result; then its worker is replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class AverageSettings:
    """Our own voice."""

    model: str = "models/voice-vi-phone"  # its folder, relative to config.yml
    mixture: str = _choice("all", "all", "low", "high")  # of which readers it is the mean: by their pitch
    pitch_hz: float | None = _number(None, 60, 400)  # its mean; None: the model's own
    rate: float = _number(0.95, 0.5, 2)  # 2: twice as fast


@dataclass(frozen=True, slots=True, kw_only=True)
class EspeakSettings:
    """espeak-ng."""

    name: str = "vi+Annie"  # a voice of espeak-ng
    rate_wpm: int = _number(150, 80, 400)
    pitch: int = _number(50, 0, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class PiperSettings:
    """A Piper voice that the operator brings."""

    model: str = "models/piper/voice.onnx"  # relative to config.yml; its .onnx.json lies beside it
    model_sha256: str | None = None  # of both files, checked before they are loaded
    config_sha256: str | None = None
    rate: float = _number(1.0, 0.5, 2)  # 2: twice as fast


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    folder: str = "audio_prompts/vi"  # recorded and rendered prompts
    engine: str = _choice("average", "average", "espeak", "piper")  # what reads everything else
    average: AverageSettings = field(default_factory=AverageSettings)
    espeak: EspeakSettings = field(default_factory=EspeakSettings)
    piper: PiperSettings = field(default_factory=PiperSettings)
    timeout_ms: int = _number(5000, 500, 60_000)  # for one sentence, then the worker is replaced
    digit_gap_ms: int = _number(60, 0, 2000)  # between the digits of a group
    group_pause_ms: int = _number(350, 0, 5000)  # between groups of digits
    secret_digit_gap_ms: int = _number(120, 0, 2000)
    secret_group_pause_ms: int = _number(600, 0, 5000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSettings:
    length: int = _number(8, 4, 32)
    expires_h: int = _number(24, 1, 720)
    pending_s: int = _number(600, 60, 3600)  # how long an unheard password may wait
    speak_within_s: int = _number(120, 10, 600)  # how long a reference to it can be resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """Failed attempts that are free before growing waits begin; `bot.reset.limits` is the rule."""

    per_caller: int = _number(5, 1, 1000)
    per_caller_wary: int = _number(2, 1, 1000)  # the same while the code or the trunk waits
    per_code: int = _number(5, 1, 1000)
    per_trunk: int = _number(300, 1, 1_000_000)
    first_wait_s: int = _number(30, 1, 3600)  # doubled by every further failure
    longest_wait_s: int = _number(3600, 1, 86_400)
    window_s: int = _number(86_400, 60, 604_800)  # how long a failure counts for its number and its code
    trunk_window_s: int = _number(3600, 60, 604_800)  # and for its trunk


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencySettings:
    """How long a service of the agency may take, and when it is taken for down."""

    timeout_ms: int = _number(2000, 100, 60_000)  # for one try
    failures: int = _number(5, 1, 1000)  # in a row without an answer: nobody waits for it any more
    pause_ms: int = _number(10_000, 100, 600_000)  # until it is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    url: str = "sqlite:///var/nhanh8.db"  # a relative SQLite path counts from config.yml; https: the agency's service
    key_file: str = "var/data.key"  # the data key, unless NHANH8_DATA_KEY is set; relative to config.yml
    busy_ms: int = _number(3000, 100, 60_000)  # how long to wait for another writer, or a server that says nothing
    retry_ms: int = _number(5000, 0, 60_000)  # how long a call waits for a server that is being restarted
    agency: AgencySettings = field(default_factory=AgencySettings)

    @property
    def is_service(self) -> bool:
        """Whether the accounts are behind HTTP, and no database of ours."""
        return self.url.startswith(("https://", "http://"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """The server that mail is handed in to; its password is in the environment (`bot.app.SMTP_PASSWORD`).

    Raises:
        SettingsError: the sender is no address, or mail would cross a network in the clear.
    """

    host: str | None = None
    port: int = _number(587, 1, 65_535)
    security: str = _choice("starttls", "starttls", "tls", "none")  # none: on this machine only
    user: str | None = None  # None: no login
    sender: str | None = None  # user@domain
    sender_name: str = "BHXH Việt Nam"
    subject: str = "Mật khẩu VssID của quý khách vừa được cấp lại"
    timeout_ms: int = _number(30_000, 1000, 50_000)  # for handing in one message, from connecting on

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in {None, *LOOPBACK}:
            raise Clash("security", "none chỉ dùng khi máy chủ thư ở ngay máy này (127.0.0.1); chọn starttls hoặc tls.")
        for key in ("sender_name", "subject"):
            if not getattr(self, key).isprintable():
                raise Clash(key, "cần đúng một dòng chữ.")
        if self.sender is not None:
            _ = self.address  # raises

    @property
    def address(self) -> Address:
        """The sender, with their name. Raises SettingsError where none is set."""
        address = mailbox(self.sender or "", self.sender_name)
        if address is None:
            raise Clash("sender", "cần một địa chỉ thư điện tử, dạng khong-tra-loi@mien.vn.")
        return address


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """The SMS centre that messages are handed in to over SMPP 3.4; its password is in the environment
    (`bot.app.SMPP_PASSWORD`).

    Raises:
        SettingsError: the sender is none that an SMS can have.
    """

    host: str | None = None
    port: int = _number(2775, 1, 65_535)
    security: str = _choice("tls", "tls", "none")  # none: over a private line only
    user: str | None = None  # SMPP's system_id
    sender: str | None = None  # a brand name, or a number
    timeout_ms: int = _number(30_000, 1000, 50_000)  # for handing in one message, from connecting on

    def __post_init__(self) -> None:
        if self.sender is not None and not _SMS_SENDER.fullmatch(self.sender):
            raise Clash("sender", "cần tên định danh, nhiều nhất 11 chữ cái không dấu và chữ số, hoặc một đầu số.")


_SMS_SENDER: Final = re.compile(r"[A-Za-z0-9._ -]{1,11}|[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterResetSettings:
    """What follows a reset, and who does it: a file (for development), a service over HTTP, mail, SMS, or nobody.

    Raises:
        SettingsError: whoever shall do it has no address.
    """

    end_logins: str = _choice("file", "file", "http", "none")  # logins from before the reset
    end_logins_url: str | None = None
    tell_owner: str = _choice("file", "file", "http", "email", "sms", "none")
    tell_owner_url: str | None = None
    without_email: str = _choice("none", "none", "file", "http", "sms")  # of those whom no mail reaches
    email: EmailSettings = field(default_factory=EmailSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    file: str = "var/after_reset.jsonl"  # relative to config.yml
    text: str = (  # for the owner; {code} hides all but its last digits
        "BHXH Việt Nam: mật khẩu VssID của mã số {code} vừa được cấp lại qua tổng đài lúc {time}. "
        "Nếu không phải quý khách yêu cầu, xin gọi ngay 1900.9068."
    )
    timeout_ms: int = _number(5000, 100, 60_000)  # for one try over HTTP
    first_wait_s: int = _number(5, 1, 3600)  # after a failure; doubled by every further one
    longest_wait_s: int = _number(3600, 1, 86_400)

    def __post_init__(self) -> None:
        for key in ("end_logins", "tell_owner", "without_email"):
            url = "end_logins_url" if key == "end_logins" else "tell_owner_url"
            if getattr(self, key) == "http" and getattr(self, url) is None:
                raise Clash(key, f"chọn http thì cần {url}: https://…")
        if self.tell_owner == "email" and not (self.email.host and self.email.sender):
            raise Clash("tell_owner", "chọn email thì cần email.host (máy chủ thư) và email.sender (người gửi).")
        for key in ("tell_owner", "without_email"):
            if getattr(self, key) == "sms" and not (self.sms.host and self.sms.user and self.sms.sender):
                raise Clash(key, "chọn sms thì cần sms.host (cổng tin nhắn), sms.user và sms.sender (tên định danh).")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """How long what is about a caller is kept.

    Raises:
        SettingsError: a file would outlive the record of its call, by which a person's files are found.
    """

    calls_days: int = _number(180, 1, 3650)  # records of calls
    recordings_days: int = _number(30, 1, 3650)
    events_days: int = _number(30, 1, 3650)
    errands_days: int = _number(30, 1, 3650)  # that what follows a reset was done, and after_reset.file

    def __post_init__(self) -> None:
        if max(self.recordings_days, self.events_days) > self.calls_days:
            raise Clash(
                "calls_days",
                "không được nhỏ hơn recordings_days và events_days, nếu không thì không còn tìm được tệp nào của người "
                "yêu cầu xuất hay xóa.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    level: str = _choice("info", "debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephoneSettings:
    """Where `nhanh8 serve` listens for a PBX. The HTTP port takes calls' announcements and chan_websocket's media."""

    host: str = "127.0.0.1"
    http_port: int = _number(9093, 0, 65_535)  # 0: any free one
    audiosocket: bool = True
    audiosocket_port: int = _number(9092, 0, 65_535)
    trunk: str = "nhanh8"  # the name under which refused attempts of these calls are counted
    max_calls: int = _number(20, 1, 10_000)  # more are told that the lines are busy
    lost_peer_ms: int = _number(10_000, 1000, 600_000)  # a line without a frame for this long is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """What `nhanh8 serve` tells an operator's tools: `/metrics`, `/healthz`, `/readyz`, and traces."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = _number(9094, 0, 65_535)  # 0: any free one
    traces: str | None = None  # an OpenTelemetry collector's OTLP/HTTP address; OTEL_EXPORTER_OTLP_ENDPOINT stands in


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. `root` is the folder of config.yml: relative paths count from it.

    Raises:
        SettingsError: the second factor would be part of the code.
    """

    root: Path
    call: CallSettings = field(default_factory=CallSettings)
    turns: TurnsSettings = field(default_factory=TurnsSettings)
    code: CodeSettings = field(default_factory=CodeSettings)
    recogniser: RecogniserSettings = field(default_factory=RecogniserSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    password: PasswordSettings = field(default_factory=PasswordSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    accounts: AccountSettings = field(default_factory=AccountSettings)
    after_reset: AfterResetSettings = field(default_factory=AfterResetSettings)
    telephone: TelephoneSettings = field(default_factory=TelephoneSettings)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    log: LogSettings = field(default_factory=LogSettings)

    def __post_init__(self) -> None:
        if self.call.second_factor == "citizen_id" and CITIZEN_ID_DIGITS in self.code.lengths:
            raise Clash(
                "code",
                f"lengths có {CITIZEN_ID_DIGITS} thì mã số có thể là số căn cước, và call.second_factor: citizen_id "
                f"không thêm gì. Bỏ {CITIZEN_ID_DIGITS} khỏi lengths, hoặc đặt second_factor: none.",
            )

    @property
    def config_file(self) -> Path:
        return self.root / "config.yml"

    @property
    def nlu_dir(self) -> Path:
        return self.root / "nlu_data"

    @property
    def model_dir(self) -> Path:
        return self.root / self.recogniser.model

    @property
    def prompts_dir(self) -> Path:
        return self.root / self.voice.folder

    @property
    def data_key_file(self) -> Path:
        return self.root / self.accounts.key_file

    @property
    def accounts_url(self) -> str:
        """The database URL, a relative SQLite path made absolute."""
        prefix, url = "sqlite:///", self.accounts.url
        if not url.startswith(prefix) or url.startswith(prefix + "/"):
            return url
        return prefix + str(self.root / url[len(prefix) :])


def load_settings(config: Path) -> Settings:
    """Read and check `config` (Rasa's config.yml).

    Raises:
        SettingsError: no such file, bad YAML, an unknown key, a wrong type, a value out of range; names file and line.
    """
    document = load_yaml(config, SettingsError, missing="Chạy lệnh trong thư mục của nhanh8, hoặc dùng --config.")
    settings = Settings(root=config.parent.resolve())
    return with_section(settings, document, "bot", config) if "bot" in document else settings


def with_section(settings: Settings, around: Any, key: str, file: Path) -> Settings:
    """`settings` with what the section `key` of the table `around` in `file` says instead.

    Raises:
        SettingsError: an unknown key, a wrong type, a value out of range; names file and line.
    """
    return _section(settings, around, key, _Place(file, ""))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the file a section stands, for messages; `path` is empty or ends with a dot."""

    file: Path
    path: str

    def error(self, section: Any, key: str, problem: str) -> SettingsError:
        return SettingsError(f"{self.file}:{line_of(section, key)}: {self.path}{key}: {problem}")

    def inside(self, key: str) -> _Place:
        return _Place(self.file, f"{self.path}{key}.")


def _section(defaults: T, around: Any, key: str, place: _Place) -> T:
    """`defaults` with what the section `key` of `around` says instead; an empty section says nothing."""
    section = around[key]
    if section is None:
        return defaults
    if not isinstance(section, dict):
        raise place.error(around, key, "cần các dòng khóa: giá trị lùi vào bên dưới.")
    inside = place.inside(key)
    try:
        return dataclasses.replace(defaults, **_values(defaults, section, inside))  # type: ignore[type-var]
    except Clash as clash:
        raise inside.error(section, clash.key, clash.problem) from None


def _values(defaults: Any, section: Any, place: _Place) -> dict[str, Any]:
    fields = {spec.name: spec for spec in dataclasses.fields(defaults) if spec.name != "root"}
    types = typing.get_type_hints(type(defaults))
    values: dict[str, Any] = {}
    for key, value in section.items():
        if key not in fields:
            raise place.error(section, key, f"khóa lạ. Các khóa có thể dùng: {', '.join(fields)}.")
        if dataclasses.is_dataclass(types[key]):
            values[key] = _section(getattr(defaults, key), section, key, place)
        else:
            values[key] = _checked(fields[key], types[key], value, partial(place.error, section, key))
    return values


def _checked(spec: dataclasses.Field[Any], kind: Any, value: Any, error: Callable[[str], SettingsError]) -> Any:
    if kind == tuple[int, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(v, int) and 4 <= v <= 20 for v in value):
            raise error("cần một danh sách số nguyên từ 4 đến 20, ví dụ [10].")
        return tuple(int(v) for v in value)
    if isinstance(value, int) and not isinstance(value, bool) and kind in (float, float | None):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        names = {
            int: "một số nguyên",
            float: "một số",
            float | None: "một số hoặc null",
            str: "một chuỗi",
            str | None: "một chuỗi hoặc null",
            bool: "true hoặc false",
        }
        raise error(f"cần {names[kind]}, không phải {value!r}.")
    if value == "":
        raise error("không được để trống.")
    if "range" in spec.metadata and value is not None:
        low, high = spec.metadata["range"]
        if not low <= value <= high:
            raise error(f"{value} ngoài khoảng {low} đến {high}.")
    if "choices" in spec.metadata and value not in spec.metadata["choices"]:
        raise error(f"{value!r} không có; chọn một trong: {', '.join(spec.metadata['choices'])}.")
    return value
