"""Explains the limits: what started them, how their days are counted, and which of two holds."""

from collections.abc import Iterator
from datetime import date, timedelta

from stream.law.calendar_holidays import Bilingual
from stream.law.clock import Limit
from stream.law.explain_case import Case, Item, Values, item, limit_name, value_of
from stream.law.explain_texts import joined, word


def limit_items(case: Case) -> Iterator[Item]:
    """Explain each running limit: day 0, the number of days, and the date they lead to without pauses."""
    for limit in case.clock.limits:
        yield _limit_item(case, limit)
        counted = counted_deadline(case, limit)
        if not limit.moved_by and limit.deadline != counted:
            yield rolled_item(limit, counted)


def rolled_item(limit: Limit, counted: date) -> Item:
    """Explain that a reading of the rules lets a deadline roll to the next working day."""
    values: Values = {"limit": limit_name(limit.limit), "nominal": counted, "deadline": limit.deadline}
    return item(counted, "calendar.rolled", values)


def binding_items(case: Case) -> Iterator[Item]:
    """Explain which limit holds, where the right has a limit from the consent and one from the referral."""
    clock, known = case.clock, {limit.limit: limit for limit in case.clock.limits}
    if clock.binding is None or len(case.right.limits) == 1:
        return
    first = known[clock.binding]
    others = [limit for limit in clock.limits if limit is not first]
    if not others:
        missing = "binding.no_consent" if clock.binding == "referral" else "binding.no_referral"
        yield item(first.started_on, "binding", {}, fact=first.started_by, key=missing)
    for other in others:
        yield _two_limits(first, other)


def _two_limits(first: Limit, other: Limit) -> Item:
    """Explain it on the day from which both ran."""
    values: Values = {
        "binding": limit_name(first.limit),
        "other": limit_name(other.limit),
        "deadline": first.deadline,
        "later": other.deadline,
    }
    key = "binding.tie" if first.deadline == other.deadline else "binding"
    return item(max(first.started_on, other.started_on), "binding", values, fact=first.started_by, key=key)


def counted_deadline(case: Case, limit: Limit) -> date:
    """Return the start plus the days of the limit, before any pause and before any rolling."""
    if case.right.day_unit == "working":
        return case.calendar.add_working_days(limit.started_on, limit.days)
    return limit.started_on + timedelta(days=limit.days)


def _limit_item(case: Case, limit: Limit) -> Item:
    rule = case.right.limits.get(limit.limit, case.right)
    values: Values = {
        "days": case.days(limit.days),
        "start": _start(case, limit),
        "paragraph": rule.paragraph,
        "source": rule.source,
        "started_on": limit.started_on,
        "number": limit.days,
        "deadline": counted_deadline(case, limit),
    }
    key = f"limit.{case.right.day_unit}"
    return item(limit.started_on, f"limit.{limit.limit}", values, fact=limit.started_by, key=key)


def _start(case: Case, limit: Limit) -> Bilingual:
    """Name the day the limit counts from: by the step of its fact where the clock tells it, else by the rulebook."""
    told = {value_of(note, "step") for note in case.notes("limit_started") if note.fact == limit.started_by}
    rule = case.right.limits.get(limit.limit)
    steps = [step for step in told if step] or [pattern.step for pattern in (rule.started_by if rule else ())]
    phrases = [word("from", step) for step in dict.fromkeys(steps)] or [word("from", "")]
    return joined(phrases, "or")
