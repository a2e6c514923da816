"""A dry run sends what the notifier sends."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deploy.dryrun.due import next_moment
from deploy.dryrun.feed import Days, end_of
from deploy.dryrun.running import Order, dry_run
from deploy.dryrun.tally import count
from deploy.rules import RuleFiles
from stream.engine import Engine
from stream.facts.parse import parse_event
from stream.replay import History, Line
from stream.simulate import line, simulate
from tests.notifier.house import House, Post, record
from tests.notifier.test_told import NOBODY
from tests.unit.alerts.notifier.situations import NIGHT, rules

POLICY = Path(__file__).parents[2] / "deploy" / "examples" / "policy.toml"
BEGIN = date(2026, 1, 5)
GRID = timedelta(minutes=15)


def engine() -> Engine:
    return RuleFiles(policy=POLICY).load_engine()


def feed(pathways: int, seed: int) -> list[Line]:
    events = simulate(pathways, seed, BEGIN, BEGIN)
    return [Line(number, parse_event(line(event).encode())) for number, event in enumerate(events)]


def order(last: date, acknowledged_after: float | None = None) -> Order:
    """To the last moment of the last day: what the midnight after it brings is sent, and counts for another day."""
    return Order(engine(), end_of(Days(BEGIN, last).span(feed(1, 1))) - timedelta.resolution, acknowledged_after)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    pathways=st.integers(1, 12),
    seed=st.integers(0, 10_000),
    acknowledged_after=st.none() | st.integers(0, 900),
)
@example(pathways=12, seed=128, acknowledged_after=None)  # two are told at the midnight after it
def test_the_total_is_what_the_channel_took(pathways: int, seed: int, acknowledged_after: int | None) -> None:
    post, lines = Post(), feed(pathways, seed)
    outcome = dry_run(order(date(2026, 2, 6), acknowledged_after), lines, channel=post)
    tally = count(outcome, Days(BEGIN, date(2026, 2, 6)).span(lines))
    assert (tally.sent, tally.items) == (len(post.sent), sum(len(message.items) for message in post.sent))
    assert [each.at for each in outcome.sent] == [message.at for message in post.sent]


def told(messages: list[Any]) -> Counter[tuple[str, str, str, str | None]]:
    return Counter((m.recipient.name, item.alert_id, item.what, item.tier) for m in messages for item in m.items)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_sends_what_a_notifier_sends_that_looks_all_the_time(house: House) -> None:
    post, lines, asked = Post(), feed(12, 3), order(date(2026, 1, 15))
    dry_run(asked, lines, channel=post)
    house.policies.rules = rules(POLICY.read_text("utf-8"))
    house.law = house.wall = datetime(2026, 1, 8, tzinfo=UTC)  # before anybody is warned
    asyncio.run(look_all_the_time(house, History(asked.engine).play(lines, asked.until), asked.until))
    assert post.sent
    assert told(house.channel.sent) == told(post.sent)


async def test_an_alert_that_reaches_nobody_is_looked_at_again_with_the_next_local_day(house: House) -> None:
    house.has(NOBODY)
    await house.hear(record("raised", "escalate"))
    await house.work()
    with house.database.begin() as connection:
        moments = [next_moment(connection, at) for at in (house.law, NIGHT)]
        tomorrow = next_moment(connection, NIGHT + timedelta(hours=10))
    assert moments == [datetime.fromisoformat("2026-02-03T00:00:00+01:00")] * 2
    assert tomorrow == NIGHT + timedelta(hours=10)  # it is the next day, and it was not looked at yet
    await house.hear(record("closed", None, frm="escalate"))
    with house.database.begin() as connection:
        assert next_moment(connection, house.law) is None


async def look_all_the_time(house: House, records: Iterable[dict[str, Any]], end: datetime) -> None:
    for at, together in groupby(records, key=lambda record: datetime.fromisoformat(record["at"])):
        await until(house, at - timedelta(microseconds=1))
        house.law = house.wall = max(at, house.law)
        await house.hear(*together)
        await house.work()
    await until(house, end)


async def until(house: House, moment: datetime) -> None:
    while house.law < moment:
        house.law = house.wall = min(house.law + GRID, moment)
        await house.work()
