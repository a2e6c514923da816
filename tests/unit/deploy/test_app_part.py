"""A Faust app as a part, on the embedded transport."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from deploy.apps import AppPart, AppProbe
from stream.worker.transport import (
    Outgoing,
    Sender,
    TopicError,
    TransportOptions,
    WorkerApp,
    build_app,
    settled,
    topic,
)


@pytest.fixture
def options(tmp_path: Path) -> TransportOptions:
    return TransportOptions(url=f"embedded:{tmp_path}", replication=1, synchronous="normal")


def reader(options: TransportOptions, *, broken: bool = False) -> WorkerApp:
    app = build_app("reader", options)
    things = topic(app, "things", 1)

    async def read(stream: Any) -> None:
        async for _ in settled(stream):
            if broken:
                raise RuntimeError("the name of a patient")

    app.agent(things, name="reader")(read)
    return app


def part(app: WorkerApp, *, create: bool = True) -> AppPart:
    return AppPart("reader", app, stop_seconds=5, create=create)


async def abandon_the_rest() -> None:
    """End what a crashed app leaves running. The process would end hard; Faust starts a cancelled agent again."""
    for _ in range(100):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.1)
    raise AssertionError(f"these do not end: {left}")


async def test_an_app_without_its_topics_does_not_start_and_says_how_to_make_them(options: TransportOptions) -> None:
    with pytest.raises(TopicError, match="doctor --create"):
        await part(reader(options), create=False).start()


async def test_an_app_that_has_read_everything_is_ready_and_stops_when_asked(options: TransportOptions) -> None:
    app = reader(options)
    running = part(app)
    await running.start()
    probe = AppProbe("reader", app, ["things"])
    async with asyncio.timeout(10):
        while probe.not_ready():  # noqa: ASYNC110 - a probe is asked, it tells nobody
            await asyncio.sleep(0.05)
    await running.stop()
    assert not app.crashed


async def test_an_app_that_crashes_ends_and_does_not_repeat_what_the_error_said(options: TransportOptions) -> None:
    app = reader(options, broken=True)
    running = part(app)
    await running.start()
    async with Sender(options) as sender:
        await sender.send_many([Outgoing("things", None, b"x", 0)])
    reason = await asyncio.wait_for(running.ended(), 10)
    await running.stop()
    await abandon_the_rest()
    assert reason == "the app crashed: RuntimeError"


async def test_whoever_stops_waiting_for_the_end_does_not_end_the_app(options: TransportOptions) -> None:
    app = reader(options)
    running = part(app)
    await running.start()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(running.ended(), 0.2)
    await running.stop()
    assert not app.crashed
