"""How long callers wait for the bot: collected from the events of calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.events import Event, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTime:
    """One turn of speech. All in ms: the silence that was waited for, then computing by part."""

    expected: str
    endpoint_ms: float
    recognise_ms: float
    decide_ms: float
    render_ms: float

    @property
    def gap_ms(self) -> float:
        """From the end of the caller's speech to the bot's first audio."""
        return self.endpoint_ms + self.recognise_ms + self.decide_ms + self.render_ms


@dataclass(slots=True)
class TurnTimes:
    """An event sink over any number of calls."""

    turns: list[TurnTime] = field(default_factory=list)
    decide_ms: list[float] = field(default_factory=list)
    _expected: str = ""
    _answered_by: str = ""
    _heard: Event | None = None
    _decided_ms: float = 0.0

    def __call__(self, event: Event) -> None:
        if event.kind is Kind.HEARD:
            self._heard = event if event.fields["how"] == "speech" else None
        elif event.kind is Kind.DECIDED:
            self._decided_ms = _number(event, "decide_ms")
            self.decide_ms.append(self._decided_ms)
            self._answered_by = str(event.fields["expect"])
        elif event.kind is Kind.RENDERED:
            self._rendered(event)

    def _rendered(self, event: Event) -> None:
        if self._heard:
            self.turns.append(
                TurnTime(
                    expected=self._expected,
                    endpoint_ms=self._heard.at_ms - _number(self._heard, "ended_ms"),
                    recognise_ms=_number(self._heard, "recognise_ms"),
                    decide_ms=self._decided_ms,
                    render_ms=_number(event, "render_ms"),
                )
            )
        self._heard = None
        self._expected = self._answered_by


def _number(event: Event, name: str) -> float:
    value = event.fields[name]
    return float(value) if isinstance(value, (int, float)) else 0.0
