"""`nhanh8 train`: trains the dialogue when its sources changed."""

from __future__ import annotations

import time

import typer

from bot.app import dialogue_sources
from bot.cli.context import err, out, progress
from bot.dialogue import training


def train(
    context: typer.Context,
    force: bool = typer.Option(False, "--force", help="Huấn luyện lại dù dữ liệu không đổi."),
) -> None:
    """Huấn luyện hội thoại Rasa nếu nlu_data/ hoặc phần Rasa của config.yml đã đổi (khoảng nửa phút)."""
    sources = dialogue_sources(context.obj.settings)
    started = time.monotonic()
    progress("Kiểm tra và huấn luyện hội thoại")
    with err.status("Rasa đang học…"):
        trained = training.train(sources, force=force)
    if trained:
        out.print(f"Đã huấn luyện xong sau {time.monotonic() - started:.0f} giây: {sources.model.name}")
    else:
        out.print(f"Dữ liệu không đổi, dùng lại {sources.model.name}")
