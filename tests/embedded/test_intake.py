"""From the inbox to clocks, with the real engine."""

import json

import pytest

from stream.clock import parse_moment
from stream.worker.names import CLOCKS, DEADLETTERS, FACTS, INBOX
from stream.worker.transport import Outgoing
from tests.embedded.feeds import referral
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE

NOON = parse_moment("2026-02-03T12:00:00+01:00")


@pytest.fixture
def stack(tmp_path) -> Stack:
    return Stack(tmp_path / "log", ManualClock(NOON), ENGINE, intake=True)


async def test_an_event_of_a_hospital_becomes_a_clock(stack) -> None:
    async with stack as running:
        await running.send(INBOX, [referral("1")])
        await running.settle()
        clocks = (await running.latest(CLOCKS))[b"k1:a-p"]["clocks"]
        assert {clock["right"]: clock["deadline"] for clock in clocks}["cancer.workup"] == "2026-02-16"


async def test_a_patient_stays_in_one_partition_whatever_partitions_hospitals_choose(stack) -> None:
    events = [referral(str(number)) for number in range(8)]
    async with stack as running:
        places = [Outgoing(INBOX, None, json.dumps(each).encode(), n % PARTITIONS) for n, each in enumerate(events)]
        await running.write(places)
        await running.settle()
        assert {record.key for record in await running.records(FACTS)} == {b"k1:a"}
        assert len(running.row("k1:a").record.facts) == 8


async def test_the_same_event_twice_counts_once(stack) -> None:
    async with stack as running:
        await running.send(INBOX, [referral("1"), referral("1")])
        await running.settle()
        assert len(running.row("k1:a").record.facts) == 1


async def test_a_refused_event_makes_the_patient_incomplete_until_it_comes_mended(stack) -> None:
    async with stack as running:
        await running.send(INBOX, [referral("1"), referral("2", time="yesterday")])
        await running.settle()
        assert (await running.latest(CLOCKS))[b"k1:a-p"]["incomplete"] is True
        await running.send(INBOX, [referral("2")])
        await running.settle()
        assert (await running.latest(CLOCKS))[b"k1:a-p"]["incomplete"] is False
        assert [letter["reason"] for letter in await running.read(DEADLETTERS)] == ["no_date"]


async def test_a_refused_event_can_be_dismissed_by_name(stack) -> None:
    dismissal = {"kind": "dismiss", "source": "urn:h", "id": "2", "reason": "sent by mistake", "patient": "k1:a"}
    async with stack as running:
        await running.send(INBOX, [referral("1"), referral("2", time="yesterday")])
        await running.settle()
        await running.commands({**dismissal, "command_id": "c1", "actor": "anna", "at": "2026-02-03T11:00:00Z"})
        await running.settle()
        assert (await running.latest(CLOCKS))[b"k1:a-p"]["incomplete"] is False


async def test_no_cpr_number_reaches_any_topic(stack) -> None:
    number = "010190-1234"
    async with stack as running:
        await running.write([Outgoing(INBOX, number.encode(), json.dumps(referral("1")).encode(), 0)])
        await running.send(INBOX, [referral("2", partitionkey=number), referral("3", subject=f"x {number}")])
        await running.settle()
        assert len(await running.read(DEADLETTERS)) == 3
        declared = {name for app in running.apps for name in app.declared} - {INBOX}
        kept = [record for topic in declared for record in await running.records(topic)]
        assert not any(number.encode() in (record.key or b"") + (record.value or b"") for record in kept)
        assert len(kept) > 3


async def test_a_batch_over_the_inbox_is_taken_apart(stack) -> None:
    batch = [referral("1", "k1:a"), referral("2", "k1:b")]
    header = ("content-type", b"application/cloudevents-batch+json")
    async with stack as running:
        await running.write([Outgoing(INBOX, None, json.dumps(batch).encode(), 0, (header,))])
        await running.settle()
        assert set(await running.latest(CLOCKS)) == {b"k1:a-p", b"k1:b-p"}


async def test_a_batch_as_large_as_a_record_may_be_is_taken_whole(stack) -> None:
    batch = [referral(str(number), f"k1:{number % 50}") for number in range(2_400)]
    header = ("content-type", b"application/cloudevents-batch+json")
    async with stack as running:
        await running.write([Outgoing(INBOX, None, json.dumps(batch).encode(), 0, (header,))])
        await running.settle()
        assert len(await running.records(FACTS)) == 2_400
        assert sum(len(row.record.facts) for row in running.all_rows().values()) == 2_400


async def test_a_restart_of_intake_reads_no_event_twice(stack) -> None:
    async with stack as running:
        await running.send(INBOX, [referral(str(n), f"k1:{n}") for n in range(20)])
        await running.settle()
    async with stack as running:
        await running.send(INBOX, [referral("new", "k1:new")])
        await running.settle()
        assert len(await running.records(FACTS)) == 21
