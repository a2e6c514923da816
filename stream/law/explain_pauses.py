"""Explains the pauses: which moved a limit and by how many days, and why another did not."""

from collections.abc import Iterator
from datetime import date, timedelta

from stream.law.clock import Limit, Note
from stream.law.explain_case import Case, Item, Values, item, limit_name, value_of
from stream.law.explain_limits import counted_deadline, rolled_item


def pause_items(case: Case) -> Iterator[Item]:
    """Explain every pause that touches the clock's time, and every limit that one of them moved."""
    moving = {_cause(case, begin) for limit in case.clock.limits for begin, _ in limit.moved_by}
    for note in case.notes("pause"):
        if note not in moving and _in_time(case, note.on):
            yield _unmoving(case, note)
    for limit in case.clock.limits:
        yield from _moved(case, limit)
    for note in case.notes("resume"):
        if _in_time(case, note.on):
            yield item(note.on, "resume", {}, fact=note.fact)


def _moved(case: Case, limit: Limit) -> Iterator[Item]:
    restarts = case.rulebook.settings.get("pause") == "restart"
    before = counted_deadline(case, limit)
    for begin, end in limit.moved_by:
        after = end + timedelta(days=limit.days) if restarts else before + (end - begin)
        runs = limit.pausing and end == case.today
        key = "pause.restart" if restarts else f"pause.health{'.open' if runs else ''}"
        cause = _cause(case, begin)
        values: Values = {"begin": begin, "end": end, "before": before, "after": after}
        values |= {"limit": limit_name(limit.limit), "days": case.days((end - begin).days)}
        yield item(begin, "pause.health", values, fact=cause.fact if cause else None, key=key)
        before = after
    if limit.moved_by and before != limit.deadline:
        yield rolled_item(limit, before)


def _unmoving(case: Case, note: Note) -> Item:
    reason, counts = value_of(note, "reason"), value_of(note, "counts") == "true"
    if not counts:
        rule = {"patient": "pause.patient", "health": "pause.undocumented"}.get(reason, "pause.other")
    elif case.clock.state == "paused" and note.on == case.today:
        rule = "pause.begun"
    elif note.on > max(limit.deadline for limit in case.clock.limits):
        rule = "pause.late"
    else:
        rule = "pause.no_days"
    return item(note.on, rule, {}, fact=note.fact)


def _cause(case: Case, begin: date) -> Note | None:
    """Return the latest counting pause that had begun when a span began."""
    begun = [note for note in case.notes("pause") if value_of(note, "counts") == "true" and note.on <= begin]
    return begun[-1] if begun else None


def _in_time(case: Case, day: date) -> bool:
    return case.clock.started_on <= day <= (case.clock.closed_on or case.today)
