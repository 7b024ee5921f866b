"""The dialogue by keyboard, for designers: what is typed is what was heard."""

from __future__ import annotations

import asyncio

from rich.markup import escape

from bot.cli.context import out
from bot.ports import Caller, Dialogue, SecretDesk
from bot.replies import Heard, Hypothesis, Keys, NoInput, Outcome, Reply, Utterance, shown

CALL_ID = "chat"
KEYS_MARK = "="


async def chat_by_keyboard(dialogue: Dialogue, desk: SecretDesk, number: str | None) -> Outcome:
    """Talk until the bot hangs up or the input ends. A password is never shown, so none becomes active."""
    out.print(
        f"[dim]Gõ điều người gọi nói; “{KEYS_MARK}0123” là bấm phím, dòng trống là im lặng, Ctrl-D là gác máy.[/]"
    )
    reply = await dialogue.start(Caller(CALL_ID, number))
    try:
        while True:
            _show(reply)
            if reply.hang_up:
                return reply.outcome or Outcome.ERROR
            line = await asyncio.to_thread(_ask)
            if line is None:
                return Outcome.HUNG_UP
            reply = await dialogue.reply(CALL_ID, _heard(line))
    finally:
        await dialogue.end(CALL_ID)
        desk.end(CALL_ID)


def _ask() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None


def _heard(line: str) -> Heard:
    text = line.strip().lower()
    if not text:
        return NoInput()
    if text.startswith(KEYS_MARK):
        return Keys(text.removeprefix(KEYS_MARK).rstrip("#"))
    return Utterance((Hypothesis(text),))


def _show(reply: Reply) -> None:
    slots = ", ".join(f"{name}={value}" for name, value in reply.slots.items())
    out.print(f"[dim]  ý định: {reply.intent or '-'} | nhớ: {escape(slots) or '-'} | chờ: {reply.expect.value}[/]")
    for say in reply.says:
        out.print(f"[green]Trợ lý: {escape(shown(say, digits=True))}[/] [dim]{say.prompt_id}[/]")
