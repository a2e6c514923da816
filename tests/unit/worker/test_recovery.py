from datetime import timedelta

import msgspec
import pytest

from stream.clock import FixedClock
from stream.worker.folding import Folder
from stream.worker.gauges import OpenClocks
from stream.worker.partition import partition_of
from stream.worker.quarantine import Name, mark_key, new_mark
from stream.worker.recovery import ForeignRowError, Recovered, recover
from tests.unit.worker.toy import START, ToyEngine, ToyRow, ToyRows

SOON = START + timedelta(days=1)
A = b"a"
PLACE = partition_of(A, 12)
"""Where patient a belongs."""


@pytest.fixture
def folder() -> Folder:
    return Folder(ToyEngine("one"), ToyRows(), FixedClock(START), 12)


def row(patient: str, **fields: object) -> bytes:
    return msgspec.structs.replace(ToyRow(patient, digest="one", partition=1), **fields).encode()


async def recovered(folder: Folder, data: dict[bytes, bytes], owned: frozenset[int] = frozenset({1, 2})) -> Recovered:
    return await recover(data, owned, folder, OpenClocks())


async def test_due_moments_are_found_by_partition(folder) -> None:
    found = await recovered(folder, {b"a": row("a", next_due=SOON), b"b": row("b", next_due=START, partition=2)})
    assert found.due == {1: {b"a": SOON}, 2: {b"b": START}}


async def test_rows_of_partitions_that_are_not_ours_are_left_out(folder) -> None:
    found = await recovered(folder, {b"a": row("a", next_due=SOON, partition=5)})
    assert found.due == {1: {}, 2: {}}


async def test_rows_evaluated_under_other_rules_are_due_at_once(folder) -> None:
    found = await recovered(folder, {b"a": row("a", digest="old", next_due=SOON), b"b": row("b", digest="old")})
    assert found.due[1] == {b"a": START, b"b": START}


async def test_a_missed_moment_of_a_row_of_other_rules_keeps_its_place(folder) -> None:
    found = await recovered(folder, {b"a": row("a", digest="old", next_due=START - timedelta(days=2))})
    assert found.due[1] == {b"a": START - timedelta(days=2)}


async def test_open_clocks_are_counted(folder) -> None:
    clocks = OpenClocks()
    await recover({b"a": row("a", facts=("1", "2"))}, {1}, folder, clocks)
    assert clocks.by_kind() == {("cancer.workup", "1084", "none"): 2}


async def test_a_damaged_row_is_quarantined_and_looked_at_at_once(folder) -> None:
    found = await recovered(folder, {A: b"\x01{broken"}, frozenset({PLACE}))
    assert (found.quarantined, found.due) == ({A}, {PLACE: {A: START}})


async def test_a_row_of_an_unknown_format_stops_the_worker(folder) -> None:
    with pytest.raises(ForeignRowError, match="start the version"):
        await recovered(folder, {b"a": b"\x02{}"})


async def test_quarantined_patients_are_remembered(folder) -> None:
    data = {A: row("a", next_due=SOON, partition=PLACE), mark_key(A): new_mark(START).encode()}
    found = await recovered(folder, data, frozenset({PLACE}))
    assert (found.quarantined, found.due) == ({A}, {PLACE: {A: SOON}})


async def test_names_that_still_wait_are_tried_again_at_once(folder) -> None:
    mark = new_mark(START).waiting(Name("urn:h", "7"))
    data = {A: row("a", next_due=SOON, partition=PLACE), mark_key(A): mark.encode()}
    found = await recovered(folder, data, frozenset({PLACE}))
    assert found.due == {PLACE: {A: START}}


async def test_a_damaged_mark_still_says_that_the_patient_is_quarantined(folder) -> None:
    found = await recovered(folder, {mark_key(A): b"{broken"}, frozenset({PLACE}))
    assert found.quarantined == {A}


async def test_the_last_evaluation_is_known(folder) -> None:
    found = await recovered(folder, {b"a": row("a", evaluated=START), b"b": row("b", evaluated=SOON)})
    assert found.evaluated == SOON
