"""The real processes on a real Kafka: faults under load lose no fact, no clock, no warning. `make faults` does more."""

from pathlib import Path

import pytest

from tests.faults import trouble
from tests.faults.cluster import Cluster
from tests.faults.conduct import Run
from tests.faults.count_run import CountRun
from tests.faults.feed import Feed, full
from tests.faults.plan import short_plan
from tests.unit.engine.events import ENGINE

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(900)]

SEED = 4


async def test_processes_that_are_killed_and_ended_over_the_night_of_the_clock_change_lose_nothing(
    tmp_path: Path,
) -> None:
    feed = Feed(full(short_plan(SEED, 300), ENGINE))
    async with Run(tmp_path, ENGINE, SEED) as run:
        await run.play(feed.take())
        await run.phase("kill -9, SIGTERM", [trouble.kill, trouble.kill, trouble.end, trouble.kill], feed, keep=1)
        await run.phase("network cut, broker killed", [trouble.cut, trouble.broker], feed)
    assert run.arena.fleet.codes()["worker", -9] + run.arena.fleet.codes()["intake", -9] >= 3


async def test_workers_that_sleep_past_their_session_or_are_killed_count_each_record_once(tmp_path: Path) -> None:
    async with Cluster(tmp_path, 1) as cluster:
        run = CountRun(tmp_path, cluster, "ours", SEED)
        verdict = await run.suffer([trouble.sleep, trouble.kill])
    assert not verdict.is_loss, verdict
    assert run.codes[-9] == 1
