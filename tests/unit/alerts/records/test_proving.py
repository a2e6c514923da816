"""Promises of the proof: any change of anything that is stored is found."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.records.entry import Entry
from alerts.records.heads import Head, head_text
from alerts.records.proving import MOST_FAULTS, Fault, Mark, Prover, Verdict
from tests.unit.alerts.records.books import MORNING, book, erased, links, prove, record

WHOLE = book([record(0), record(1), b"nonsense", record(3, patient="k1:p2"), record(4)])
ENTRIES = [*WHOLE[:4], erased(WHOLE[4]), *book([record(9)], partition=3)]
COLUMNS = [column.name for column in fields(Entry)]


def kinds(entries: list[Entry], **options: Any) -> list[str]:
    return [fault.kind for fault in prove(entries, **options).faults]


def marks(entries: list[Entry]) -> list[Mark]:
    return [Mark(entry.partition, entry.seq, entry.chain_hash, "a head") for entry in entries]


def another(column: str, value: Any) -> st.SearchStrategy[Any]:
    """Return values that a column may be changed to: of its own kind, or nothing."""
    texts = st.text(max_size=40) | st.sampled_from([COLUMNS[0], "00" * 16, "0" * 64, "{}"])
    values: st.SearchStrategy[Any] = texts | st.none()
    if isinstance(value, int):
        values = st.integers(-5, 2**40)
    if column == "at":
        values = st.timedeltas().map(lambda step: MORNING + step % timedelta(days=9999)) | st.none()
    if isinstance(value, str) and value:
        values |= st.tuples(st.integers(0, len(value) - 1), st.characters()).map(
            lambda place: value[: place[0]] + place[1] + value[place[0] + 1 :]
        )
    return values.filter(lambda changed: changed != value)


def test_a_book_as_it_was_written_has_no_fault() -> None:
    assert prove(ENTRIES).faults == ()


def test_entries_and_erased_ones_are_counted() -> None:
    verdict = prove(ENTRIES)
    assert (verdict.entries, verdict.erased) == (6, 1)


@pytest.mark.parametrize("column", COLUMNS)
@settings(deadline=None, max_examples=60)
@given(data=st.data(), number=st.integers(0, len(ENTRIES) - 1))
def test_any_change_of_any_value_is_found(column: str, data: st.DataObject, number: int) -> None:
    entry = ENTRIES[number]
    changed = replace(entry, **{column: data.draw(another(column, getattr(entry, column)))})
    assert prove([*ENTRIES[:number], changed, *ENTRIES[number + 1 :]]).faults


@settings(deadline=None, max_examples=20)
@given(number=st.integers(0, len(WHOLE) - 2))
def test_an_entry_that_is_taken_out_is_missing(number: int) -> None:
    assert "missing" in kinds([*WHOLE[:number], *WHOLE[number + 1 :]])


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(WHOLE).filter(lambda order: order != WHOLE))
def test_another_order_is_found(order: list[Entry]) -> None:
    assert {"order", "chain"} & set(kinds(order))


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(WHOLE).filter(lambda order: order != WHOLE))
def test_entries_that_changed_places_and_numbers_are_found(order: list[Entry]) -> None:
    assert "chain" in kinds([replace(entry, seq=number) for number, entry in enumerate(order, 1)])


@settings(deadline=None, max_examples=20)
@given(kept=st.integers(0, len(WHOLE) - 1))
def test_a_tail_that_is_cut_off_is_found_by_a_head(kept: int) -> None:
    assert kinds(WHOLE[:kept], marks=marks(WHOLE[-1:])) == ["tail"]


def test_a_chain_that_was_computed_anew_does_not_fit_its_head() -> None:
    forged = book([record(0), record(1, reason="another"), b"nonsense", record(3), record(4)])
    assert (kinds(forged), kinds(forged, marks=marks(WHOLE[-1:]))) == ([], ["head"])


def test_a_head_of_an_earlier_day_fits_a_chain_that_went_on() -> None:
    assert kinds(WHOLE, marks=marks(WHOLE[:3])) == []


@pytest.mark.parametrize("left", ["content", "salt", "patient", "pathway"])
def test_half_an_erasure_is_found(left: str) -> None:
    half = replace(erased(WHOLE[0]), **{left: getattr(WHOLE[0], left)})
    assert kinds([half, *WHOLE[1:]])[0] in {"half_erased", "content"}


def test_one_change_is_one_fault_and_not_one_for_each_entry_after_it() -> None:
    assert kinds([replace(WHOLE[0], content="{}"), *WHOLE[1:]]) == ["content"]


def test_of_a_part_no_entry_is_missing() -> None:
    assert kinds(WHOLE[:1], whole=False, marks=marks(WHOLE[-1:])) == []


def test_a_book_that_is_all_wrong_is_told_in_bounded_length() -> None:
    wrong = [replace(WHOLE[0], content="{}")] * (MOST_FAULTS + 5)
    assert len(prove(wrong).faults) == MOST_FAULTS


def test_a_head_whose_lines_were_altered_is_a_fault_of_its_own() -> None:
    text = head_text([Head(0, 5, WHOLE[4].chain_hash)], MORNING.date()).replace("\n0 5 ", "\n0 4 ")
    assert [fault.kind for fault in Prover(whole=True).expect_head(text, "the given head")] == ["head"]


def test_a_fault_says_in_one_line_what_and_where() -> None:
    prover = Prover(whole=True)
    (fault,) = prover.look(links([replace(WHOLE[0], content="{}")]))
    assert fault.line == "content partition 0 entry 1: its content was altered: salt and content do not give its hash"


@pytest.mark.parametrize(
    ("partitions", "proved"),
    [((), True), ((1,), True), ((1, 0), False), ((None,), False), ((1,) * MOST_FAULTS, False)],
)
def test_a_partition_is_proved_where_no_fault_is_or_may_be_in_it(
    partitions: tuple[int | None], *, proved: bool
) -> None:
    faults = tuple(Fault("chain", partition, 1, "it is wrong") for partition in partitions)
    assert Verdict(9, 0, whole=True, faults=faults).proves(0) is proved
