"""Reconciliation finds what was damaged on purpose, says what, and puts it right."""

import asyncio
import shutil
from collections import Counter, defaultdict
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import msgspec
import pytest

from deploy import reconcile_report
from deploy.reconcile_report import Report
from stream.reconcile.differences import Kind
from stream.worker.names import ACTIONS, ALERTS, CLOCKS, FACTS, ROWS
from stream.worker.transport import StoreLockedError, TransportOptions, read_topic
from stream.worker.transport.embedded.files import DirectoryLock
from tests.embedded.damage import DAMAGE, bend, watched, without_last_fact
from tests.embedded.feeds import outgoing, replayed, streamed
from tests.embedded.mending import (
    AT,
    FEED,
    change_row,
    delete_record,
    garble_row,
    home,
    last,
    live,
    looked,
    repaired,
    rows,
    write,
)
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE

pytestmark = pytest.mark.slow


def stack_in(directory) -> Stack:
    options = TransportOptions(url=f"embedded:{directory}", replication=1, synchronous="normal", run=50)
    return Stack(directory, ManualClock(AT), ENGINE, intake=True, transport=options)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A log with the patients of a simulated country; the process is stopped."""
    directory = tmp_path_factory.mktemp("lived") / "log"
    asyncio.run(live(stack_in(directory)))
    return directory


@pytest.fixture
def stack(tmp_path, lived):
    """A process over a copy of that log, not started."""
    shutil.copytree(lived, tmp_path / "log")
    return stack_in(tmp_path / "log")


@pytest.fixture
def options(stack):
    return stack.transport


@pytest.fixture
async def patient(options) -> str:
    return next(iter(await watched(options)))


@asynccontextmanager
async def alive(stack: Stack):
    """The process, and then until it has let go of its log: a look that is under way holds it a little longer."""
    async with stack as running:
        yield running
    while True:
        with suppress(StoreLockedError):
            DirectoryLock(stack.transport.directory).release()
            return
        await asyncio.sleep(0.01)


async def mended(stack: Stack) -> Report:
    """Start the process again until it has applied what was sent, and look again."""
    async with alive(stack) as running:
        await running.settle()
    return await looked(stack.transport)


class Harmed(NamedTuple):
    """Which patient has which damage, what was found of each, and what is left after the repair."""

    patients: dict[str, str]
    found: dict[str, set[Kind]]
    report: Report
    after: Report


@pytest.fixture(scope="module")
def harmed(lived, tmp_path_factory) -> Harmed:
    """Every damage at once, each to another patient."""
    directory = tmp_path_factory.mktemp("harmed") / "log"
    shutil.copytree(lived, directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconcile_report, "SHOWN", 1000)
        return asyncio.run(_harm(stack_in(directory)))


async def _harm(stack: Stack) -> Harmed:
    options = stack.transport
    patients = dict(zip(DAMAGE, await watched(options), strict=False))
    for damage, patient in patients.items():
        await change_row(options, patient, DAMAGE[damage][0])
    report = await repaired(options)
    found = defaultdict(set)
    for kind, some in report.examples.items():
        for each in some:
            found[each.patient].add(kind)
    return Harmed(patients, found, report, await mended(stack))


async def test_an_unharmed_stream_has_no_differences(options) -> None:
    report = await looked(options)
    assert (report.counts, report.patients > 30, report.other_rules) == (Counter(), True, 0)


async def test_small_batches_find_the_same_patients(options) -> None:
    report, small = await looked(options), await looked(options, batch=20)
    assert (small.counts, small.patients) == (Counter(), report.patients)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_row_that_still_decodes_is_found(harmed, damage) -> None:
    assert DAMAGE[damage][1] in harmed.found[harmed.patients[damage]]


def test_nobody_else_is_said_to_differ(harmed) -> None:
    assert set(harmed.found) == set(harmed.patients.values())


def test_each_damaged_row_gets_one_repair_and_then_nothing_differs(harmed) -> None:
    assert (harmed.report.sent, harmed.report.obstacles, harmed.after.counts) == (len(DAMAGE), {}, Counter())


async def test_a_row_that_does_not_decode_is_put_right_without_a_further_word_to_anybody(
    stack, options, patient
) -> None:
    ledger = (await last(options, ALERTS))[patient.encode()][1].offset
    before = (await rows(options))[patient]
    await garble_row(options, patient)
    report = await repaired(options)
    assert (report.counts, report.sent) == (Counter({Kind.ROW_UNREADABLE: 1}), 1)
    assert (await mended(stack)).counts == Counter()
    after = (await rows(options))[patient]
    assert (after.record, after.minted, after.alerts) == (before.record, before.minted, before.alerts)
    assert (await last(options, ALERTS))[patient.encode()][1].offset == ledger


async def test_a_patient_in_quarantine_because_of_its_row_is_released(stack, options, patient) -> None:
    await garble_row(options, patient)
    async with alive(stack) as running:  # looks at the damaged row, and marks the patient
        await running.settle()
        assert running.metric("quarantined_patients") == 1
    await repaired(options)
    async with alive(stack) as running:
        await running.settle()
        assert running.metric("quarantined_patients") == 0
        assert running.metric("rebuilds_total", result="done") == 1
        assert await streamed(running, AT) == replayed(FEED, AT)


async def test_rows_and_messages_that_are_gone_are_made_anew(stack, options) -> None:
    first, second, *_ = await watched(options)
    await write(options, ROWS, first.encode(), None, home(first))
    await write(options, CLOCKS, *await message_of(options, second, value=None))
    report = await repaired(options)
    assert report.counts == Counter({Kind.ROW_MISSING: 1, Kind.CLOCK_MISSING: 1})
    assert (await mended(stack)).counts == Counter()


async def test_clock_messages_that_were_altered_are_published_again_and_strays_taken_out(stack, options) -> None:
    first, second, third, *_ = await watched(options)
    await write(options, CLOCKS, *await message_of(options, first, value=b"\xff"))
    await write(options, CLOCKS, *await message_of(options, second, deadline="2030-01-01"))
    stray = {"pathway": "stray", "patient": third, "revision": 7, "clocks": [{}]}
    await write(options, CLOCKS, b"stray", msgspec.json.encode(stray), 0)
    report = await repaired(options)
    assert report.counts == Counter({Kind.CLOCK_WRONG: 2, Kind.CLOCK_STRAY: 1})
    assert (await mended(stack)).counts == Counter()


async def message_of(options, patient: str, value: bytes | None = b"", **fields):
    """Key, value and partition of a patient's last message with something else in its first clock."""
    for key, (number, record) in (await last(options, CLOCKS)).items():
        if record.value is not None and (message := msgspec.json.decode(record.value))["patient"] == patient:
            message["clocks"][0] |= fields
            return key, msgspec.json.encode(message) if fields else value, number
    raise AssertionError(patient)


