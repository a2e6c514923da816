"""Promises of an export: somebody with nothing but the file can verify it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.records.entry import Entry
from alerts.records.errors import ExportError
from alerts.records.exported import entry_line, first_line, last_line, verify_export
from alerts.records.heads import Head, head_text
from tests.unit.alerts.records.books import MORNING, book, erased, links, record

ENTRIES = book([record(0), b"nonsense", record(2, patient="k1:p2"), record(3)])
ENTRIES[3] = erased(ENTRIES[3])
HEADS = [Head(0, 4, ENTRIES[3].chain_hash)]
MAILED = head_text(HEADS, MORNING.date())


def exported(entries: Sequence[Entry] = ENTRIES, *, whole: bool = True) -> list[str]:
    before = {entry.seq: previous for previous, entry in links(ENTRIES)}
    lines = [entry_line(before[entry.seq], entry) for entry in entries]
    return [first_line(HEADS if whole else [], whole=whole), *lines, last_line(len(lines))]


def kinds(lines: list[str], heads: str | None = None) -> list[str]:
    return [fault.kind for fault in verify_export(lines, heads).faults]


def test_an_export_as_it_was_written_is_good() -> None:
    verdict = verify_export(exported(), MAILED)
    assert (verdict.entries, verdict.erased, verdict.whole, verdict.faults) == (4, 1, True, ())


def test_a_part_is_good_and_says_that_it_is_one() -> None:
    verdict = verify_export(exported([ENTRIES[1], ENTRIES[3]], whole=False), MAILED)
    assert (verdict.whole, verdict.faults) == (False, ())


def test_an_empty_ledger_is_a_good_export() -> None:
    assert verify_export([first_line([], whole=True), last_line(0)]).faults == ()


@settings(deadline=None, max_examples=60)
@given(data=st.data(), number=st.integers(1, len(ENTRIES)), whole=st.booleans())
def test_any_change_of_any_value_of_a_line_is_found(data: st.DataObject, number: int, whole: bool) -> None:  # noqa: FBT001
    lines = exported(whole=whole)
    values = json.loads(lines[number])
    name = data.draw(st.sampled_from(sorted(values)))
    own: st.SearchStrategy[Any] = st.integers(0, 2**40) if isinstance(values[name], int) else st.text() | st.none()
    values[name] = data.draw(own.filter(lambda changed: changed != values[name]))
    lines[number] = json.dumps(values)
    try:
        assert kinds(lines)
    except ExportError as error:
        assert f"line {number + 1} " in str(error)  # noqa: PT017 - either answer says that the file is not good


@pytest.mark.parametrize("number", range(1, len(ENTRIES) + 1))
@pytest.mark.parametrize("whole", [True, False])
def test_a_line_that_is_taken_out_is_found(number: int, whole: bool) -> None:  # noqa: FBT001
    lines = exported(whole=whole)
    del lines[number]
    assert "missing" in kinds(lines)


def test_lines_in_another_order_are_found() -> None:
    lines = exported(whole=False)
    lines[1], lines[3] = lines[3], lines[1]
    assert "order" in kinds(lines)


def test_an_export_that_is_cut_off_is_found() -> None:
    assert kinds(exported()[:-1]) == ["tail"]


def test_an_export_does_not_fit_the_head_of_another_ledger() -> None:
    other = head_text([Head(0, 4, "0" * 64)], MORNING.date())
    assert kinds(exported(), other) == ["head"]


def test_a_whole_export_made_before_a_head_lacks_what_the_head_names() -> None:
    later = head_text([Head(0, 9, "0" * 64)], MORNING.date())
    assert kinds(exported(), later) == ["tail"]


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ([], 1),
        (["nonsense"], 1),
        (exported()[1:], 1),
        ([*exported()[:2], "nonsense", *exported()[2:]], 3),
        ([*exported(), *exported()], 7),
        ([exported()[0], exported()[1].replace("2026-02-02T08", "2026-02-30T08")], 2),
        ([exported()[0], "\ud800"], 2),
    ],
)
def test_what_is_no_export_is_refused_by_its_line(lines: list[str], number: int) -> None:
    with pytest.raises(ExportError, match=f"line {number} "):
        verify_export(lines)
