"""A feed that is multiplied: other patients with the same story, and only one region's if asked."""

from itertools import islice

import msgspec

from stream.clock import parse_moment
from stream.facts.parse import fact_from_event
from stream.row import Row
from tests.bench import feed
from tests.bench.feed import AT, Feed
from tests.bench.patients import Known, _copies


def test_a_copy_of_a_patient_is_another_patient_with_the_same_facts(monkeypatch) -> None:
    monkeypatch.setattr(feed, "BASE", 5)
    records = list(Feed(10, days=30).facts())
    facts = [fact_from_event(msgspec.json.decode(value)) for _, value in records]
    assert len({fact.ref for fact in facts}) == len(facts)
    first, second = ([fact for fact in facts if fact.patient.startswith(prefix)] for prefix in ("k1:", "k2:"))
    assert [(fact.step, fact.time) for fact in first] == [(fact.step, fact.time) for fact in second]


def test_a_record_lies_under_its_own_patient() -> None:
    for patient, value in islice(Feed(20, days=30).inbox(), 50):
        assert msgspec.json.decode(value)["partitionkey"].encode() == patient


def test_a_feed_ends_at_the_present_of_the_benchmark() -> None:
    times = [parse_moment(msgspec.json.decode(value)["time"]) for _, value in Feed(20, days=30).inbox()]
    assert max(times) <= AT


def test_the_feed_of_a_region_has_patients_of_that_region_only() -> None:
    ours = [msgspec.json.decode(value) for _, value in Feed(60, days=90, region="Region Nordjylland").inbox()]
    assert {event["data"].get("residence", "Region Nordjylland") for event in ours} == {"Region Nordjylland"}


def test_a_copied_row_is_that_of_another_patient_and_can_be_read(monkeypatch) -> None:
    monkeypatch.setattr("tests.bench.patients.PATHWAYS", 3)
    known = Known.of(60)
    copies = [Row.decode(data) for _, _, data in _copies(known.rows, 2)]
    first, second = copies[: len(known.rows)], copies[len(known.rows) :]
    assert {row.patient for row in first}.isdisjoint({row.patient for row in second})
    assert [len(row.record.facts) for row in first] == [len(row.record.facts) for row in second]
    assert all(fact.patient == row.patient for row in second for fact in row.record.facts.values())
