"""A call as people read it: who said what, when, and how long the bot took."""

from __future__ import annotations

from rich.markup import escape

from bot.cli.context import out
from bot.events import Event, Kind, Mask, Personal

OUTCOMES = {
    "reset": "đã cấp mật khẩu mới",
    "no_match": "không khớp",
    "gave_up": "không nghe được",
    "withheld": "ẩn số gọi đến",
    "cancelled": "người gọi hủy",
    "agent": "muốn gặp tổng đài viên",
    "hung_up": "người gọi gác máy",
    "time_up": "quá thời gian",
    "unavailable": "cơ sở dữ liệu bận",
    "error": "lỗi bên trong",
}
HOW = {"speech": "nói", "keys": "bấm phím", "silence": "im lặng", "text": "gõ chữ"}


class Conversation:
    """An event sink that prints a call turn by turn. Personal text goes through `mask`, where there is one."""

    def __init__(self, mask: Mask | None) -> None:
        self._mask = mask
        self._thought_ms = 0.0

    def __call__(self, event: Event) -> None:
        fields, text = event.fields, event.fields.get("text")
        said = escape(self._text(text)) if isinstance(text, Personal) else ""
        if event.kind is Kind.HEARD:
            how = HOW[str(fields["how"])]
            words = f": “{said}”" if said else ""
            out.print(f"[cyan]{_clock(event.at_ms)}  Người gọi {how}{words}[/]{_confidence(fields.get('confidence'))}")
            self._thought_ms = _ms(fields["recognise_ms"])
        elif event.kind is Kind.DECIDED:
            self._thought_ms += _ms(fields["decide_ms"])
            out.print(f"[dim]{'':9}ý định {fields['intent']}, chờ {fields['expect']}[/]")
        elif event.kind is Kind.RENDERED:
            took = self._thought_ms + _ms(fields["render_ms"])
            out.print(f"[green]{_clock(event.at_ms)}  Trợ lý: {said}[/] [dim]({took:.0f} ms tính toán)[/]")
            self._thought_ms = 0.0
        elif event.kind is Kind.BARGE_IN:
            out.print(f"[yellow]{_clock(event.at_ms)}  Người gọi ngắt lời[/]")
        elif event.kind is Kind.RESUMED:
            out.print(f"[yellow]{_clock(event.at_ms)}  Trợ lý nói tiếp[/]")
        elif event.kind is Kind.PASSWORD_HEARD:
            out.print(f"[bold]{_clock(event.at_ms)}  Đã đọc xong mật khẩu lần đầu: mật khẩu mới có hiệu lực[/]")
        elif event.kind is Kind.CALL_ENDED:
            self._print_end(event)

    def _text(self, personal: Personal) -> str:
        return personal.hidden(self._mask) if self._mask else personal.text

    def _print_end(self, event: Event) -> None:
        fee = f"{event.fields['fee_vnd']:,}".replace(",", ".")
        seconds = _ms(event.fields["duration_ms"]) / 1000
        outcome = OUTCOMES[str(event.fields["outcome"])]
        out.print(f"[bold]{_clock(event.at_ms)}  Kết thúc: {outcome}, {seconds:.1f} giây, {fee} đồng[/]")


def _clock(at_ms: int) -> str:
    seconds, tenths = divmod(at_ms // 100, 10)
    return f"{seconds // 60:02}:{seconds % 60:02},{tenths}"


def _confidence(value: object) -> str:
    return f" [dim](tin cậy {value:.2f})[/]" if isinstance(value, float) else ""


def _ms(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
