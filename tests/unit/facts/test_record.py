"""The patient record: identity, conflicts, retraction, supersession, what is missing and what is to come."""

from typing import Any

import pytest
from msgspec.structs import replace

from stream.facts.errors import OtherPatientError
from stream.facts.record import Record
from stream.law.fact import Fact, Ref
from tests.unit.facts.samples import SOURCE, at, fact, ref

NOW = at(20)


def retraction(name: str, of: str, **more: Any) -> Fact:
    return fact(name, step="fact-retracted", **({"retracts": ref(of)} | more))


def names(record: Record, now: Any = NOW) -> list[str]:
    return [each.ref.id for each in record.live(now)]


def test_an_empty_record_knows_nothing() -> None:
    empty = Record()
    assert (empty.live(NOW), empty.incomplete(NOW), empty.pending(NOW), empty.succession()) == ((), False, None, {})


def test_adding_leaves_the_record_as_it_was() -> None:
    before = Record()
    after = before.add(fact("a"))
    assert (names(before), names(after)) == ([], ["a"])


def test_facts_live_in_the_order_of_the_fold() -> None:
    assert names(Record().add(fact("c", day=4), fact("b", day=3), fact("a", day=2))) == ["a", "b", "c"]


def test_of_the_same_moments_the_rank_of_the_step_decides() -> None:
    record = Record().add(
        fact("a", step="wait-resumed"), fact("b", step="wait-paused"), fact("c", step="referral-received")
    )
    assert names(record) == ["c", "b", "a"]


