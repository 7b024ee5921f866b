"""The event log: every sink gets every event, and what is written down is masked."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest

from bot.errors import AudioError
from bot.events import Event, EventLog, JsonLinesFile, Kind, Personal, masked
from bot.vietnamese.masking import mask_numbers


def written(folder: Path, *events: Event) -> list[dict[str, object]]:
    path = folder / "new" / "call.jsonl"
    file = JsonLinesFile(path, mask_numbers)
    for event in events:
        file(event)
    file.close()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_sink_gets_every_event_in_order() -> None:
    first: list[Event] = []
    second: list[Event] = []
    log = EventLog(first.append, second.append)
    log.emit(Kind.PROMPT, 20, prompt_id="utter_menu")
    log.emit(Kind.SILENT, 40)
    assert first == second == [Event(Kind.PROMPT, 20, {"prompt_id": "utter_menu"}), Event(Kind.SILENT, 40, {})]


def test_each_event_is_a_line_of_json(tmp_path: Path) -> None:
    lines = written(tmp_path, Event(Kind.PROMPT, 20, {"prompt_id": "utter_menu"}), Event(Kind.SILENT, 40, {}))
    assert lines == [
        {"event": "prompt", "at_ms": 20, "prompt_id": "utter_menu"},
        {"event": "silent", "at_ms": 40},
    ]


@pytest.mark.parametrize(
    ("personal", "text"),
    [
        pytest.param(Personal("mã số là 0123456789"), "mã số là ••••••••••", id="figures"),
        pytest.param(Personal("số không một ạ"), "số • • ạ", id="words"),
        pytest.param(Personal("không ghi", masked="có che"), "có che", id="its own mask"),
        pytest.param(Personal("0123", masked=""), "", id="its own mask is empty"),
    ],
)
def test_personal_text_is_masked(tmp_path: Path, personal: Personal, text: str) -> None:
    (line,) = written(tmp_path, Event(Kind.HEARD, 20, {"text": personal}))
    assert line["text"] == text


def test_a_line_is_there_as_soon_as_it_happened(tmp_path: Path) -> None:
    file = JsonLinesFile(tmp_path / "call.jsonl", mask_numbers)
    file(Event(Kind.SILENT, 40, {}))
    assert (tmp_path / "call.jsonl").read_text(encoding="utf-8").count("\n") == 1
    file.close()


def test_figures_truth_and_slots_stay_as_they_are() -> None:
    fields = {"slots": MappingProxyType({"service": "reset"}), "confidence": 0.5, "turns": 3, "intent": None}
    plain = masked(Event(Kind.DECIDED, 20, fields), mask_numbers)
    assert json.loads(json.dumps(plain))["slots"] == {"service": "reset"}
    assert (plain["confidence"], plain["turns"], plain["intent"]) == (0.5, 3, None)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="Không ghi được tệp sự kiện"):
        JsonLinesFile(tmp_path, mask_numbers)


def test_a_full_disk_ends_the_file_and_not_the_call(caplog: pytest.LogCaptureFixture) -> None:
    file = JsonLinesFile(Path("/dev/full"), mask_numbers)
    file(Event(Kind.SILENT, 40, {}))
    file(Event(Kind.SILENT, 60, {}))
    file.close()
    assert [record.message for record in caplog.records] == ["event file ends here"]
