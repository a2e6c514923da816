"""Hand-written records of the topics, as the worker writes them, for the read model's tests."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec

from api.projection.projector import Ends
from stream.published import PATIENT_HEADER
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS
from stream.worker.transport.runs import Record

UNIT = "440781000016009"


def clock(clock_id: str = "c1", **changes: Any) -> dict[str, Any]:
    """Return a stored clock: a cancer treatment that runs, without a date, five staffed days before its target."""
    return {
        "clock_id": clock_id,
        "patient": "k1:pt-1",
        "pathway": "pw-1",
        "right": "cancer.treatment",
        "condition": "cancer",
        "package": "B01",
        "line": 1,
        "unit": UNIT,
        "residence": None,
        "limits": [
            {
                "limit": "consent",
                "started_on": "2026-01-26",
                "days": 14,
                "deadline": "2026-02-09",
                "nominal_deadline": "2026-02-09",
                "started_by": {"source": "urn:test", "id": "e1"},
            }
        ],
        "binding": "consent",
        "started_on": "2026-01-26",
        "deadline": "2026-02-09",
        "nominal_deadline": "2026-02-09",
        "target": "2026-02-09",
        "state": "running",
        "outcome": None,
        "closed_on": None,
        "days_over": None,
        "offered_date": None,
        "late_offer": False,
        "tier": "act",
        "reason": "staffed_days_left",
        "incomplete": False,
        "day_unit": "calendar",
        "rulebook": "2026-11-22",
        "reading": "in_force",
        "facts": [{"source": "urn:test", "id": "e1"}],
    } | changes


def closed(clock_id: str = "c1", **changes: Any) -> dict[str, Any]:
    """Return a stored clock that was closed in time."""
    done = {"state": "closed", "outcome": "within", "closed_on": "2026-02-05", "days_over": 0, "tier": None}
    return clock(clock_id, **(done | {"reason": "closed"} | changes))


def pathway(*clocks: Mapping[str, Any], name: str = "pw-1", revision: int = 1, patient: str = "k1:pt-1") -> bytes:
    """Return a record's value of fristvagt.clocks."""
    return msgspec.json.encode(
        {
            "pathway": name,
            "patient": patient,
            "revision": revision,
            "incomplete": False,
            "rulebook": "2026-11-22",
            "reading": "in_force",
            "clocks": list(clocks) or None,
        }
    )


def transition(transition_id: str = "t1", **changes: Any) -> bytes:
    """Return a record's value of fristvagt.alerts: an alert raised to `act`."""
    row = {
        "transition_id": transition_id,
        "alert_id": "a1",
        "clock_id": "c1",
        "patient": "k1:pt-1",
        "pathway": "pw-1",
        "right": "cancer.treatment",
        "line": 1,
        "unit": UNIT,
        "region": "Region Hovedstaden",
        "kind": "raised",
        "from": None,
        "to": "act",
        "reason": "staffed_days_left",
        "at": "2026-02-02T08:00:00Z",
        "due": None,
        "late": False,
        "unverified": False,
        "cause": {"fact": {"source": "urn:test", "id": "e1"}},
        "actor": None,
        "rulebook": "2026-11-22",
        "policy": "1",
        "detail": {"deadline": "2026-02-09", "days_left": 7, "staffed_days_left": 5},
    }
    return msgspec.json.encode(row | changes)


DETAILS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "acknowledged": ("acknowledged", None),
    "snoozed": ("waiting_for_patient", {"until": "2026-02-03T07:00:00Z"}),
    "noted": ("patient_contacted", {"text_id": "ab" * 32}),
    "rung": ("duty_to_act", {"to": "region", "at": "2026-02-02T08:30:00Z", "concrete": True, "answer": "declined"}),
    "refused": ("tier_moved", {"seen": "plan", "tier": "act", "command": "acknowledge"}),
}
"""Reason and detail of an act by its kind, as the worker writes them."""


def act(kind: str, transition_id: str = "t2", **changes: Any) -> bytes:
    """Return a record's value of fristvagt.alerts: what AB did to an alert at `act`."""
    reason, detail = DETAILS[kind]
    said = {"kind": kind, "reason": reason, "detail": detail, "from": "act", "actor": "AB"}
    cause = {"command": f"c-{transition_id}"}
    return transition(transition_id, **(said | {"cause": cause, "at": "2026-02-02T08:30:00Z"} | changes))


def command(kind: str = "acknowledge", **changes: Any) -> dict[str, Any]:
    """Return a command of staff, as it lies in fristvagt.actions."""
    return {
        "command_id": "c1",
        "kind": kind,
        "actor": "AB",
        "at": "2026-02-02T08:30:00Z",
        "patient": "k1:pt-1",
        "alert_id": "a1",
    } | changes


def event(event_id: str = "e1", step: str = "consent-given", **changes: Any) -> dict[str, Any]:
    """Return an accepted event as kept in fristvagt.facts: consent to treatment on 26 January 2026."""
    at = changes.pop("at", "2026-01-26T10:00:00+01:00")
    data = {"occurred_at": at, "unit": UNIT} | changes.pop("data", {"line": "initial", "modality": "surgery"})
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:test",
        "type": f"dk.fristvagt.{step}.v1",
        "subject": "pw-1",
        "partitionkey": "k1:pt-1",
        "time": at,
        "data": data,
    } | changes


def fact(event_id: str = "e1", step: str = "consent-given", **changes: Any) -> bytes:
    """Return a record's value of fristvagt.facts."""
    return msgspec.json.encode(event(event_id, step, **changes))


def progress(partition: int = 0, caught_up_at: str | None = "2026-02-02T08:00:00Z", **further: Any) -> bytes:
    """Return a record's value of fristvagt.progress."""
    return msgspec.json.encode(
        {
            "partition": partition,
            "applied": {FACTS: 1},
            "caught_up_at": caught_up_at,
            "clock_now": caught_up_at or "2026-02-02T08:00:00Z",
        }
        | further
    )


KEYED = {CLOCKS: ("pathway",), ALERTS: ("patient",), FACTS: ("partitionkey",), PROGRESS: ("partition",)}


class MemoryLog:
    """Topics in memory: what the projector reads beside the runs that are delivered to it."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions = partitions
        self.written_at = 0.0
        self.records: dict[tuple[str, int], list[Record]] = {}
        self.reads: list[tuple[str, int, int, int]] = []

    def write(
        self, topic: str, *values: bytes | None, partition: int = 0, key: bytes = b"pw-1", patient: bytes | None = None
    ) -> list[Record]:
        """Append records and return them; `patient` is what a tombstone says in its header."""
        headers = () if patient is None else ((PATIENT_HEADER, patient),)
        held = self.records.setdefault((topic, partition), [])
        new = [Record(len(held) + number, key, value, headers, self.written_at) for number, value in enumerate(values)]
        held.extend(new)
        return new

    async def ends(self, topic: str, since: float | None = None) -> Ends:
        """Return where the partitions end, now."""
        seen_at = time.monotonic()
        held = {number: self.records.get((topic, number), []) for number in range(self.partitions)}
        return Ends({number: rows[-1].offset + 1 if rows else 0 for number, rows in held.items()}, seen_at)

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Record]:
        """Yield what is held from `start` up to, not including, `end`."""
        self.reads.append((topic, partition, start, end))
        for record in self.records.get((topic, partition), []):
            if start <= record.offset < end:
                yield record

    def drop(self, topic: str, offsets: Sequence[int]) -> None:
        """Take records away, as compaction and retention do."""
        self.records[topic, 0] = [record for record in self.records[topic, 0] if record.offset not in offsets]