def test_the_same_event_twice_counts_once_and_is_no_conflict() -> None:
    record = Record().add(fact("a")).add(fact("a"))
    assert (names(record), record.conflicts) == (["a"], 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_one_identity_the_first_recorded_stands_whichever_came_first(order: tuple[int, int]) -> None:
    contents = [fact("a", unit="1"), replace(fact("a", unit="2"), time=at(3))]
    record = Record().add(*(contents[place] for place in order))
    assert ([each.unit for each in record.live(NOW)], record.conflicts) == (["1"], 1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_recorded_at_once_the_smaller_canonical_bytes_stand(order: tuple[int, int]) -> None:
    contents = [fact("a", order_key=b"1", unit="1"), fact("a", order_key=b"2", unit="2")]
    record = Record().add(*(contents[place] for place in order))
    assert ([each.unit for each in record.live(NOW)], record.conflicts) == (["1"], 1)


def test_each_content_that_does_not_stand_is_counted_once() -> None:
    contents = [fact("a", order_key=bytes([place])) for place in range(4)]
    assert Record().add(*contents, *contents, *reversed(contents)).conflicts == 3


def test_the_same_id_of_another_source_is_another_event() -> None:
    other = replace(fact("a"), ref=Ref("urn:b", "a"))
    assert len(Record().add(fact("a"), other).live(NOW)) == 2


@pytest.mark.parametrize("later", [{"time": at(21)}, {"occurred_at": at(21)}])
def test_what_was_recorded_or_happened_later_does_not_count_yet(later: dict[str, Any]) -> None:
    record = Record().add(replace(fact("a"), **later))
    assert (names(record), names(record, at(21))) == ([], ["a"])


def test_a_fact_of_this_very_moment_counts() -> None:
    assert names(Record().add(fact("a", day=20))) == ["a"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_retracted_fact_never_was_whichever_came_first(order: int) -> None:
    assert names(Record().add(*[fact("a"), retraction("r", "a")][::order])) == []


def test_a_retraction_recorded_later_does_not_count_yet() -> None:
    record = Record().add(fact("a"), retraction("r", "a", time=at(21)))
    assert (names(record), names(record, at(21))) == (["a"], [])


def test_a_retraction_that_happens_later_does_not_count_yet() -> None:
    assert names(Record().add(fact("a"), retraction("r", "a", occurred_at=at(21)))) == ["a"]


def test_a_retraction_cannot_be_retracted() -> None:
    assert names(Record().add(fact("a"), retraction("r", "a"), retraction("q", "r"))) == []


def test_a_retraction_cannot_be_replaced_and_what_replaces_it_counts() -> None:
    record = Record().add(fact("a"), retraction("r", "a"), fact("s", supersedes=ref("r")))
    assert names(record) == ["s"]


def test_a_retraction_names_identity_and_source() -> None:
    assert names(Record().add(fact("a"), retraction("r", "a", retracts=Ref("urn:b", "a")))) == ["a"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_correction_stands_in_place_of_what_it_names(order: int) -> None:
    assert names(Record().add(*[fact("a"), fact("b", supersedes=ref("a"))][::order])) == ["b"]


def test_retracting_a_correction_does_not_bring_back_what_it_replaced() -> None:
    assert names(Record().add(fact("a"), fact("b", supersedes=ref("a")), retraction("r", "b"))) == []


def test_a_correction_of_a_correction_leaves_the_last() -> None:
    record = Record().add(fact("a"), fact("b", supersedes=ref("a")), fact("c", supersedes=ref("b")))
    assert names(record) == ["c"]


def test_a_correction_recorded_later_does_not_count_yet() -> None:
    record = Record().add(fact("a"), fact("b", supersedes=ref("a"), time=at(21)))
    assert (names(record), names(record, at(21))) == (["a"], ["b"])


def test_a_retraction_may_itself_replace_a_fact() -> None:
    assert names(Record().add(fact("a"), fact("b"), retraction("r", "b", supersedes=ref("a")))) == []


def test_a_content_that_does_not_stand_retracts_nothing() -> None:
    standing = retraction("r", "x")
    record = Record().add(fact("a"), standing, replace(standing, time=at(5), retracts=ref("a")))
    assert names(record) == ["a"]


def test_a_fact_of_another_patient_belongs_to_another_record() -> None:
    with pytest.raises(OtherPatientError, match="another patient"):
        Record().add(fact("a")).add(fact("b", patient="pt-2"))


def test_facts_of_two_patients_cannot_come_in_together() -> None:
    with pytest.raises(OtherPatientError):
        Record().add(fact("a"), fact("b", patient="pt-2"))


def test_a_refused_event_leaves_the_record_incomplete() -> None:
    assert Record().add(fact("a")).refuse(ref("b")).incomplete(NOW)


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_identity_accepted_completes_it_whichever_came_first(order: int) -> None:
    record = Record()
    for step in [lambda r: r.refuse(ref("a")), lambda r: r.add(fact("a"))][::order]:
        record = step(record)
    assert not record.incomplete(NOW)


@pytest.mark.parametrize("more", [(fact("a", time=at(28)),), (fact("a"), retraction("r", "a"))])
def test_an_accepted_event_completes_it_even_while_it_does_not_count(more: tuple[Fact, ...]) -> None:
    assert not Record().refuse(ref("a")).add(*more).incomplete(NOW)


def test_a_named_dismissal_completes_it_for_good() -> None:
    record = Record().refuse(ref("a"), ref("b")).dismiss(ref("a"))
    assert record.incomplete(NOW)
    assert not record.dismiss(ref("b")).refuse(ref("a")).incomplete(NOW)


def test_pending_is_the_next_moment_at_which_a_fact_starts_to_count() -> None:
    later = [fact("b", day=25), replace(fact("c"), time=at(23)), replace(fact("d", day=22), time=at(24))]
    record = Record().add(fact("a"), *later)
    assert [record.pending(at(day)) for day in (20, 23, 24, 25)] == [at(23), at(24), at(25), None]


def test_succession_leads_from_the_old_identity_to_the_new() -> None:
    record = Record().add(fact("a"), fact("b", supersedes=ref("a")), fact("c", supersedes=Ref("urn:b", "x")))
    assert record.succession() == {ref("a"): ref("b"), Ref("urn:b", "x"): Ref(SOURCE, "c")}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_that_replace_one_the_first_recorded_is_its_successor(order: int) -> None:
    both = [fact("c", day=3, supersedes=ref("a")), fact("b", day=4, supersedes=ref("a"))]
    assert Record().add(*both[::order]).succession() == {ref("a"): ref("c")}
