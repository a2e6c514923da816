"""The stream and `replay` are one engine: the same events give the same clocks and the same transitions."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from stream.clock import FeedClock, parse_moment
from stream.verify import read_cases
from stream.worker.names import CLOCKS
from tests.embedded.feeds import GOLDEN, ledger, outgoing, play, remembered, replayed, simulated, streamed
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE

pytestmark = pytest.mark.slow

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = simulated(120, 7, date(2026, 1, 5), date(2026, 2, 13), AT)


async def test_every_golden_case_comes_through_the_stream_as_replay_says(tmp_path) -> None:
    cases = sorted(read_cases(GOLDEN), key=lambda case: parse_moment(case["at"]))
    clock = ManualClock(parse_moment(cases[0]["at"]))
    differences = []
    async with Stack(tmp_path, clock, ENGINE, intake=True) as stack:
        for case in cases:
            clock.moment = at = parse_moment(case["at"])
            await stack.write(outgoing(case["events"], PARTITIONS))
            await stack.settle()
            patients = {each.get("partitionkey") for each in case["events"]}
            found = await streamed(stack, at)
            mine = {name: each for name, each in found.items() if each["patient"] in patients}
            if mine != replayed(case["events"], at):
                differences.append(case["id"])
    assert differences == []


async def test_a_simulated_feed_gives_the_clocks_of_replay(tmp_path) -> None:
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True) as stack:
        await stack.write(outgoing(FEED, PARTITIONS))
        await stack.settle()
        assert await streamed(stack, AT) == replayed(FEED, AT)


async def test_a_feed_in_order_of_time_gives_the_transitions_of_history(tmp_path) -> None:
    clock = FeedClock()
    async with Stack(tmp_path, clock, ENGINE, intake=True) as stack:
        await play(stack, clock, FEED, AT, PARTITIONS)
        written = [record["transition_id"] for record in await ledger(stack)]
    assert sorted(written) == sorted(remembered(FEED, AT))


async def test_a_restart_in_the_middle_changes_nothing(tmp_path) -> None:
    half = len(FEED) // 2
    for part in (FEED[:half], FEED[half:]):
        async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True) as stack:
            await stack.write(outgoing(part, PARTITIONS))
            await stack.settle()
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True) as stack:
        await stack.settle()
        assert await streamed(stack, AT) == replayed(FEED, AT)


@pytest.mark.parametrize("seed", [1, 2])
async def test_splitting_into_runs_and_repeats_change_nothing(tmp_path, seed) -> None:
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True) as stack:
        for number in range(0, len(FEED), 40 * seed):
            await stack.write(outgoing(FEED[max(0, number - 5) : number + 40 * seed], PARTITIONS))
        await stack.settle()
        published = [msgspec.json.encode(message) for message in (await stack.latest(CLOCKS)).values()]
        assert len(published) == len({clock["pathway"] for clock in replayed(FEED, AT).values()})
        assert await streamed(stack, AT) == replayed(FEED, AT)
