"""`nhanh8 evaluate compare`: two reports side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from bot.cli.context import out
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
_VERDICTS: Final = {
    Verdict.BETTER.value: "[green]tốt hơn[/]",
    Verdict.WORSE.value: "[red]kém hơn[/]",
    Verdict.CHANCE.value: "chưa rõ",
}
_LISTED: Final = 10


def compare(
    first: Path = typer.Argument(..., help="Thư mục báo cáo trước (của nhanh8 evaluate digits)."),
    second: Path = typer.Argument(..., help="Thư mục báo cáo sau."),
    as_json: bool = typer.Option(False, "--json", help="In JSON thay cho bảng."),
) -> None:
    """So hai báo cáo: gì tốt lên, gì kém đi, và có hơn ngẫu nhiên không. Chỉ so những câu mà cả hai cùng nghe."""
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
    out.print("“Chưa rõ”: có thể do ngẫu nhiên. Cứ 20 dòng không khác gì nhau thì khoảng 1 dòng trông như khác.")


def _show(row: Mapping[str, Any]) -> None:
    engine = " → ".join(dict.fromkeys(row["engines"]))
    table = Table(
        *("Số liệu", Column("Câu", justify="right"), Column("Trước → sau, %", justify="right")),
        *(Column("Đổi (95 %)", justify="right"), Column("p", justify="right"), "Kết luận"),
        title=f"{engine} · {row['channel']}",
        box=SIMPLE_HEAD,
    )
    for name, shown in NAMES.items():
        if figure := row["figures"].get(name):
            low, high = figure["interval"]
            table.add_row(
                *(shown, str(figure["n"]), f"{100 * figure['first']:.1f} → {100 * figure['second']:.1f}"),
                f"{100 * figure['change']:+.1f} ({100 * low:+.1f}…{100 * high:+.1f})",
                *("" if figure["p"] is None else f"{figure['p']:.3f}", _VERDICTS[figure["verdict"]]),
            )
    out.print(table)
    if row["only_first"] or row["only_second"]:
        out.print(
            f"Hai báo cáo không nghe cùng một bộ: chung {row['shared']} câu, chỉ bên trước {row['only_first']}, "
            f"chỉ bên sau {row['only_second']}. Bảng trên chỉ tính phần chung."
        )
    for name, told in (("now_right", "Nay mới đúng"), ("now_wrong", "Nay lại sai")):
        if ids := row[name]:
            more = f" và {len(ids) - _LISTED} câu nữa" if len(ids) > _LISTED else ""
            out.print(f"{told} ({len(ids)}): {', '.join(ids[:_LISTED])}{more}")
    rtf, p50, p95 = (row["times"][name] for name in ("rtf", "finish_p50_ms", "finish_p95_ms"))
    if None not in (*rtf, *p50, *p95):
        out.print(
            f"[dim]RTF {rtf[0]:.3f} → {rtf[1]:.3f}; có kết quả p50 {p50[0]:.0f} → {p50[1]:.0f} ms, "
            f"p95 {p95[0]:.0f} → {p95[1]:.0f} ms (máy bận hay rảnh cũng đổi các số này)[/]"
        )
