"""The page of a run of digits: figures, pictures, and what was heard wrong, to look at and to listen to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.evaluate import plots
from bot.evaluate.channels import carry
from bot.evaluate.edits import align
from bot.evaluate.figures import Outcome, confidences
from bot.evaluate.listenable import sound_uri, waveform
from bot.evaluate.material import Material
from bot.evaluate.page import write_page
from bot.evaluate.trials import Kind, Trial

MOST_FAILURES: Final = 48  # on one page
_KINDS: Final = {
    Kind.CODE: "mã số",
    Kind.DIGIT: "chữ số rời",
    Kind.ANSWER: "đúng, không, trở lại",
    Kind.WORDS: "lời không có số",
    Kind.NOISE: "không ai nói",
}
_NOISES: Final = {"silence": "yên lặng", "street": "tiếng xe cộ", "babble": "tiếng nhiều người nói"}

Outcomes = Mapping[str, Mapping[str, Sequence[Outcome]]]  # by channel, by engine


def write_digits_page(path: Path, result: Mapping[str, Any], outcomes: Outcomes, material: Material) -> None:
    """Raises AudioError: it cannot be written, or a library of the extra is not installed."""
    channels: Mapping[str, Any] = result["channels"]
    rows = [(channel, name, row) for channel, of in channels.items() for name, row in of["engines"].items()]
    failures = list(_failures(outcomes))
    write_page(
        path,
        "digits.html",
        result=result,
        rows=rows,
        accuracy=_accuracy(channels),
        dialects=[(*row[:2], dialect, of) for row in rows for dialect, of in row[2]["by_dialect"].items()],
        speakers=[plot for channel, of in channels.items() if (plot := _by_speaker(of["engines"], channel))],
        confusions=[
            plots.confusion(row["confusion_matrix"], f"{name} · {channel}")
            for channel, name, row in rows
            if row["confusion_matrix"]
        ],
        finish=_times(outcomes, lambda each: [each.answer.finish_ms], "từ hết âm thanh đến có kết quả (ms)"),
        settled=_times(outcomes, lambda each: each.answer.settled_ms, "từ dứt chữ số đến khi chữ số ấy đứng yên (ms)"),
        calibrated=[row for row in rows if row[2]["calibration"]["strings"]],
        reliabilities=_calibration_plots(channels, outcomes),
        failures=[_card(channel, heard, result["seed"], material) for channel, heard in failures[:MOST_FAILURES]],
        failed=_failed(outcomes),
        noises=_NOISES,
        kinds={kind.value: name for kind, name in _KINDS.items()},
    )


def _accuracy(channels: Mapping[str, Any]) -> str | None:
    rows = {
        channel: {
            name: {
                "share": row["string_accuracy"],
                "interval": row["intervals"]["string_accuracy"],
                "n": row["strings"],
            }
            for name, row in of["engines"].items()
            if row["strings"]
        }
        for channel, of in channels.items()
    }
    return _shares(rows, "")


def _by_speaker(engines: Mapping[str, Any], channel: str) -> str | None:
    rows: dict[str, dict[str, Any]] = {}
    for name, row in engines.items():
        for speaker, of in row["by_speaker"].items():
            rows.setdefault(speaker or "không rõ", {})[name] = {
                "share": of["string_accuracy"],
                "interval": of["intervals"]["string_accuracy"],
                "n": of["strings"],
            }
    return _shares(rows, channel)


def _shares(rows: Mapping[str, Mapping[str, Any]], title: str) -> str | None:
    filled = {name: of for name, of in rows.items() if of}
    return plots.shares(filled, "cả mã số đúng (%), vạch: khoảng tin cậy 95 %", title) if filled else None


def _times(outcomes: Outcomes, times: Callable[[Outcome], Iterable[float]], label: str) -> str | None:
    """Of codes, all channels together: the line changes what is heard, hardly how long it takes."""
    values: dict[str, list[float]] = {}
    for engines in outcomes.values():
        for name, heard in engines.items():
            for each in heard:
                if each.trial.kind is Kind.CODE:
                    values.setdefault(name, []).extend(times(each))
    filled = {name: of for name, of in values.items() if of}
    return plots.distributions(filled, label, logarithmic=True) if filled else None


def _calibration_plots(channels: Mapping[str, Any], outcomes: Outcomes) -> list[tuple[str, str]]:
    """(reliability, skipping) of each channel where engines have confidences."""
    drawn = []
    for channel, of in channels.items():
        known = {name: row for name, row in of["engines"].items() if row["calibration"]["strings"]}
        if known:
            judged = {name: confidences(outcomes[channel][name]) for name in known}
            bins = {name: row["calibration"]["bins"] for name, row in known.items()}
            strings = {name: row["strings"] for name, row in known.items()}
            drawn.append((plots.reliability(bins, channel), plots.skipping(judged, strings, channel)))
    return drawn


def _failed(outcomes: Outcomes) -> dict[str, int]:
    """How many trials of each kind some engine got wrong, over all channels."""
    wrong = dict.fromkeys(Kind, 0)
    for channel in outcomes.values():
        for together in zip(*channel.values(), strict=True):
            wrong[together[0].trial.kind] += any(not each.score.right for each in together)
    return {_KINDS[kind]: count for kind, count in wrong.items() if count}


def _failures(outcomes: Outcomes) -> Iterator[tuple[str, dict[str, Outcome]]]:
    """What engines got wrong, hardest first: in turn one of each kind and channel, so that all are on the page."""
    piles: dict[tuple[str, Kind], list[dict[str, Outcome]]] = {}
    for channel, engines in outcomes.items():
        for together in zip(*engines.values(), strict=True):
            if any(not each.score.right for each in together):
                pile = piles.setdefault((channel, together[0].trial.kind), [])
                pile.append(dict(zip(engines, together, strict=True)))
    for pile in piles.values():
        pile.sort(key=_ease)
    while any(piles.values()):
        for (channel, _), pile in piles.items():
            if pile:
                yield channel, pile.pop(0)


def _ease(heard: Mapping[str, Outcome]) -> tuple[int, int]:
    return sum(each.score.right for each in heard.values()), -sum(each.score.edits.count for each in heard.values())


def _card(channel: str, heard: Mapping[str, Outcome], seed: int, material: Material) -> dict[str, Any]:
    trial = next(iter(heard.values())).trial
    audio = carry(trial.audio, channel, seed=trial.seed(seed), babble=material.babble)
    return {
        "channel": channel,
        "trial": trial,
        "waveform": waveform(audio, _marks(trial, heard)),
        "sound": sound_uri(audio),
        "engines": [
            {
                "name": name,
                "right": each.score.right,
                "pairs": align(_digits_said(trial), each.digits) if trial.kind is not Kind.ANSWER else [],
                "text": each.code.text if each.code else each.answer.heard.text,
                "posterior": each.code.posterior if each.code else None,
                "among": each.score.among and not each.score.right,
            }
            for name, each in heard.items()
        ],
    }


def _digits_said(trial: Trial) -> str:
    return trial.said if trial.kind in (Kind.CODE, Kind.DIGIT) else ""


def _marks(trial: Trial, heard: Mapping[str, Outcome]) -> list[tuple[int, str, bool]]:
    """Each digit where it ends, wrong if some engine did not hear it right."""
    missed = set()
    for each in heard.values():
        pairs = [(said, other) for said, other in align(trial.said, each.digits) if said] if trial.ends_ms else []
        missed |= {at for at, (said, other) in enumerate(pairs) if said != other}
    return [(ms, trial.said[at], at in missed) for at, ms in enumerate(trial.ends_ms)]
