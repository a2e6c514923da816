"""Feeds for the parity tests: what a stream must make of them is what `replay` and `replay --history` say."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from stream.due import midnight
from stream.facts.parse import parse_event
from stream.law.fact import local_date
from stream.replay import History, Line, Replay
from stream.simulate import simulate
from stream.view import render
from stream.worker.names import ALERTS, CLOCKS, INBOX
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing
from tests.unit.engine.events import ENGINE

GOLDEN = Path(__file__).parents[1] / "golden" / "golden-cases.jsonl"


def simulated(pathways: int, seed: int, start: date, end: date, until: datetime) -> list[dict[str, Any]]:
    """A simulated feed in order of `time`, as far as it was recorded by `until`."""
    feed = simulate(pathways, seed, start, end)
    return [each for each in feed if datetime.fromisoformat(each["time"]) <= until]


def referral(name: str, patient: str = "k1:a", **changes: Any) -> dict[str, Any]:
    """A referral as a hospital sends it; `changes` are to its attributes."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": "urn:h",
        "type": "dk.fristvagt.referral-received.v1",
        "subject": f"{patient}-p",
        "partitionkey": patient,
        "time": "2026-02-02T09:00:00+01:00",
        "data": {"occurred_at": "2026-02-02T09:00:00+01:00", "purpose": "workup", "condition": "cancer"},
    } | changes


def lines(events: Iterable[dict[str, Any]]) -> list[Line]:
    """The events as intake judges them."""
    return [Line(number, parse_event(msgspec.json.encode(each))) for number, each in enumerate(events, start=1)]


def outgoing(events: Iterable[dict[str, Any]], partitions: int) -> list[Outgoing]:
    """The events as a hospital sends them that keeps a patient's events in order."""
    keys = [str(each.get("partitionkey")).encode() for each in events]
    return [
        Outgoing(INBOX, None, msgspec.json.encode(each), partition_of(key, partitions))
        for each, key in zip(events, keys, strict=True)
    ]


def replayed(events: Iterable[dict[str, Any]], at: datetime) -> dict[str, dict[str, Any]]:
    """The clocks of `replay` by their id, without explanation."""
    replay = Replay(ENGINE, at)
    for line in lines(events):
        replay.take(line)
    return {
        clock["clock_id"]: {name: value for name, value in clock.items() if name != "explanation"}
        for clock in replay.clocks()
    }


def remembered(events: Iterable[dict[str, Any]], at: datetime) -> list[str]:
    """The transition ids of `replay --history`."""
    return [record["transition_id"] for record in History(ENGINE).play(lines(events), at)]


async def streamed(stack: Any, at: datetime) -> dict[str, dict[str, Any]]:
    """The clocks that the stream has published, by their id, as they read at `at`."""
    messages = (await stack.latest(CLOCKS)).values()
    stored = [clock for message in messages for clock in message["clocks"]]
    return {each["clock_id"]: render(each, at, ENGINE.calendar, ENGINE.units) for each in stored}


async def ledger(stack: Any) -> list[dict[str, Any]]:
    """The ledger as it was written, repeats included."""
    return await stack.read(ALERTS)


async def play(stack: Any, clock: Any, events: Sequence[dict[str, Any]], at: datetime, partitions: int) -> None:
    """Feed the events in order of `time` on a steered clock: day by day, and what falls due in between.

    Nothing falls due within a local day but at its beginning, so a day's events may arrive together.
    """
    for day, of_day in groupby(events, key=lambda each: local_date(datetime.fromisoformat(each["time"]))):
        clock.advance(midnight(day))
        await stack.settle()
        await stack.write(outgoing(list(of_day), partitions))
        await stack.settle()
    clock.advance(at)
    await stack.settle()
    await asyncio.sleep(0)
