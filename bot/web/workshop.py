"""What the studio works with: the settings, the loaded bot that takes the page's calls, and its replacement."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.accounts.migrate import migrate
from bot.app import Bot, FinishedCall, account_register, dialogue_sources
from bot.dialogue import training
from bot.errors import DialogueError
from bot.events import Sink
from bot.ports import CallTransport
from bot.settings import Settings

Report = Callable[[str], None]


class Workshop:
    """The bot as it is now. `reload` replaces it, while calls that are on end with the bot that began them.

    Loading blocks for some ten seconds. Close it when done.
    """

    def __init__(self, settings: Settings, report: Report) -> None:
        self.settings = settings
        self.reloading = False
        self._calls: Counter[Bot] = Counter()
        self.bot = Bot(settings, report)

    @property
    def calls(self) -> int:
        """How many calls are on."""
        return self._calls.total()

    async def take(self, number: str | None, transport: CallTransport, *sinks: Sink) -> FinishedCall:
        """Hold one call with the bot as it is now; nothing of it is recorded."""
        bot = self.bot
        self._calls[bot] += 1
        try:
            return await bot.take(number, transport, *sinks, recorded=False)
        finally:
            self._calls[bot] -= 1
            if bot is not self.bot:
                await self._retire(bot)

    async def reload(self, report: Report) -> None:
        """Train what changed, load it, and let it take the calls from now on; the old bot stays where that fails.

        Computes in a worker thread, where `report` is called too. Takes half a minute and more.

        Raises:
            Nhanh8Error: the sources have a mistake, or another `reload` is on.
        """
        if self.reloading:
            raise DialogueError("Đang huấn luyện và nạp lại trợ lý. Chờ xong rồi thử lại.")
        self.reloading = True
        try:
            new = await asyncio.get_running_loop().run_in_executor(None, self._trained, report)
        finally:
            self.reloading = False
        old, self.bot = self.bot, new
        await self._retire(old)

    def close(self) -> None:
        """Stop the bot; calls that are still on are lost."""
        for bot in {self.bot, *self._calls}:
            bot.close()

    def _trained(self, report: Report) -> Bot:
        report("Kiểm tra và huấn luyện hội thoại")
        training.train(dialogue_sources(self.settings))
        return Bot(self.settings, report)

    async def _retire(self, bot: Bot) -> None:
        if not self._calls[bot]:
            del self._calls[bot]
            await asyncio.get_running_loop().run_in_executor(None, bot.close)


def with_demo_accounts(settings: Settings, folder: Path) -> Settings:
    """The settings over a new directory of people who do not exist, in `folder`."""
    url, key_file = f"sqlite:///{folder / 'demo.db'}", str(folder / "data.key")
    demo = replace(settings, accounts=replace(settings.accounts, url=url, key_file=key_file))
    migrate(demo.accounts_url, key_file=demo.data_key_file)
    register = account_register(demo)
    try:
        register.seed_demo()
    finally:
        register.close()
    return demo
