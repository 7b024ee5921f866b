"""Work in the studio: told step by step, one piece at a time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.errors import DialogueError
from bot.web.jobs import JobRuns, Jobs, Report, Result


async def told(jobs: Jobs) -> list[tuple[str, dict[str, Any]]]:
    """(name, data) of each server-sent event until the last."""
    events = []
    async for event in jobs.events():
        name, data = event.strip().split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


async def test_every_watcher_is_told_each_step_from_the_first_on() -> None:
    jobs, may_end = Jobs(), asyncio.Event()

    async def work(report: Report) -> Result:
        await asyncio.get_running_loop().run_in_executor(None, report, "Bước một")
        await may_end.wait()
        report("Bước hai")
        await asyncio.sleep(0)
        return {"count": 2}

    jobs.start("check", work)
    early = asyncio.create_task(told(jobs))
    await asyncio.sleep(0)
    may_end.set()
    assert [(name, data.get("step")) for name, data in await early] == [
        ("step", "Bước một"),
        ("step", "Bước hai"),
        ("done", None),
    ]
    late = await told(jobs)
    assert late == await early
    assert late[-1] == ("done", {"kind": "check", "count": 2})


async def test_only_one_piece_of_work_is_on() -> None:
    jobs, may_end = Jobs(), asyncio.Event()

    async def work(_: Report) -> Result:
        await may_end.wait()
        return {}

    jobs.start("train", work)
    assert jobs.running
    with pytest.raises(JobRuns, match="Chờ một lát"):
        jobs.start("save", work)
    may_end.set()
    await told(jobs)
    assert not jobs.running
    jobs.start("save", work)
    assert (await told(jobs))[-1][1]["kind"] == "save"


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [(DialogueError("/home/x/domain.yml:3: sai."), "domain.yml:3: sai."), (KeyError("bí mật"), "Lỗi bên trong.")],
)
async def test_a_failure_is_a_sentence_without_what_nobody_wrote_for_people(trouble: Exception, sentence: str) -> None:
    jobs = Jobs(lambda text: text.replace("/home/x/", ""))

    async def work(_: Report) -> Result:
        raise trouble

    jobs.start("save", work)
    ((name, data),) = await told(jobs)
    assert name == "done"
    assert data["error"].startswith(sentence)
    assert "bí mật" not in data["error"]


async def test_before_any_work_there_is_nothing_to_tell() -> None:
    assert await told(Jobs()) == []
