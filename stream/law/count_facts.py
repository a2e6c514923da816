"""The counting tool's dates as facts, so that the law's own fold counts them: one deadline, one way to reach it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any, Final

from stream.law.clock import LimitName
from stream.law.errors import CountError
from stream.law.fact import COPENHAGEN, Fact, Ref
from stream.law.rulebook import NOT_SAID, LimitRule, Right, StepPattern

SOURCE: Final = "urn:fristvagt:count"
NOON: Final = time(12)

Span = tuple[date, date]


def start_dates(right: Right, referral: date | None, consent: date | None) -> Mapping[LimitName, date]:
    """Return the date on which each limit of the right starts. Raises CountError for too few or too many dates.

    The referral date is also the start of a duty to inform: the day of the referral, of the completed work-up, or
    of the change.
    """
    if consent is not None and "consent" not in right.limits:
        raise CountError(f"{right.id} has no limit from the consent; give only the referral date")
    given = {"consent": consent, "referral": referral, "inform": referral}
    starts = {name: start for name in right.limits if (start := given[name]) is not None}
    if not starts:
        wanted = "a referral date or a consent date" if "consent" in right.limits else "a referral date"
        raise CountError(f"{right.id} has no start date; give {wanted}")
    return starts


def start_facts(right: Right, starts: Mapping[LimitName, date], unit: str | None) -> Iterator[Fact]:
    """Give a fact for each limit, of the first step that the rulebook lets start it."""
    for name, on in starts.items():
        pattern = _pattern(right.limits[name])
        fields: dict[str, Any] = {field: _value(values) for field, values in pattern.where.items()}
        if right.condition != "*":
            fields["condition"] = right.condition
        yield _fact(name, pattern.step, on, unit, fields)


def pause_facts(pauses: Iterable[Span]) -> Iterator[Fact]:
    """Give documented health pauses and their resumptions; pauses that overlap or touch become one."""
    numbers = count(1)
    for begin, end in _union(pauses):
        number = next(numbers)
        yield _fact(f"pause-{number}", "wait-paused", begin, None, {"reason": "health", "documented": True})
        yield _fact(f"resume-{number}", "wait-resumed", end, None, {})


def _pattern(rule: LimitRule) -> StepPattern:
    return next(pattern for pattern in rule.started_by if pattern.opens != "never")


def _value(values: Sequence[Any]) -> Any:
    return next((value for value in values if value != NOT_SAID), NOT_SAID)


def _fact(name: str, step: str, on: date, unit: str | None, fields: Mapping[str, Any]) -> Fact:
    moment = datetime.combine(on, NOON, COPENHAGEN).astimezone(UTC)
    return Fact(Ref(SOURCE, name), step, SOURCE, SOURCE, moment, moment, unit, fields)


def _union(pauses: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end in sorted(pauses):
        if end < begin:
            raise CountError(f"the pause from {begin} ends before it begins, on {end}; give FROM before TO")
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
