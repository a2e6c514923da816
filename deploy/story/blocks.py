"""A story as JSON values, in order of time: a head, then the entries, each with whom the notifier told of it.

Whom it told later of its own accord, such as the next rung because nobody acknowledged, has a place of its own.
Moments are RFC 3339 in Copenhagen's time. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from alerts.notifier.telling import Telling
from alerts.notifier.watched import transition_of
from alerts.records.entry import REFUSED, Entry, aware
from deploy.notifying.naming import RuleNames
from deploy.story.gathering import Story, text_id_of
from stream.law.fact import COPENHAGEN

Values = dict[str, Any]

OUTLINE: Final = ("kind", "alert_id", "clock_id", "right", "unit", "region")
"""What an erased entry says too."""

SAID: Final = (
    "pathway",
    "patient",
    "line",
    "from",
    "to",
    "reason",
    "late",
    "unverified",
    "cause",
    "due",
    "actor",
    "detail",
    "rulebook",
    "policy",
)
"""What only the content says."""

MOMENTS: Final = frozenset({"due", "until", "at", "latest"})
"""Keys of moments within a record's content."""

PLANNED: Final = ("recipient", "role", "what", "tier", "why", "why_not", "state", "late", "unverified", "digest")
TRIED: Final = ("attempt", "channel", "outcome", "why", "receipt", "wait_seconds")


def blocks(story: Story, names: RuleNames) -> Iterator[Values]:
    """Yield the story: `{"story": …}`, then `{"entry": …}` and `{"later": …}`."""
    yield {"story": _head(story)}
    places = {entry.transition_id: {"partition": entry.partition, "seq": entry.seq} for entry in story.entries}
    for entry, told in _placed(story.entries, story.tellings):
        if entry is None:
            yield {"later": _later(places, told[0]) | {"told": [_told(each) for each in told]}}
        else:
            yield {"entry": _entry(story, entry, names) | {"told": [_told(each) for each in told]}}


def local(moment: datetime | None) -> str | None:
    """Write an aware moment in Copenhagen's time with its offset."""
    return None if moment is None else moment.astimezone(COPENHAGEN).isoformat()


def _head(story: Story) -> Values:
    verdict = story.verdict
    return {
        "pathway": story.pathway,
        "alert": story.alert,
        "entries": len(story.entries),
        "erased": sum(entry.erased for entry in story.entries),
        "alerts": list(dict.fromkeys(entry.alert_id for entry in story.entries if entry.kind != REFUSED)),
        "chains": {str(entry.partition): verdict.proves(entry.partition) for entry in story.entries},
        "book": {
            "entries": verdict.entries,
            "erased": verdict.erased,
            "faults": [fault.line for fault in verdict.faults],
        },
    }


def _placed(entries: Sequence[Entry], tellings: Sequence[Telling]) -> Iterator[tuple[Entry | None, Sequence[Telling]]]:
    """Put what was planned first for an entry to it, and all else between the entries by its moment."""
    plans = [tuple(plan) for _, plan in groupby(tellings, key=_plan)]
    plans.sort(key=lambda plan: plan[0].notice.planned_at)
    known = {entry.transition_id for entry in entries}
    first: dict[str, Sequence[Telling]] = {}
    later: list[Sequence[Telling]] = []
    for plan in plans:
        cause = plan[0].notice.cause
        if cause in known and cause not in first:
            first[cause] = plan
        else:
            later.append(plan)
    for entry in entries:
        while later and entry.at is not None and later[0][0].notice.planned_at < entry.at:
            yield None, later.pop(0)
        yield entry, first.get(entry.transition_id, ())
    yield from ((None, plan) for plan in later)


def _plan(telling: Telling) -> tuple[str, str, datetime]:
    """Return what notices that were planned together have in common."""
    return telling.notice.alert_id, telling.notice.cause, telling.notice.planned_at


def _later(places: Mapping[str, Values], telling: Telling) -> Values:
    notice = telling.notice
    return {"at": local(notice.planned_at), "alert_id": notice.alert_id, "of": places.get(transition_of(notice.cause))}


def _entry(story: Story, entry: Entry, names: RuleNames) -> Values:
    record = entry.record or {}
    values: Values = {"at": local(entry.at), "erased": entry.erased}
    values |= {name: getattr(entry, name) for name in OUTLINE}
    values |= {"right_name": names.right(entry.right or "", "en"), "unit_name": names.unit(entry.unit, "en")}
    values |= {name: _localized(name, record[name]) for name in SAID if name in record}
    if (text_id := text_id_of(entry)) is not None:
        values["note"] = _note(story, text_id)
    proof = {"partition": entry.partition, "seq": entry.seq, "chain_hash": entry.chain_hash}
    return values | {"proof": proof | {"verifies": story.verdict.proves(entry.partition)}}


def _note(story: Story, text_id: str) -> Values:
    if story.notes is None:
        return {"state": "not_asked_for"}
    note = story.notes.get(text_id)
    if note is None:
        return {"state": "missing"}
    return {"state": "erased"} if note.text is None else {"state": "kept", "text": note.text}


def _localized(name: str, value: Any) -> Any:
    """Write the moments of a record in Copenhagen's time; what is none stays as it is."""
    if isinstance(value, Mapping):
        return {key: _localized(key, each) for key, each in value.items()}
    if name not in MOMENTS or not isinstance(value, str):
        return value
    try:
        return local(aware(value))
    except (ValueError, OverflowError):
        return value


def _told(telling: Telling) -> Values:
    notice, message = telling.notice, telling.message
    values: Values = {name: getattr(notice, name) for name in PLANNED}
    values |= {"rung": None if notice.step is None else notice.step + 1}
    values |= {"planned_at": local(notice.planned_at), "not_before": local(notice.not_before)}
    if message is None:
        return values | {"message": None}
    sent = {"message_id": message.message_id, "about": message.about, "state": message.state}
    times = {"made_at": local(message.made_at), "next_at": local(message.next_at), "done_at": local(message.done_at)}
    return values | {"message": sent | times | {"attempts": [_tried(each) for each in telling.deliveries]}}


def _tried(delivery: Any) -> Values:
    times = {"started": local(delivery.started), "ended": local(delivery.ended)}
    return {name: getattr(delivery, name) for name in TRIED} | times
