"""Settings: the defaults, and every mistake told with file, line and key."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.replies import Expect
from bot.settings import Settings, TurnSettings, load_settings

REPOSITORY = Path(__file__).parents[2]


def config(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_configuration_of_the_project_is_valid_and_holds_the_defaults() -> None:
    settings = load_settings(REPOSITORY / "config.yml")
    assert settings == Settings(root=REPOSITORY)
    assert settings.model_dir == REPOSITORY / "models" / "vosk-vi-phone"
    assert settings.prompts_dir == REPOSITORY / "audio_prompts" / "vi"
    assert (settings.config_file, settings.nlu_dir) == (REPOSITORY / "config.yml", REPOSITORY / "nlu_data")


def records(record: Any, path: str = "bot") -> list[tuple[str, Any, Any]]:
    """(path, field, value) of every single setting."""
    found = []
    for spec in fields(record):
        value = getattr(record, spec.name)
        inner = records(value, f"{path}.{spec.name}") if is_dataclass(value) else [(path, spec, value)]
        found += [one for one in inner if one[1].name != "root"]
    return found


EVERY = [pytest.param(spec, value, id=f"{path}.{spec.name}") for path, spec, value in records(Settings(root=Path()))]


@pytest.mark.parametrize(("spec", "value"), EVERY)
def test_every_default_keeps_its_own_rule(spec: Any, value: Any) -> None:
    if "range" in spec.metadata and value is not None:
        low, high = spec.metadata["range"]
        assert low <= value <= high
    if "choices" in spec.metadata:
        assert value in spec.metadata["choices"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("recipe: default.v1\n", id="without our section"),
        pytest.param("bot:\n", id="with an empty one"),
        pytest.param("bot:\n  call:\n  turns:\n    code:\n", id="with empty parts"),
    ],
)
def test_what_is_not_set_has_its_default(tmp_path: Path, text: str) -> None:
    assert load_settings(config(tmp_path, text)) == Settings(root=tmp_path)


def test_what_is_set_counts_and_the_rest_of_its_section_stays(tmp_path: Path) -> None:
    text = "bot:\n  turns:\n    min_speech_ms: 200\n    code:\n      key_gap_ms: 9000\n  code:\n    lengths: [10, 12]\n"
    settings = load_settings(config(tmp_path, text))
    assert settings.turns.min_speech_ms == 200
    assert settings.turns.code == TurnSettings(
        no_input_ms=7000, end_silence_ms=1800, max_speech_ms=30_000, key_gap_ms=9000
    )
    assert settings.turns.menu == TurnSettings()
    assert settings.code.lengths == (10, 12)


@pytest.mark.parametrize(
    ("text", "doubt_below", "skip"),
    [
        ("{doubt_below: 0.75}", 0.75, None),
        ("{doubt_below: 0}", 0.0, None),
        ("{doubt_below: 1}", 1.0, None),
        ("{skip_read_back_above: 0.99}", 0.6, 0.99),
        ("{skip_read_back_above: 1}", 0.6, 1.0),
        ("{skip_read_back_above: null}", 0.6, None),
        ("{skip_read_back_above: }", 0.6, None),
    ],
)
def test_a_posterior_may_be_written_as_a_whole_number_or_left_out(
    tmp_path: Path, text: str, doubt_below: float, skip: float | None
) -> None:
    code = load_settings(config(tmp_path, f"bot:\n  code: {text}\n")).code
    assert (code.doubt_below, code.skip_read_back_above) == (doubt_below, skip)


@pytest.mark.parametrize(
    ("expect", "section"),
    [
        (Expect.MENU, "menu"),
        (Expect.CODE, "code"),
        (Expect.YES_NO, "yes_no"),
        (Expect.CLOSING, "closing"),
        (Expect.NOTHING, "menu"),
    ],
)
def test_each_turn_has_the_limits_of_its_question(tmp_path: Path, expect: Expect, section: str) -> None:
    turns = load_settings(config(tmp_path, f"bot:\n  turns:\n    {section}: {{no_input_ms: 1234}}")).turns
    assert turns.expecting(expect).no_input_ms == 1234


@pytest.mark.parametrize(
    ("expect", "section"),
    [
        (Expect.MENU, "menu"),
        (Expect.CODE, "code"),
        (Expect.YES_NO, "yes_no"),
        (Expect.CLOSING, "closing"),
        (Expect.NOTHING, "closing"),
    ],
)
def test_each_turn_has_the_engine_of_its_question(tmp_path: Path, expect: Expect, section: str) -> None:
    text = f"bot:\n  recogniser:\n    engines: {{{section}: grammar}}"
    engines = load_settings(config(tmp_path, text)).recogniser.engines
    assert engines.expecting(expect) == "grammar"
    assert [getattr(engines, field.name) for field in fields(engines)].count("grammar") == 1


@pytest.mark.parametrize(
    ("text", "line", "key", "problem"),
    [
        pytest.param("bot:\n  cal: {}", 2, "bot.cal", "khóa lạ", id="unknown section"),
        pytest.param("bot:\n  root: /tmp", 2, "bot.root", "khóa lạ", id="what is no setting"),
        pytest.param("bot:\n  call:\n    trys: 1", 3, "bot.call.trys", "khóa lạ. .*tries", id="unknown key"),
        pytest.param("bot:\n  turns:\n    code:\n      x: 1", 4, "bot.turns.code.x", "khóa lạ", id="deep unknown key"),
        pytest.param("bot:\n  1: {}", 2, "bot.1", "khóa lạ", id="a key that is a number"),
        pytest.param("x: 1\nbot: 5", 2, "bot", "lùi vào", id="our section is no table"),
        pytest.param("bot: ''", 1, "bot", "lùi vào", id="our section is empty text"),
        pytest.param("bot:\n  call: [1]", 2, "bot.call", "lùi vào", id="a section is no table"),
        pytest.param("bot:\n  turns:\n    code: 5", 3, "bot.turns.code", "lùi vào", id="a deep section is no table"),
        pytest.param("bot:\n  call:\n    tries: hai", 3, "bot.call.tries", "một số nguyên", id="text for a number"),
        pytest.param("bot:\n  call:\n    tries: 1.5", 3, "bot.call.tries", "một số nguyên", id="a fraction"),
        pytest.param("bot:\n  call:\n    tries: true", 3, "bot.call.tries", "một số nguyên", id="bool for a number"),
        pytest.param("bot:\n  call:\n    tries:", 3, "bot.call.tries", "một số nguyên", id="nothing for a number"),
        pytest.param("bot:\n  call:\n    tries: 0", 3, "bot.call.tries", "ngoài khoảng 1 đến 5", id="too small"),
        pytest.param("bot:\n  call:\n    tries: 6", 3, "bot.call.tries", "ngoài khoảng 1 đến 5", id="too large"),
        pytest.param(
            "bot:\n  recogniser:\n    model: 5", 3, "bot.recogniser.model", "một chuỗi, ", id="a number for text"
        ),
        pytest.param("bot:\n  voice:\n    folder: ''", 3, "bot.voice.folder", "không được để trống", id="empty text"),
        pytest.param(
            "bot:\n  call:\n    branch_preselected: 1",
            3,
            "bot.call.branch_preselected",
            "true hoặc false",
            id="no bool",
        ),
        pytest.param(
            "bot:\n  recogniser:\n    engines:\n      code: whisper",
            4,
            "bot.recogniser.engines.code",
            "chọn một trong: vosk, vietasr, grammar, fused",
            id="bad choice",
        ),
        pytest.param(
            "bot:\n  recogniser:\n    engine: vosk", 3, "bot.recogniser.engine", "khóa lạ. .*engines", id="one for all"
        ),
        pytest.param(
            "bot:\n  voice:\n    engine: vieneu", 3, "bot.voice.engine", "average, espeak, piper", id="no such voice"
        ),
        pytest.param("bot:\n  voice:\n    name: vi", 3, "bot.voice.name", "khóa lạ. .*espeak", id="a voice's old key"),
        pytest.param(
            "bot:\n  voice:\n    piper: {model_sha256: 12}",
            3,
            "bot.voice.piper.model_sha256",
            "một chuỗi hoặc null",
            id="a number for a hash",
        ),
        pytest.param("bot:\n  code:\n    lengths: 10", 3, "bot.code.lengths", "danh sách", id="a number for a list"),
        pytest.param("bot:\n  code:\n    lengths: []", 3, "bot.code.lengths", "danh sách", id="an empty list"),
        pytest.param("bot:\n  code:\n    lengths: ['10']", 3, "bot.code.lengths", "danh sách", id="a list of text"),
        pytest.param("bot:\n  code:\n    lengths: [3]", 3, "bot.code.lengths", "từ 4 đến 20", id="too short a code"),
        pytest.param("bot:\n  code:\n    lengths: [true]", 3, "bot.code.lengths", "danh sách", id="a list of bool"),
        pytest.param(
            "bot:\n  code: {doubt_below: 1.1}", 2, "bot.code.doubt_below", "ngoài khoảng 0 đến 1", id="over 1"
        ),
        pytest.param("bot:\n  code: {doubt_below: .nan}", 2, "bot.code.doubt_below", "ngoài khoảng", id="no number"),
        pytest.param("bot:\n  code: {doubt_below: }", 2, "bot.code.doubt_below", "một số, ", id="no posterior"),
        pytest.param("bot:\n  code: {doubt_below: true}", 2, "bot.code.doubt_below", "một số, ", id="bool for a share"),
        pytest.param(
            "bot:\n  code: {skip_read_back_above: 95}",
            2,
            "bot.code.skip_read_back_above",
            "ngoài khoảng 0.5 đến 1",
            id="a percentage",
        ),
        pytest.param(
            "bot:\n  code: {skip_read_back_above: cao}",
            2,
            "bot.code.skip_read_back_above",
            "một số hoặc null",
            id="a word for a share",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    tell_owner: zalo",
            3,
            "bot.after_reset.tell_owner",
            "file, http, email, sms",
            id="no way",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    sms: {host: a.vn, user: b}\n    without_email: sms",
            4,
            "bot.after_reset.without_email",
            "sms.sender",
            id="SMS without a sender",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    sms:\n      sender: Bảo hiểm",
            4,
            "bot.after_reset.sms.sender",
            "chữ cái không dấu",
            id="a sender that no SMS can have",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    file: x\n    end_logins: http",
            4,
            "bot.after_reset.end_logins",
            "end_logins_url: https://",
            id="a service without an address",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    without_email: http",
            3,
            "bot.after_reset.without_email",
            "tell_owner_url: https://",
            id="another way without an address",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    email: {host: mail.vn}\n    tell_owner: email",
            4,
            "bot.after_reset.tell_owner",
            "email.sender",
            id="mail without a sender",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    email:\n      hots: mail.vn",
            4,
            "bot.after_reset.email.hots",
            "khóa lạ",
            id="a typo",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    email:\n      host: mail.vn\n      security: none",
            5,
            "bot.after_reset.email.security",
            "starttls hoặc tls",
            id="mail in the clear",
        ),
        pytest.param(
            "bot:\n  after_reset:\n    email: {sender: BHXH <a@b.vn>}",
            3,
            "bot.after_reset.email.sender",
            "khong-tra-loi@mien.vn",
            id="a sender that is no address",
        ),
        pytest.param(
            'bot:\n  after_reset:\n    email: {subject: "a\\nBcc: b"}',
            3,
            "bot.after_reset.email.subject",
            "một dòng",
            id="two lines for one",
        ),
        pytest.param(
            "bot:\n  privacy:\n    calls_days: 10",
            3,
            "bot.privacy.calls_days",
            "events_days",
            id="files outlive records",
        ),
    ],
)
def test_a_wrong_setting_is_told_with_file_line_and_key(
    tmp_path: Path, text: str, line: int, key: str, problem: str
) -> None:
    path = config(tmp_path, text)
    with pytest.raises(SettingsError, match=problem) as told:
        load_settings(path)
    assert str(told.value).startswith(f"{path}:{line}: {key}: ")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param("bot:\n  call: {", 2, "YAML sai cú pháp", id="open brace"),
        pytest.param("bot:\n  call: {}\n  call: {}", 3, "YAML sai cú pháp", id="a key twice"),
        pytest.param("bot:\n\tcall: {}", 2, "YAML sai cú pháp", id="a tab"),
        pytest.param("a: 1\nbot: *x", 2, "YAML sai cú pháp", id="unknown alias"),
        pytest.param("# Vi\xeat\nbot:\n".encode("latin-1"), 1, "UTF-8", id="not UTF-8"),
        pytest.param("", 1, "trống", id="empty"),
        pytest.param("# chỉ có chú thích\n", 1, "trống", id="comments only"),
        pytest.param("- bot", 1, "không phải bảng", id="a list"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, problem: str
) -> None:
    path = config(tmp_path, text)
    with pytest.raises(SettingsError, match=problem) as told:
        load_settings(path)
    assert str(told.value).startswith(f"{path}:")
    assert re.match(rf"{re.escape(str(path))}:{line}\b", str(told.value))


@pytest.mark.parametrize(("name", "problem"), [("khong-co.yml", "--config"), (".", "Không đọc được")])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as told:
        load_settings(tmp_path / name)
    assert str(tmp_path / name) in str(told.value)


@pytest.mark.parametrize(
    ("url", "full"),
    [
        pytest.param("sqlite:///var/a.db", "sqlite:///{root}/var/a.db", id="relative"),
        pytest.param("sqlite:////var/a.db", "sqlite:////var/a.db", id="absolute"),
        pytest.param("postgresql://u@host/db", "postgresql://u@host/db", id="a server"),
    ],
)
def test_a_relative_database_counts_from_the_configuration(tmp_path: Path, url: str, full: str) -> None:
    settings = load_settings(config(tmp_path, f"bot:\n  accounts:\n    url: {url}\n"))
    assert settings.accounts_url == full.format(root=tmp_path)


def test_paths_count_from_the_configuration_wherever_it_is_named_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(tmp_path, "bot:\n")
    monkeypatch.chdir(tmp_path.parent)
    settings = load_settings(Path(tmp_path.name) / "config.yml")
    assert settings.accounts_url == f"sqlite:///{tmp_path}/var/nhanh8.db"


def test_a_second_factor_that_is_part_of_the_code_is_refused(tmp_path: Path) -> None:
    path = config(tmp_path, "bot:\n  call:\n    second_factor: citizen_id\n  code:\n    lengths: [10, 12]\n")
    with pytest.raises(SettingsError, match="12 khỏi lengths"):
        load_settings(path)
