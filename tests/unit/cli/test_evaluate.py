"""`nhanh8 evaluate` from end to end with few codes and clips."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.app import caller_voice
from bot.audio import join, read_wav, silence, write_wav
from bot.cli.main import app
from bot.errors import AudioError, ClusterError, ModelError
from bot.vietnamese.speech import digit_words
from tests.people import SPEECH, people_available
from tests.unit.evaluate.packs import write_folder

NEEDED = (
    *("strings", "string_accuracy", "digit_error_rate", "digits", "digit_accuracy", "yes_no_accuracy"),
    *("false_accept", "rtf"),
)
REPORT = {"index.html", "result.json", "strings.tsv", "heard.jsonl", "junit.xml"}
CODES = ("0123456789", "9876543210")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", "digits", *map(str, arguments)])


def synthetic_codes(folder: Path) -> Path:
    """Two codes by espeak-ng: they prove plumbing and say nothing of people."""
    voice = caller_voice()
    try:
        for number, code in enumerate(CODES):
            spoken = join([silence(300), voice.synthesize(" ".join(digit_words(code))), silence(500)], 16000)
            write_wav(folder / f"{number}.wav", spoken)
    finally:
        voice.close()
    table = folder / "codes.tsv"
    rows = [f"{number}.wav\t{code}\tmáy" for number, code in enumerate(CODES)]
    table.write_text("\n".join(["file\tcode\tspeaker", *rows, ""]), encoding="utf-8")
    return table


@contextmanager
def interrupted_after(answers: int, folder: Path) -> Iterator[None]:
    """Ctrl-C as soon as a run in `folder` has kept that many answers."""

    def watch() -> None:
        while not done.wait(0.005):
            if any(part.read_bytes().count(b"\n") > answers for part in folder.glob("*.part")):
                os.kill(os.getpid(), signal.SIGINT)
                return

    done = threading.Event()
    watcher = threading.Thread(target=watch)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        signal.signal(signal.SIGINT, before)


def test_recorded_codes_have_code_figures_only(tmp_path: Path) -> None:
    report = tmp_path / "report"
    done = run("--csv", synthetic_codes(tmp_path), "--engine", "vosk", "--out", report, "--save-audio")
    assert done.exit_code == 0, done.output
    assert {path.name for path in report.iterdir()} == REPORT | {"audio"}
    result = json.loads((report / "result.json").read_text(encoding="utf-8"))
    figures = result["engines"]["vosk"]
    assert result["channel"] == "g711"
    assert set(NEEDED) <= set(figures)
    assert figures["strings"] == 2
    assert figures["digit_error_rate"] >= 0
    assert figures["digits"] == 0
    for name in ("digit_accuracy", "yes_no_accuracy", "false_accept", "false_reject"):
        assert figures[name] is None
    assert list(figures["by_speaker"]) == ["máy"]
    with (report / "strings.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [(row["code"], row["origin"], row["engine"]) for row in rows] == [
        (CODES[0], "0.wav", "vosk"),
        (CODES[1], "1.wav", "vosk"),
    ]
    heard, said = read_wav(report / rows[0]["file"]), read_wav(tmp_path / "0.wav")
    assert (heard.rate_hz, heard.duration_ms) == (8000, pytest.approx(said.duration_ms, abs=1))


@pytest.mark.people
@pytest.mark.skipif(not people_available(), reason="the recordings of people are not beside the project")
def test_people_are_heard_by_two_models_over_two_channels(tmp_path: Path) -> None:
    model = Path(__file__).parents[3] / "models/vosk-vi-phone"
    done = run(
        *("--segments", SPEECH / "segments.tsv", "--codes", "4", "--clips", "5", "--jobs", "2"),
        *(
            "--engine",
            "vosk",
            "--engine",
            f"other={model}",
            "--channel",
            "loss5",
            "--channel",
            "gsm",
            "--out",
            tmp_path,
        ),
    )
    assert done.exit_code == 0, done.output
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert list(result["channels"]) == ["loss5", "gsm"]
    assert result["engines"] == result["channels"]["loss5"]["engines"]
    for channel in result["channels"].values():
        ours, other = channel["engines"]["vosk"], channel["engines"]["other"]
        assert (ours["strings"], ours["digits"], ours["yes_no"], ours["non_digits"]) == (4, 5, 5, 10)
        for name in NEEDED:
            assert ours[name] is not None
            assert ours[name] == other[name] or name == "rtf", "the same model over the same audio"


def test_a_run_that_is_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    report = tmp_path / "report"
    channels = ("clean", "g711", "gsm", "noise10")
    lines = [option for name in channels for option in ("--channel", name)]
    asked = ("--csv", synthetic_codes(tmp_path), "--engine", "vosk", "--jobs", "1", *lines, "--out", report)
    with interrupted_after(answers=3, folder=report):
        stopped = run(*asked)
    assert stopped.exit_code == 130, stopped.output
    (part,) = report.iterdir()
    before = [json.loads(line) for line in part.read_text(encoding="utf-8").splitlines()]
    answered = [line for line in before if "id" in line]
    assert 3 <= len(answered) < len(CODES) * len(channels)
    done = run(*asked)
    assert done.exit_code == 0, done.output
    assert f"đã nghe {len(answered)} lần" in done.stderr
    after = [json.loads(line) for line in (report / "heard.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(after) == len(CODES) * len(channels)
    kept = {(line["channel"], line["id"]): line["finish_ms"] for line in after}
    assert all(kept[line["channel"], line["id"]] == line["finish_ms"] for line in answered)
    assert not part.exists()
    assert {path.name for path in report.iterdir()} == REPORT


def test_two_reports_are_compared(tmp_path: Path) -> None:
    for name in ("before", "after"):
        report = tmp_path / name
        report.mkdir()
        row = {"rtf": 0.1, "finish_ms": {"p50": 1, "p95": 2}}
        result = {"seed": 1, "channels": {"g711": {"engines": {"vosk": row}}}}
        (report / "result.json").write_text(json.dumps(result), encoding="utf-8")
        right = name == "after"
        lines = [
            {"channel": "g711", "engine": "vosk", "id": f"code-{at}", "kind": "code", "said": "01", "sound": "x"}
            | {"right": right, "among": True, "accepted": True, "substituted": 0, "inserted": 0}
            | {"deleted": 0 if right else 1}
            for at in range(8)
        ]
        (report / "heard.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    folders = (str(tmp_path / "before"), str(tmp_path / "after"))
    shown = CliRunner().invoke(app, ["evaluate", "compare", *folders])
    assert shown.exit_code == 0, shown.output
    assert "tốt hơn" in shown.stdout
    found = CliRunner().invoke(app, ["evaluate", "compare", *folders, "--json"])
    figures = json.loads(found.stdout)["rows"][0]["figures"]
    assert (figures["string_accuracy"]["first"], figures["string_accuracy"]["second"]) == (0, 1)
    assert figures["digit_error_rate"]["change"] == -0.5


def test_two_reports_of_calls_are_compared_and_no_two_kinds(tmp_path: Path) -> None:
    for name in ("before", "after", "digits"):
        (tmp_path / name).mkdir()
        slow = 2000 if name == "before" else 900
        rows = [
            {"name": f"c{at}", "digest": "x", "completed": name == "after", "code_heard": None, "turns": 4}
            | {"reprompts": 0, "corrections": 0, "duration_ms": 40_000, "fee_vnd": 1000, "latencies_ms": [slow + at]}
            for at in range(8)
        ]
        result = {"channels": {}} if name == "digits" else {"calls": 8, "each": rows}
        (tmp_path / name / "result.json").write_text(json.dumps(result), encoding="utf-8")

    def compared(*names: str) -> Result:
        return CliRunner().invoke(app, ["evaluate", "compare", *(str(tmp_path / name) for name in names)])

    shown = compared("before", "after")
    assert shown.exit_code == 0, shown.output
    for words in ("0.0 → 100.0", "2004 → 904", "-1100", "tốt hơn", "Nay mới đúng (8): c0, c1"):
        assert words in shown.stdout
    assert isinstance(compared("before", "digits").exception, AudioError)


def test_mistakes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_folder(tmp_path)
    out = ("--out", tmp_path / "report")
    assert run(*out).exit_code == 2
    assert run("--segments", table, "--csv", table, *out).exit_code == 2
    assert run("--segments", table, "--channel", "morse", *out).exit_code == 2
    assert isinstance(run("--segments", table, "--engine", "whisper", *out).exception, ModelError)
    assert isinstance(run("--segments", table, "--split", "train", *out).exception, AudioError)
    assert isinstance(run("--segments", tmp_path / "no.tsv", *out).exception, AudioError)
    (tmp_path / "file").write_text("")
    assert isinstance(run("--segments", table, "--out", tmp_path / "file").exception, AudioError)
    monkeypatch.setattr("bot.evaluate.cluster.CONNECT_S", 0.5)
    nowhere = ("--codes", "1", "--clips", "0", "--engine", "vosk", "--cluster", "tcp://127.0.0.1:9")
    assert isinstance(run("--segments", table, *nowhere, *out).exception, ClusterError)
    assert not (tmp_path / "report/result.json").exists()


def test_voice_activity_compares_detectors(tmp_path: Path) -> None:
    table = write_folder(tmp_path)
    options = ("--clips", "2", "--windows", "1", "--channel", "loss5-single")
    asked = ("--detector", "webrtc-3+60", "--detector", "webrtc-0")
    done = CliRunner().invoke(app, ["evaluate", "voice-activity", "--segments", str(table), *options, *asked, "--json"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert list(result["detectors"]) == ["webrtc-3+60", "webrtc-0"]
    assert list(result["detectors"]["webrtc-0"]["channels"]) == ["loss5-single"]
    shown = CliRunner().invoke(app, ["evaluate", "voice-activity", "--segments", str(table), *options, *asked[:2]])
    assert shown.exit_code == 0
    assert "webrtc-3+60" in shown.stdout


def test_an_unknown_detector_is_told_before_the_work(tmp_path: Path) -> None:
    asked = CliRunner().invoke(
        app, ["evaluate", "voice-activity", "--segments", str(write_folder(tmp_path)), "--detector", "ears-3"]
    )
    assert isinstance(asked.exception, ModelError)
