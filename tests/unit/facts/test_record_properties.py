"""What must hold for any facts in any order: the record is a function of the set of what arrived."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.facts.record import Record
from stream.law.fact import Fact
from tests.unit.facts.samples import at, fact, ref

NOW = at(14)
NAMES = ("a", "b", "c", "d", "e")
FUTURE = timedelta(days=90)

refs = st.sampled_from(NAMES).map(ref)


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    name = draw(st.sampled_from(NAMES))
    step = draw(st.sampled_from(["consent-given", "date-offered", "fact-retracted"]))
    return fact(
        name,
        step=step,
        time=at(draw(st.integers(1, 16))),
        occurred_at=at(draw(st.integers(1, 16))),
        order_key=draw(st.binary(max_size=1)),
        supersedes=draw(st.none() | refs.filter(lambda other: other.id != name)),
        retracts=draw(refs) if step == "fact-retracted" else None,
    )


def distinct(arrived: list[Fact]) -> list[Fact]:
    """Keep one fact for each identity, time and order key: equal canonical bytes are equal events."""
    return list({(each.ref, each.time, each.order_key): each for each in arrived}.values())


arrivals = st.lists(facts(), max_size=10).map(distinct)


@given(arrivals, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_record_does_not_depend_on_the_order_of_arrival(arrived: list[Fact], rng: object) -> None:
    shuffled = sorted(arrived, key=lambda _: rng.random())  # type: ignore[attr-defined] - Hypothesis gives a Random
    assert Record().add(*shuffled) == Record().add(*arrived)
    assert Record().add(*shuffled).to_plain() == Record().add(*arrived).to_plain()


@given(arrivals, arrivals)
@settings(max_examples=200, deadline=None)
def test_what_arrives_again_changes_nothing(arrived: list[Fact], more: list[Fact]) -> None:
    record = Record().add(*distinct(arrived + more))
    assert record.add(*(each for each in distinct(arrived + more) if each in arrived)) == record


@given(arrivals, st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_one_by_one_is_the_same_as_all_at_once(arrived: list[Fact], split: int) -> None:
    assert Record().add(*arrived[:split]).add(*arrived[split:]) == Record().add(*arrived)


@given(arrivals)
@settings(max_examples=200, deadline=None)
def test_a_retracted_fact_is_as_if_it_had_never_been(arrived: list[Fact]) -> None:
    target = fact("t", day=3)
    gone = fact("r", day=3, step="fact-retracted", retracts=target.ref)
    assert Record().add(*arrived, target, gone).live(NOW) == Record().add(*arrived).live(NOW)


@given(arrivals, st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_correction_is_a_retraction_and_a_new_fact(arrived: list[Fact], first: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
    target, new = fact("t", day=3), fact("n", day=4)
    gone = fact("r", day=4, step="fact-retracted", retracts=target.ref)
    corrected = [target, replace(new, supersedes=target.ref)]
    live = Record().add(*arrived, *(corrected[::-1] if first else corrected)).live(NOW)
    assert [replace(each, supersedes=None) if each.ref == new.ref else each for each in live] == list(
        Record().add(*arrived, target, new, gone).live(NOW)
    )


@given(arrivals)
@settings(max_examples=200, deadline=None)
def test_between_two_pending_moments_nothing_changes(arrived: list[Fact]) -> None:
    record, now = Record().add(*arrived), at(1, hour=0)
    while (moment := record.pending(now)) is not None:
        assert record.live(now) == record.live(moment - timedelta(microseconds=1))
        now = moment
    assert record.live(now) == record.live(now + FUTURE)


@given(arrivals)
@settings(max_examples=200, deadline=None)
def test_what_is_live_counts_and_is_neither_retracted_nor_replaced(arrived: list[Fact]) -> None:
    live = Record().add(*arrived).live(NOW)
    assert all(each.step != "fact-retracted" and max(each.time, each.occurred_at) <= NOW for each in live)
    assert not {each.supersedes for each in live} & {each.ref for each in live}


@given(arrivals, st.frozensets(refs), st.frozensets(refs))
@settings(max_examples=200, deadline=None)
def test_a_record_reads_back_from_its_plain_form(arrived: list[Fact], refused: frozenset, dismissed: frozenset) -> None:
    record = Record().add(*arrived).refuse(*refused).dismiss(*dismissed)
    assert Record.from_plain(record.to_plain()) == record
