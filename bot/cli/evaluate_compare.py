"""`nhanh8 evaluate compare`: two reports side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from bot.cli.context import out
from bot.errors import AudioError
from bot.evaluate.calls_difference import compare_calls, is_of_calls
from bot.evaluate.difference import Verdict, compare_reports, read_report

NAMES: Final = {
    "string_accuracy": "Cả mã đúng",
    "within_one_accuracy": "Sai ≤ 1",
    "oracle_accuracy": "Có trong n-best",
    "digit_error_rate": "Lỗi chữ số",
    "digit_accuracy": "Chữ số rời",
    "false_reject": "Bỏ sót",
    "yes_no_accuracy": "Đúng/không",
    "false_accept": "Nghe lầm ra số",
}
CALL_NAMES: Final = {
    "completion": "Đi đúng, %",
    "code_accuracy": "Hiểu đúng mã số, %",
    "turns": "Lượt mỗi cuộc",
    "reprompts": "Hỏi lại mỗi cuộc",
    "corrections": "Sửa mã số mỗi cuộc",
    "duration_s": "Dài, s",
    "fee_vnd": "Phí, đồng",
    "latency_ms": "Chờ mỗi lượt, ms",
}
_VERDICTS: Final = {
    Verdict.BETTER.value: "[green]tốt hơn[/]",
    Verdict.WORSE.value: "[red]kém hơn[/]",
    Verdict.CHANCE.value: "chưa rõ",
}
_LISTED: Final = 10
_CHANCE: Final = "“Chưa rõ”: có thể do ngẫu nhiên. Cứ 20 dòng không khác gì nhau thì khoảng 1 dòng trông như khác."


def compare(
    first: Path = typer.Argument(..., help="Thư mục báo cáo trước (của nhanh8 evaluate digits hoặc calls)."),
    second: Path = typer.Argument(..., help="Thư mục báo cáo sau, cùng loại."),
    as_json: bool = typer.Option(False, "--json", help="In JSON thay cho bảng."),
) -> None:
    """So hai báo cáo: gì tốt lên, gì kém đi, và có hơn ngẫu nhiên không. Chỉ so câu, cuộc gọi mà cả hai cùng có."""
    of_calls = [is_of_calls(folder) for folder in (first, second)]
    if all(of_calls):
        _compare_calls(first, second, as_json=as_json)
        return
    if any(of_calls):
        raise AudioError("Một báo cáo là của evaluate calls, báo cáo kia thì không. So hai báo cáo cùng loại.")
    found = compare_reports(read_report(first), read_report(second))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    for row in found["rows"]:
        _show(row)
    for side, report in (("first", first), ("second", second)):
        if alone := found["unpaired"][side]:
            out.print(f"Chỉ có trong {report}: {', '.join(' · '.join(each) for each in alone)}")
    if found["seeds"][0] != found["seeds"][1]:
        out.print("Hai báo cáo có hạt giống khác nhau: đường truyền có tiếng ồn và mất gói khác nhau.")
    if not found["rows"]:
        out.print("Không có đường truyền và máy nghe nào chung để so.")
        return
    out.print(_CHANCE)


def _compare_calls(first: Path, second: Path, *, as_json: bool) -> None:
    found = compare_calls(first, second)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    if found["figures"]:
        table = _table("Cuộc gọi", "Trước → sau", f"{found['shared']} cuộc gọi chung")
        for name, shown in CALL_NAMES.items():
            if figure := found["figures"].get(name):
                unit = 100 if name in {"completion", "code_accuracy"} else 1
                digits = 0 if name in {"fee_vnd", "latency_ms"} else 1
                table.add_row(*_cells(shown, figure, unit, digits))
        out.print(table)
        _show_turned(found)
    for side, report in (("only_first", first), ("only_second", second)):
        if names := found[side]:
            out.print(f"Chỉ có trong {report}, hoặc người gọi ở đó làm khác: {_listed(names)}")
    out.print(_CHANCE if found["figures"] else "Không có cuộc gọi nào chung để so.")


def _show(row: Mapping[str, Any]) -> None:
    engine = " → ".join(dict.fromkeys(row["engines"]))
    table = _table("Câu", "Trước → sau, %", f"{engine} · {row['channel']}")
    for name, shown in NAMES.items():
        if figure := row["figures"].get(name):
            table.add_row(*_cells(shown, figure, 100, 1))
    out.print(table)
    if row["only_first"] or row["only_second"]:
        out.print(
            f"Hai báo cáo không nghe cùng một bộ: chung {row['shared']} câu, chỉ bên trước {row['only_first']}, "
            f"chỉ bên sau {row['only_second']}. Bảng trên chỉ tính phần chung."
        )
    _show_turned(row)
    rtf, p50, p95 = (row["times"][name] for name in ("rtf", "finish_p50_ms", "finish_p95_ms"))
    if None not in (*rtf, *p50, *p95):
        out.print(
            f"[dim]RTF {rtf[0]:.3f} → {rtf[1]:.3f}; có kết quả p50 {p50[0]:.0f} → {p50[1]:.0f} ms, "
            f"p95 {p95[0]:.0f} → {p95[1]:.0f} ms (máy bận hay rảnh cũng đổi các số này)[/]"
        )


def _table(counted: str, change: str, title: str) -> Table:
    return Table(
        *("Số liệu", Column(counted, justify="right"), Column(change, justify="right")),
        *(Column("Đổi (95 %)", justify="right"), Column("p", justify="right"), "Kết luận"),
        title=title,
        box=SIMPLE_HEAD,
    )


def _cells(shown: str, figure: Mapping[str, Any], unit: int, digits: int) -> tuple[str, ...]:
    first, second = (f"{unit * figure[name]:.{digits}f}" for name in ("first", "second"))
    change, low, high = (f"{unit * each:+.{digits}f}" for each in (figure["change"], *figure["interval"]))
    p, verdict = f"{figure['p']:.3f}", _VERDICTS[figure["verdict"]]
    return shown, str(figure["n"]), f"{first} → {second}", f"{change} ({low}…{high})", p, verdict


def _show_turned(row: Mapping[str, Any]) -> None:
    for name, told in (("now_right", "Nay mới đúng"), ("now_wrong", "Nay lại sai")):
        if ids := row[name]:
            out.print(f"{told} ({len(ids)}): {_listed(ids)}")


def _listed(names: Sequence[str]) -> str:
    more = f" và {len(names) - _LISTED} nữa" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
