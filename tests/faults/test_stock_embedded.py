"""The checks can fail: the stock consumer loses events where ours loses none. Same log, same job, same judge.

Each case is two lives of a process. Something goes wrong in the first, which then ends by kill -9; the second finds
everything in order and does what is left.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from faust.tables.manager import TableManager

from stream.worker.transport import Outgoing, Sender, StoreFullError, TransportOptions, ensure_topics
from stream.worker.transport.embedded.broker import Broker
from tests.faults.counting import IN, OUT, SPECS, Verdict, judge, number_of, ours, stock
from tests.unit.worker.transport.forked import Life, Say

FED = [(b"k%d" % (n % 3), b"no json" if n in {1, 2, 4} else b'{"n": %d}' % n) for n in range(8)]
PLAIN = [(b"k%d" % (n % 3), b'{"n": %d}' % n) for n in range(8)]
WHOLE = Verdict([], [], {})
STUCK = 3
QUIET, PATIENCE = 5.0, 120.0
"""Seconds without a new copy after which the second life is over, and seconds it may take at all."""

Build = Callable[[TransportOptions, Any], Any]


@pytest.fixture
def options(tmp_path: Path) -> TransportOptions:
    return TransportOptions(url=f"embedded:{tmp_path}", run=3, commit_interval=0.05, synchronous="normal")


class Mishap:
    """What goes wrong with one record, once."""

    def __init__(self) -> None:
        self.happened = asyncio.Event()

    async def __call__(self, number: int) -> None:
        if number == STUCK and not self.happened.is_set():
            self.happened.set()
            await self.strike()

    async def strike(self) -> None: ...


class Hangs(Mishap):
    """The work on a record takes long, and the process is killed meanwhile."""

    async def strike(self) -> None:
        await asyncio.sleep(3600)


class Raises(Mishap):
    """The work on a record fails, as when a server it needs is away for a moment."""

    async def strike(self) -> None:
        raise ConnectionError("away for a moment")


class Refused(Mishap):
    """The log refuses one output."""

    def __init__(self) -> None:
        super().__init__()
        real = Broker.append

        async def append(broker: Broker, outgoing: Sequence[Outgoing], *more: Any) -> Any:
            hit = any(each.topic == OUT and number_of(each.value) == STUCK for each in outgoing)
            if hit and not self.happened.is_set():
                self.happened.set()
                raise StoreFullError("no room for a moment")
            return await real(broker, outgoing, *more)

        Broker.append = append  # type: ignore[method-assign]  # in a process of its own

    async def __call__(self, number: int) -> None: ...


async def first_life(build: Build, options: TransportOptions, mishap: type[Mishap], say: Say) -> None:
    """Run into the mishap, give the commits time to do their worst, and be killed."""
    without_delay()
    trouble = mishap()
    await build(options, trouble).start()
    await trouble.happened.wait()
    await asyncio.sleep(20 * options.commit_interval)
    os.kill(os.getpid(), signal.SIGKILL)


async def second_life(build: Build, options: TransportOptions, fed: Sequence[tuple[bytes, bytes]], say: Say) -> None:
    """Work until all is there or nothing moves any more, and be killed."""
    without_delay()
    app = build(options, Mishap())
    await app.start()
    before, quiet = await judge(options, fed), 0.0
    while quiet < QUIET and before != WHOLE:
        await asyncio.sleep(0.1)
        now = await judge(options, fed)
        quiet = quiet + 0.1 if now == before and not app.rebalancing else 0.0
        before = now
    os.kill(os.getpid(), signal.SIGKILL)


def without_delay() -> None:
    async def sleep(*_: object) -> None: ...

    TableManager.sleep = sleep


def outcome(
    build: Build, options: TransportOptions, mishap: type[Mishap], fed: Sequence[tuple[bytes, bytes]]
) -> Verdict:
    asyncio.run(feed(options, fed))
    Life(partial(first_life, build, options, mishap)).lasts(PATIENCE)
    Life(partial(second_life, build, options, fed)).lasts(PATIENCE)
    return asyncio.run(judge(options, fed))


async def feed(options: TransportOptions, fed: Sequence[tuple[bytes, bytes]]) -> None:
    await ensure_topics(options, SPECS, create=True)
    async with Sender(options) as sender:
        await sender.send_many([Outgoing(IN, key, value) for key, value in fed])


CASES = [
    pytest.param(Hangs, FED, id="killed-at-work-with-a-poisoned-record-behind"),
    pytest.param(Raises, PLAIN, id="the-work-on-one-record-fails-once"),
    pytest.param(Refused, PLAIN, id="one-output-is-refused-once"),
]


@pytest.mark.parametrize(("mishap", "fed"), CASES)
def test_the_stock_consumer_loses_an_event(
    options: TransportOptions, mishap: type[Mishap], fed: Sequence[tuple[bytes, bytes]]
) -> None:
    assert outcome(stock, options, mishap, fed).lost == [STUCK]


@pytest.mark.parametrize(("mishap", "fed"), CASES)
def test_ours_loses_none_and_repeats_none(
    options: TransportOptions, mishap: type[Mishap], fed: Sequence[tuple[bytes, bytes]]
) -> None:
    assert outcome(ours, options, mishap, fed) == WHOLE
