"""Promises that hold for every life of an alert, searched by Hypothesis."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.ledger import LedgerRecord, due_cause, fact_cause
from alerts.lifecycle import AlertState, ClockFacts, Moment, step
from alerts.tiers import TIERS, Thresholds, Tier, Verdict, View, rank, tier_of

START = datetime(2026, 2, 5, 8, 0, tzinfo=UTC)
CLOCK = ClockFacts("clock-1", "k1:aa", "k1:bb", "cancer.treatment", 1, "440781000016009", "Midtjylland", closed=False)
LADDER = Thresholds((("plan", 7), ("act", 5), ("refer", 3), ("escalate", 1)))

tiers = st.sampled_from([None, *TIERS])
clocks = st.sampled_from([CLOCK, CLOCK, CLOCK, replace(CLOCK, closed=True), None])
happenings = st.lists(st.tuples(clocks, tiers, st.booleans(), st.booleans()), max_size=12)
Happening = tuple[ClockFacts | None, Tier | None, bool, bool]
Lived = list[tuple[AlertState | None, tuple[LedgerRecord, ...], Happening]]


def moment(day: int, *, silent: bool, by_fact: bool) -> Moment:
    at = START + timedelta(days=day)
    cause = fact_cause("urn:test", str(day)) if by_fact else due_cause(at)
    return Moment(at=at, cause=cause, rulebook="r1", policy="p1", silent=silent)


def verdict(tier: Tier | None) -> Verdict:
    return Verdict(tier, "time_enough" if tier is None else "staffed_days_left")


def live(happened: list[Happening]) -> Lived:
    lived: Lived = []
    state: AlertState | None = None
    for day, (clock, tier, silent, by_fact) in enumerate(happened):
        state, records = step(state, clock, verdict(tier), moment(day, silent=silent, by_fact=by_fact))
        lived.append((state, records, (clock, tier, silent, by_fact)))
    return lived


def ledger(lived: Lived) -> list[LedgerRecord]:
    return [record for _, records, _ in lived for record in records]


@given(happenings)
def test_each_record_starts_where_the_one_before_ended(happened: list[Happening]) -> None:
    before: Tier | None = None
    for record in ledger(live(happened)):
        assert record.from_tier == before
        before = record.to_tier


@given(happenings)
def test_a_life_begins_aloud_or_silent_and_never_otherwise(happened: list[Happening]) -> None:
    assert [record.kind in {"raised", "silent"} for record in ledger(live(happened))[:1]] in ([], [True])


@given(happenings)
def test_one_moment_makes_at_most_one_record(happened: list[Happening]) -> None:
    assert all(len(records) <= 1 for _, records, _ in live(happened))


@given(happenings)
def test_the_state_holds_the_tier_and_standing_of_the_clock(happened: list[Happening]) -> None:
    for state, _, (clock, tier, _, _) in live(happened):
        if state is None:
            continue
        expected = "withdrawn" if clock is None else "closed" if clock.closed else "open"
        assert (state.status, state.tier) == (expected, tier if expected == "open" else None)


@given(happenings)
def test_the_ledger_alone_tells_the_state(happened: list[Happening]) -> None:
    lived = live(happened)
    records = ledger(lived)
    final = lived[-1][0] if lived else None
    assert (final is None) == (not records)
    assert final is None or final.tier == records[-1].to_tier


@given(happenings)
def test_computing_it_again_gives_the_same_identities(happened: list[Happening]) -> None:
    ids = [record.transition_id for record in ledger(live(happened))]
    assert ids == [record.transition_id for record in ledger(live(happened))]


@given(happenings)
def test_no_two_transitions_of_a_life_share_an_identity(happened: list[Happening]) -> None:
    ids = [record.transition_id for record in ledger(live(happened))]
    assert len(set(ids)) == len(ids)


@given(happenings)
def test_the_same_moment_twice_changes_nothing_more(happened: list[Happening]) -> None:
    for day, (state, _, (clock, tier, silent, by_fact)) in enumerate(live(happened)):
        again, records = step(state, clock, verdict(tier), moment(day, silent=silent, by_fact=by_fact))
        assert (again, records) == (state, ())


@given(happenings)
def test_a_silent_moment_never_raises_a_quiet_alert_aloud(happened: list[Happening]) -> None:
    for _, records, (_, _, silent, _) in live(happened):
        assert not (silent and any(record.kind == "raised" for record in records))


@given(happenings)
def test_a_state_survives_the_form_in_which_rows_hold_it(happened: list[Happening]) -> None:
    for state, _, _ in live(happened):
        assert state is None or msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=AlertState) == state


views = st.builds(
    View,
    right=st.just("cancer.treatment"),
    family=st.just("waiting"),
    state=st.sampled_from(["closed", "paused", "unconfirmed", "patient_choice", "overdue", "running"]),
    days_left=st.integers(-40, 40),
    staffed_days_left=st.integers(0, 30),
    late_offer=st.booleans(),
    timely_standing=st.booleans(),
    timely_ahead=st.booleans(),
)


@given(views, st.integers(0, 10))
def test_fewer_days_never_lower_a_tier(view: View, fewer: int) -> None:
    later = replace(view, staffed_days_left=max(0, view.staffed_days_left - fewer), days_left=view.days_left - fewer)
    assert rank(tier_of(later, LADDER).tier) >= rank(tier_of(view, LADDER).tier)


@given(views)
def test_a_clock_past_its_deadline_is_passed_unless_somebody_chose_or_closed_it(view: View) -> None:
    past = replace(view, days_left=-1)
    expected = None if view.state in {"closed", "paused", "patient_choice"} else "passed"
    assert tier_of(past, LADDER).tier == expected
