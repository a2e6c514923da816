"""What must hold for any facts: the fold is a function of the set of facts, and pauses only ever help."""

import os
import time
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.law.evaluate import evaluate
from stream.law.fact import Fact, Ref
from tests.unit.law.build import CALENDAR, RULEBOOK, SOURCE, UNIT

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
START = datetime(2026, 1, 5, 8, tzinfo=UTC)

VALUES = {
    "referral-received": {
        "purpose": ["workup", "treatment", "aftertreatment"],
        "condition": ["cancer", "left_main", "post_mi"],
        "relapse": [True, False],
    },
    "workup-started": {"attendance": ["physical", "phone"]},
    "workup-completed": {},
    "conference-decided": {"decision": ["treatment", "more_workup", "no_treatment"]},
    "consent-given": {"line": ["initial", "aftertreatment"], "modality": ["surgery", "revascularisation"]},
    "date-offered": {
        "for": ["workup", "treatment"],
        "place": ["own", "private"],
        "concrete": [True, False],
        "offered_date": [date(2026, 1, 20), date(2026, 2, 3), date(2026, 3, 20)],
    },
    "offer-answered": {
        "answer": ["accepted", "declined", "postponed"],
        "documented": [True, False],
        "offer": [Ref(SOURCE, f"e{number}") for number in range(4)],
    },
    "date-cancelled": {"by": ["hospital", "patient"], "offer": [Ref(SOURCE, f"e{number}") for number in range(4)]},
    "treatment-started": {"modality": ["surgery", "revascularisation"]},
    "aftertreatment-started": {},
    "patient-informed": {"about": ["date_and_place", "rights"]},
    "surgery-moved": {"new_date": [date(2026, 2, 10), date(2026, 3, 10)]},
    "wait-paused": {"reason": ["health", "patient"], "documented": [True, False]},
    "wait-resumed": {},
    "diagnosis-set": {"code": ["DC44", "DC43", "DC50"]},
    "right-excluded": {"right": ["cancer.treatment"]},
    "unit-transferred": {"to_unit": ["950441000016000"]},
    "pathway-ended": {"reason": ["refuted", "died"]},
}


@st.composite
def fact_lists(draw: st.DrawFn) -> list[Fact]:
    """Up to a dozen facts of one patient in two pathways, on whole hours so that ties occur."""
    facts = []
    for number in range(draw(st.integers(1, 12))):
        step = draw(st.sampled_from(sorted(VALUES)))
        fields = {name: draw(st.sampled_from(values)) for name, values in VALUES[step].items()}
        at = START + timedelta(hours=draw(st.integers(0, 24 * 70)))
        pathway = draw(st.sampled_from(["pw-1", "pw-1", "pw-2"]))
        facts.append(Fact(Ref(SOURCE, f"e{number}"), step, "pt", pathway, at, at, UNIT, fields))
    return facts


def clocks_of(facts: list[Fact]) -> list:
    return evaluate(facts, NOW, RULEBOOK, CALENDAR)


@given(fact_lists(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_arrival_changes_nothing(facts, random) -> None:
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert clocks_of(shuffled) == clocks_of(facts)


@given(fact_lists())
@settings(max_examples=200, deadline=None)
def test_a_pause_never_shortens_a_deadline(facts) -> None:
    deadlines = [(limit.deadline, limit.nominal_deadline) for clock in clocks_of(facts) for limit in clock.limits]
    assert all(deadline >= nominal for deadline, nominal in deadlines)


@given(fact_lists())
@settings(max_examples=200, deadline=None)
def test_a_further_documented_pause_brings_no_deadline_forward(facts) -> None:
    pause = Fact(
        Ref(SOURCE, "pause"), "wait-paused", "pt", "pw-1", START, START, UNIT, {"reason": "health", "documented": True}
    )
    before = {(clock.pathway, clock.right, clock.line): clock.deadline for clock in clocks_of(facts)}
    after = {(clock.pathway, clock.right, clock.line): clock.deadline for clock in clocks_of([*facts, pause])}
    assert all(after[key] >= deadline for key, deadline in before.items())


@given(fact_lists())
@settings(max_examples=200, deadline=None)
def test_only_documented_health_pauses_count(facts) -> None:
    undocumented = [
        replace(fact, fields={**fact.fields, "documented": False}) if fact.step == "wait-paused" else fact
        for fact in facts
    ]
    without = [fact for fact in facts if fact.step not in ("wait-paused", "wait-resumed")]
    assert [each.deadline for each in clocks_of(undocumented)] == [each.deadline for each in clocks_of(without)]


@given(fact_lists())
@settings(max_examples=100, deadline=None)
def test_days_over_are_never_negative_and_only_closed_clocks_have_an_outcome(facts) -> None:
    for clock in clocks_of(facts):
        assert clock.days_over >= 0
        assert (clock.outcome is not None) == (clock.state == "closed")


@given(fact_lists())
@settings(max_examples=100, deadline=None)
def test_the_target_is_an_ordinary_working_day_on_or_before_the_deadline(facts) -> None:
    assert all(
        clock.target <= clock.deadline and CALENDAR.is_staffed(clock.target, clock.unit) for clock in clocks_of(facts)
    )


@given(fact_lists())
@settings(max_examples=25, deadline=None)
def test_the_time_zone_of_the_process_changes_nothing(facts) -> None:
    found = []
    before = os.environ.get("TZ")
    try:
        for zone in ("UTC", "America/Los_Angeles", "Pacific/Kiritimati"):
            os.environ["TZ"] = zone
            time.tzset()
            found.append(clocks_of(facts))
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()
    assert found[0] == found[1] == found[2]
