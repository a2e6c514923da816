"""The scheduled sample in a running worker."""

import pytest

from stream.reconcile.sampling import Sampler, make_sampler
from stream.worker.names import CLOCKS
from stream.worker.transport import TransportError
from tests.embedded.feeds import outgoing
from tests.embedded.mending import AT, FEED, home, looked
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE


@pytest.fixture
async def stack(tmp_path):
    async with Stack(tmp_path / "log", ManualClock(AT), ENGINE, intake=True) as running:
        await running.write(outgoing(FEED[:150], PARTITIONS))
        await running.settle()
        yield running


@pytest.fixture
def sampler(stack):
    return make_sampler(stack.app, stack.watch, ENGINE, stack.registry)


async def round_of(sampler) -> None:
    """Give every partition a turn."""
    for _ in range(PARTITIONS):
        await sampler.turn()


def garble(stack, patient: str) -> None:
    """Damage a row in memory, where nobody reads it before its patient's next record."""
    stack.watch._table.data.set_row(home(patient), patient.encode(), b"\x02garbage")


def differing(stack, kind: str) -> float:
    return stack.metric("reconcile_differences", kind=kind)


async def test_every_patient_of_a_small_worker_is_compared_in_a_round(stack, sampler) -> None:
    await round_of(sampler)
    assert stack.metric("reconcile_checked_total") == len(stack.all_rows())
    assert sampler.found == {}


async def test_a_sample_is_a_part_of_the_patients_and_another_one_each_round(stack, sampler) -> None:
    sampler.sample, every = 2, len(stack.all_rows())
    await round_of(sampler)
    first = stack.metric("reconcile_checked_total")
    for _ in range(every):
        await round_of(sampler)
    assert first < every < stack.metric("reconcile_checked_total")


async def test_a_row_damaged_in_memory_is_found_and_forgotten_when_it_is_mended(stack, sampler) -> None:
    patient, row = next(iter(stack.all_rows().items()))
    garble(stack, patient.decode())
    await round_of(sampler)
    assert differing(stack, "row_unreadable") == 1
    stack.watch._table.data.set_row(home(patient.decode()), patient, row.encode())
    await round_of(sampler)
    assert differing(stack, "row_unreadable") == 0


async def test_what_differs_is_looked_at_again_although_it_is_not_its_turn(stack, sampler) -> None:
    patient = next(iter(stack.all_rows()))
    garble(stack, patient.decode())
    await round_of(sampler)
    sampler.sample = 1
    for _ in range(3):
        await round_of(sampler)
        assert list(sampler.found) == [patient]


async def test_a_patient_without_a_row_is_found(stack, sampler) -> None:
    patient = next(iter(stack.all_rows())).decode()
    stack.watch._table.data.set_row(home(patient), patient.encode(), None)
    await round_of(sampler)
    assert differing(stack, "row_missing") == 1


async def test_partitions_that_moved_away_take_their_differences_with_them(stack, sampler) -> None:
    garble(stack, next(iter(stack.all_rows())).decode())
    await round_of(sampler)
    stack.watch.deadlines.clear()
    await sampler.turn()
    assert sampler.found == {}


async def test_a_turn_that_fails_leaves_the_watch_alone_and_grows_old(stack, sampler, monkeypatch, caplog) -> None:
    before = sampler.finished_at
    for error in (TransportError("no"), ArithmeticError("secret")):
        monkeypatch.setattr(Sampler, "_look", _raising(error))
        await sampler.turn()
    assert (sampler.finished_at, "ArithmeticError" in caplog.text, "secret" in caplog.text) == (before, True, False)
    assert stack.metric("reconcile_age_seconds") > 0


def _raising(error: Exception):
    async def fail(_) -> None:
        raise error

    return fail


async def test_the_whole_reconciliation_reads_a_log_that_is_in_use(stack) -> None:
    assert (await looked(stack.options)).counts == {}
    assert len(await stack.latest(CLOCKS)) > 0