async def test_a_transition_that_the_ledger_lost_is_sent_again_under_its_own_id(stack, options) -> None:
    number, record, lost = await a_last_step(options)
    await write(options, ALERTS, b"nobody", b"{}", number)  # the last record of a log is never deleted
    delete_record(options, ALERTS, number, record.offset)
    report = await repaired(options)
    assert report.counts == Counter({Kind.LEDGER_MISSING: 1})
    assert (await mended(stack)).counts == Counter()
    sent = msgspec.json.decode((await last(options, ALERTS))[record.key][1].value)
    assert (sent["transition_id"], sent["to"]) == (lost["transition_id"], lost["to"])


async def a_last_step(options):
    """The last record of a patient, by which an alert rose further because time went by."""
    for number, record in (await last(options, ALERTS)).values():
        transition = msgspec.json.decode(record.value)
        if transition["due"] and transition["kind"] == "changed":
            return number, record, transition
    raise AssertionError


async def test_the_same_repair_read_twice_is_taken_once(stack, options, patient) -> None:
    await garble_row(options, patient)
    await repaired(options)
    number, record = (await last(options, ACTIONS))[patient.encode()]
    await write(options, ACTIONS, record.key, record.value, number)
    async with alive(stack) as running:
        await running.settle()
        done, stale = (running.metric("rebuilds_total", result=result) for result in ("done", "stale"))
    assert (done, stale, (await looked(options)).counts) == (1, 1, Counter())


async def test_a_repair_that_was_made_before_a_newer_fact_was_applied_is_not_taken(stack, options, patient) -> None:
    await change_row(options, patient, without_last_fact)
    await repaired(options)
    number, repair = (await last(options, ACTIONS))[patient.encode()]
    delete_record(options, ACTIONS, number, repair.offset)
    late = {**next(each for each in FEED if each["partitionkey"] == patient), "id": "late"}
    async with alive(stack) as running:
        await running.write(outgoing([late], PARTITIONS))
        await running.settle()
    await write(options, ACTIONS, repair.key, repair.value, number)
    async with alive(stack) as running:
        await running.settle()
        assert running.metric("rebuilds_total", result="stale") == 1
    assert (await repaired(options)).sent == 1
    assert (await mended(stack)).counts == Counter()


async def test_rows_of_other_rules_are_counted_and_not_repaired(options, patient) -> None:
    await change_row(options, patient, lambda row: bend(without_last_fact(row), digest="other"))
    report = await repaired(options)
    assert (report.other_rules, report.sent, list(report.obstacles)) == (1, 0, [patient])


async def test_a_row_with_more_facts_than_the_topics_is_not_replaced(options, patient) -> None:
    found = [(number, each) async for number, each in read_topic(options, FACTS) if each.key == patient.encode()]
    number, record = found[-1]
    delete_record(options, FACTS, number, record.offset)
    report = await repaired(options)
    assert (report.counts[Kind.RECORD], report.sent, list(report.obstacles)) == (1, 0, [patient])
