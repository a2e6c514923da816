"""What staff ask of alerts in a fault run: commands that come to the same wherever they fall among a step's events.

A command that acknowledges a tier which an event of the same moment may change is a race in real life, too, and either
answer is right. In a fault run there must be one that is, so such commands are left out: each is tried at every place.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from alerts.lifecycle import AlertState
from stream.clock import format_moment
from stream.due import ONE_DAY, midnight
from stream.engine import Engine
from stream.law.fact import local_date
from stream.row import Row
from tests.faults.expected import Reference
from tests.faults.plan import Event, Step

KINDS: Final[Sequence[tuple[str, Mapping[str, Any]]]] = (
    ("acknowledge", {}),
    ("note", {"reason": "capacity_asked"}),
    ("snooze", {"reason": "date_being_found"}),
    ("rung", {"to": "region", "concrete": True, "answer": "declined"}),
    ("watch", {}),
    ("hand-over", {"to": "urn:test:another"}),
    ("snooze", {"reason": "no such reason"}),
    ("registration-error", {"reason": "wrong_date"}),
    ("unwatch", {}),
)
"""What they ask in each step; one of them cannot be read, and is answered as well."""


def asked(step: Step, rows: Mapping[str, Row], first: Collection[str], engine: Engine) -> Iterator[Event]:
    """Give one command of each kind, for patients with an alert before the step: `first` those to whom more happens."""
    waiting = deque(KINDS)
    for patient in sorted(rows, key=lambda each: each not in first):
        if not waiting:
            return
        for alert in rows[patient].alerts.values():
            command = _command(alert, step.now, *waiting[0])
            if _is_the_same_everywhere(command, step, rows[patient], engine):
                waiting.popleft()
                yield command
                break


def _command(alert: AlertState, now: datetime, kind: str, fields: Mapping[str, Any]) -> Event:
    name = f"{kind} {alert.alert_id} {format_moment(now)}"
    tomorrow = midnight(local_date(now) + ONE_DAY)
    return {
        "command_id": sha256(name.encode()).hexdigest()[:32],
        "kind": kind,
        "actor": "urn:test:someone",
        "at": format_moment(now),
        "patient": alert.patient,
        "alert_id": alert.alert_id,
        **({"until": format_moment(tomorrow)} if kind == "snooze" else {}),
        **fields,
    }


def _is_the_same_everywhere(command: Event, step: Step, row: Row, engine: Engine) -> bool:
    events = [each for each in step.events if each["partitionkey"] == row.patient]
    others = tuple(each for each in step.commands if each["patient"] == row.patient)
    found = []
    for place in range(len(events) + 1):
        before = Step(step.now, tuple(events[:place]), (command,))
        found.append(_outcome(row, engine, before, Step(step.now, tuple(events[place:]), others)))
    return all(each == found[0] for each in found)


def _outcome(row: Row, engine: Engine, *steps: Step) -> tuple[Counter[str], Mapping[str, AlertState]]:
    due = [] if row.next_due is None else [(row.next_due, row.patient)]
    reference = Reference(engine, rows={row.patient: row}, due=due)
    for step in steps:
        reference.take(step)
    return reference.transitions, reference.rows[row.patient].alerts
