"""Explains where a clock stands today, and how a closed one came out."""

from collections.abc import Iterator

from stream.law.clock import Clock
from stream.law.explain_case import Case, Item, Values, item
from stream.law.explain_texts import amount


def outcome_items(case: Case) -> Iterator[Item]:
    """Explain the outcome of a closed clock and why, and the days over."""
    clock = case.clock
    if clock.closed_on is None or clock.outcome is None:
        return
    dates: Values = {
        "closed_on": clock.closed_on,
        "nominal": clock.nominal_deadline,
        "deadline": clock.deadline,
    }
    yield item(clock.closed_on, f"outcome.{clock.outcome}", dates)
    if clock.days_over > 0:
        key = "days_over" if clock.nominal_deadline == clock.deadline else "days_over.without_pauses"
        over: Values = {"days": case.days(clock.days_over), "nominal": clock.nominal_deadline}
        yield item(clock.closed_on, "days_over", over, key=key)


def state_items(case: Case) -> Iterator[Item]:
    """Explain an open clock's state today: the days left in the right's days and in ordinary working days."""
    clock = case.clock
    if not case.is_open:
        return
    yield item(case.today, f"state.{clock.state}", _state_values(case), key=_state_key(clock))
    if clock.days_over > 0 and clock.state != "overdue":
        yield item(case.today, "days_over", {"days": case.days(clock.days_over), "nominal": clock.deadline})


def _state_key(clock: Clock) -> str:
    last_day = clock.state == "running" and clock.days_left == 0
    return "state.running.last" if last_day else f"state.{clock.state}"


def _state_values(case: Case) -> Values:
    clock = case.clock
    values: Values = {
        "days": case.days(clock.days_over if clock.state == "overdue" else clock.days_left),
        "staffed": amount(clock.staffed_days_left, "staffed_day"),
        "deadline": clock.deadline,
    }
    if clock.timely_dates:
        values["offered_date"] = clock.timely_dates[0]
    return values
