"""Promises of an alert's life, transition by transition."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from alerts.ledger import LedgerRecord, alert_id_of, due_cause, fact_cause, policy_cause
from alerts.lifecycle import AlertState, ClockFacts, Moment, step
from alerts.tiers import Reason, Tier, Verdict

CLOCK = ClockFacts("clock-1", "k1:aa", "k1:bb", "cancer.treatment", 1, "440781000016009", "Midtjylland", closed=False)
CLOSED = replace(CLOCK, closed=True)
START = datetime(2026, 2, 5, 8, 0, tzinfo=UTC)
NOTHING = Verdict(None, "time_enough")


def moment(day: int = 0, **values: object) -> Moment:
    at = START + timedelta(days=day)
    return Moment(at=at, cause=fact_cause("urn:test", str(day)), rulebook="r1", policy="p1", **values)


def holds(tier: Tier, reason: Reason = "staffed_days_left") -> Verdict:
    return Verdict(tier, reason)


def after(
    *steps: tuple[ClockFacts | None, Verdict | None], silent: bool = False
) -> tuple[AlertState | None, list[LedgerRecord]]:
    state: AlertState | None = None
    records: list[LedgerRecord] = []
    for day, (clock, verdict) in enumerate(steps):
        state, new = step(state, clock, verdict, moment(day, silent=silent))
        records += new
    return state, records


def told(records: list[LedgerRecord]) -> list[tuple[str, Tier | None, Tier | None]]:
    return [(record.kind, record.from_tier, record.to_tier) for record in records]


RAISED = (CLOCK, holds("plan"))


@pytest.mark.parametrize("clock", [CLOCK, CLOSED, None])
def test_a_clock_that_never_had_a_tier_leaves_nothing(clock: ClockFacts | None) -> None:
    assert step(None, clock, NOTHING, moment()) == (None, ())


def test_a_clock_first_heard_of_when_closed_leaves_nothing() -> None:
    assert step(None, CLOSED, Verdict(None, "closed"), moment()) == (None, ())


def test_the_first_tier_raises_the_alert() -> None:
    assert told(after(RAISED)[1]) == [("raised", None, "plan")]


def test_an_alert_has_the_id_of_its_clock() -> None:
    state, records = after(RAISED)
    assert state is not None
    assert state.alert_id == records[0].alert_id == alert_id_of("clock-1")


def test_the_same_tier_again_is_no_news() -> None:
    assert told(after(RAISED, RAISED)[1]) == [("raised", None, "plan")]


def test_a_new_reason_under_the_same_tier_is_remembered_without_a_record() -> None:
    state, records = after((CLOCK, holds("act")), (CLOCK, holds("act", "late_offer")))
    assert state is not None
    assert (state.reason, len(records)) == ("late_offer", 1)


def test_another_tier_changes_the_alert() -> None:
    assert told(after(RAISED, (CLOCK, holds("act")))[1])[1:] == [("changed", "plan", "act")]


def test_a_valid_date_lowers_the_alert_to_nothing() -> None:
    _, records = after(RAISED, (CLOCK, Verdict(None, "timely_date_stands")))
    assert told(records)[1:] == [("changed", "plan", None)]
    assert records[1].reason == "timely_date_stands"


def test_a_lowered_alert_is_raised_again_under_its_id() -> None:
    _, records = after(RAISED, (CLOCK, NOTHING), (CLOCK, holds("refer")))
    assert told(records)[2:] == [("raised", None, "refer")]
    assert len({record.alert_id for record in records}) == 1


def test_a_raised_again_alert_keeps_the_day_it_was_first_raised() -> None:
    state, _ = after(RAISED, (CLOCK, NOTHING), (CLOCK, holds("refer")))
    assert state is not None
    assert (state.raised_at, state.since) == (START, START + timedelta(days=2))


def test_a_closed_clock_closes_its_alert() -> None:
    _, records = after(RAISED, (CLOSED, Verdict(None, "closed")))
    assert told(records)[1:] == [("closed", "plan", None)]
    assert records[1].reason == "closed"


def test_a_lowered_alert_is_closed_too() -> None:
    assert told(after(RAISED, (CLOCK, NOTHING), (CLOSED, None))[1])[2:] == [("closed", None, None)]


def test_a_clock_that_stays_closed_is_no_news() -> None:
    assert len(after(RAISED, (CLOSED, None), (CLOSED, None))[1]) == 2


def test_a_retracted_clock_withdraws_its_alert() -> None:
    _, records = after(RAISED, (None, None))
    assert told(records)[1:] == [("withdrawn", "plan", None)]
    assert records[1].reason == "retracted"


MOVED = replace(CLOCK, unit="926731000016006", region="Hovedstaden")


def test_at_another_unit_the_alert_is_changed_under_its_tier() -> None:
    state, records = after(RAISED, (MOVED, holds("plan")))
    assert state is not None
    assert told(records)[1:] == [("changed", "plan", "plan")]
    assert (records[1].reason, records[1].unit, state.reason) == ("unit_changed", MOVED.unit, "staffed_days_left")


def test_at_another_unit_its_new_tier_is_a_transition_of_its_own() -> None:
    _, records = after(RAISED, (MOVED, holds("refer")))
    assert told(records)[1:] == [("changed", "plan", "plan"), ("changed", "plan", "refer")]
    assert len({record.transition_id for record in records}) == 3


def test_another_unit_hears_nothing_of_a_silent_alert() -> None:
    _, records = after(RAISED, (MOVED, holds("plan")), silent=True)
    assert told(records) == [("silent", None, "plan"), ("silent", "plan", "plan")]


def test_where_nothing_is_warned_of_another_unit_is_no_news() -> None:
    _, records = after(RAISED, (CLOCK, NOTHING), (MOVED, NOTHING), (MOVED, holds("act")))
    assert told(records)[2:] == [("raised", None, "act")]
    assert records[2].unit == MOVED.unit


def test_a_closed_clock_of_another_unit_is_only_closed() -> None:
    _, records = after(RAISED, (replace(MOVED, closed=True), None))
    assert told(records)[1:] == [("closed", "plan", None)]


def test_a_unit_that_comes_under_another_region_is_no_news() -> None:
    state, records = after(RAISED, (replace(CLOCK, region="Østdanmark"), holds("plan")))
    assert state is not None
    assert (len(records), state.region) == (1, "Østdanmark")


def test_a_withdrawal_still_names_pathway_right_and_unit() -> None:
    _, records = after(RAISED, (MOVED, holds("plan")), (None, None))
    assert (records[2].pathway, records[2].right, records[2].unit) == ("k1:bb", "cancer.treatment", "926731000016006")


def test_a_clock_that_stays_gone_is_no_news() -> None:
    assert len(after(RAISED, (None, None), (None, None))[1]) == 2


def test_a_closed_clock_that_is_retracted_withdraws_its_alert() -> None:
    assert told(after(RAISED, (CLOSED, None), (None, None))[1])[2:] == [("withdrawn", None, None)]


@pytest.mark.parametrize("gone", [CLOSED, None])
def test_a_clock_open_again_reopens_its_alert_at_the_tier_that_holds(gone: ClockFacts | None) -> None:
    assert told(after(RAISED, (gone, None), (CLOCK, holds("passed")))[1])[2:] == [("reopened", None, "passed")]


def test_an_alert_may_reopen_without_a_tier_and_be_raised_later() -> None:
    _, records = after(RAISED, (CLOSED, None), (CLOCK, NOTHING), RAISED)
    assert told(records)[2:] == [("reopened", None, None), ("raised", None, "plan")]


def test_a_withdrawn_clock_that_comes_back_closed_closes_its_alert() -> None:
    assert told(after(RAISED, (None, None), (CLOSED, None))[1])[2:] == [("closed", None, None)]


def test_an_old_deadline_is_a_silent_row() -> None:
    state, records = after((CLOCK, holds("passed")), silent=True)
    assert state is not None
    assert (told(records), state.silent) == ([("silent", None, "passed")], True)


def test_a_silent_alert_stays_silent_while_the_deadline_is_old() -> None:
    _, records = after((CLOCK, holds("passed")), (CLOCK, Verdict(None, "patient_choice")), silent=True)
    assert told(records)[1:] == [("silent", "passed", None)]


def test_a_silent_alert_closes_with_a_row() -> None:
    assert told(after((CLOCK, holds("passed")), (CLOSED, None), silent=True)[1])[1:] == [("closed", "passed", None)]


def test_a_silent_alert_speaks_when_its_deadline_moves_near() -> None:
    state, _ = after((CLOCK, holds("passed")), silent=True)
    spoken, records = step(state, CLOCK, holds("act"), moment(1))
    assert spoken is not None
    assert (told(list(records)), spoken.silent) == ([("raised", "passed", "act")], False)


def test_a_silent_alert_speaks_when_a_fact_shows_a_younger_deadline() -> None:
    state, _ = after((CLOCK, holds("passed")), silent=True)
    assert told(list(step(state, CLOCK, holds("passed"), moment(1))[1])) == [("raised", "passed", "passed")]


def test_the_passing_of_time_alone_does_not_make_a_silent_alert_speak() -> None:
    state, _ = after((CLOCK, holds("passed")), silent=True)
    tick = replace(moment(1), cause=due_cause(START))
    assert step(state, CLOCK, holds("passed"), tick)[1] == ()


def test_a_silent_alert_that_closed_and_opens_near_its_deadline_is_heard() -> None:
    state, _ = after((CLOCK, holds("passed")), (CLOSED, None), silent=True)
    reopened, records = step(state, CLOCK, holds("act"), moment(2))
    assert reopened is not None
    assert (told(list(records)), reopened.silent) == ([("reopened", None, "act")], False)


def test_a_clock_open_again_long_after_its_deadline_is_a_silent_row() -> None:
    state, _ = after(RAISED, (CLOSED, None))
    assert told(list(step(state, CLOCK, holds("passed"), moment(60, silent=True))[1])) == [("silent", None, "passed")]


def test_an_alert_that_has_spoken_is_lowered_aloud_however_old() -> None:
    state, _ = after((CLOCK, holds("passed")))
    lowered = step(state, CLOCK, Verdict(None, "patient_choice"), moment(60, silent=True))[1]
    assert told(list(lowered)) == [("changed", "passed", None)]


def test_a_record_carries_the_moment_s_circumstances() -> None:
    at_midnight = Moment(
        START, policy_cause("p2"), "r1", "p2", due=START, late=True, unverified=True, actor="urn:fristvagt:watch"
    )
    (record,) = step(None, CLOCK, holds("act"), at_midnight)[1]
    assert (record.late, record.unverified, record.actor) == (True, True, "urn:fristvagt:watch")
    assert (record.cause, record.rulebook, record.policy) == ({"policy": "p2"}, "r1", "p2")


def test_a_missing_verdict_of_an_open_clock_counts_as_no_tier() -> None:
    assert told(after(RAISED, (CLOCK, None))[1])[1:] == [("changed", "plan", None)]
