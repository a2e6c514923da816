"""Promises of entries: a record is kept exactly, and one that cannot be read is kept as what it is."""

import hashlib
import json
from typing import Any

import pytest

from alerts.records.entry import ID_MOST, UNREADABLE, read_record
from tests.unit.alerts.records.books import MORNING, book, erased, record


def test_the_content_says_all_that_the_record_said() -> None:
    raw = record(0, extra={"a": ["æ", 1.5]})
    assert json.loads(read_record(raw, 0).content) == raw


def test_bytes_and_what_they_decode_to_are_the_same_record() -> None:
    raw = record(0)
    assert read_record(json.dumps(raw, indent=2).encode(), 0) == read_record(raw, 0)


def test_the_moment_of_a_record_is_its_column_in_utc() -> None:
    assert read_record(record(0, at="2026-02-02T09:00:00+01:00"), 0).columns["at"] == MORNING


def test_a_kind_of_a_later_version_is_kept_as_it_is() -> None:
    assert read_record(record(0, kind="handed_over"), 0).columns["kind"] == "handed_over"


def test_the_refusal_of_a_command_that_names_no_alert_is_kept_as_it_is() -> None:
    nothing = dict.fromkeys(("alert_id", "clock_id", "patient", "pathway", "right"), "")
    assert read_record(record(0, kind="refused") | nothing, 0).columns["kind"] == "refused"


UNREADABLE_RECORDS: list[Any] = [
    b"",
    b"nonsense",
    b"\xff\xfe",
    b"[1]",
    b'"text"',
    b"[" * 100_000,
    b'{"a": 1' + b"0" * 5000 + b"}",
    None,
    {},
    record(0, transition_id=None),
    record(0, kind=""),
    record(0, transition_id=""),
    record(0, pathway=7),
    record(0, unit=7),
    record(0, at="yesterday"),
    record(0, at="2026-02-02T09:00:00"),
    record(0, at="0001-01-01T00:00:00+14:00"),
    record(0, at=None),
    record(0, at=7),
    record(0, patient="a\0b"),
    record(0) | {"patient": "\ud800"},
    record(0, transition_id="a" * (ID_MOST + 1)),
    record(0, kind=UNREADABLE),
    record(0, extra=float("nan")),
    record(0, extra=object),
]


@pytest.mark.parametrize("raw", UNREADABLE_RECORDS, ids=range(len(UNREADABLE_RECORDS)))
def test_a_record_that_cannot_be_kept_is_an_entry_that_says_so(raw: Any) -> None:
    columns = read_record(raw, 5).columns
    assert (columns["kind"], columns["patient"], columns["at"]) == (UNREADABLE, None, None)


def test_an_unreadable_record_leaves_its_fingerprint_and_nothing_else() -> None:
    said = json.loads(read_record(b"nonsense", 5).content)
    assert said.keys() == {"kind", "sha256", "transition_id"}
    assert said["sha256"] == hashlib.sha256(b"nonsense").hexdigest()


def test_two_unreadable_records_that_are_alike_are_two_entries() -> None:
    first, second = (read_record(b"nonsense", offset).columns["transition_id"] for offset in (5, 6))
    assert first != second


def test_an_unreadable_record_read_again_is_the_same_entry() -> None:
    assert read_record(b"nonsense", 5) == read_record(b"nonsense", 5)


def test_an_entry_gives_its_record_until_it_is_erased() -> None:
    (entry,) = book([record(0)])
    assert (entry.record, erased(entry).record) == (record(0), None)
