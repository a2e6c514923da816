"""A toy engine: it counts facts and obeys what is written in them. The agents must work with any engine."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from stream.clock import parse_moment
from stream.row import OpenClock

START = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)


class ToyRow(msgspec.Struct, frozen=True):
    patient: str
    facts: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    looks: tuple[str, ...] = ()
    fails_at: str | None = None
    applied: dict[str, int] = {}
    partition: int = -1
    next_due: datetime | None = None
    evaluated: datetime | None = None
    digest: str = ""

    def encode(self) -> bytes:
        return b"\x01" + msgspec.json.encode(self)


class ToyRows:
    def knows(self, data: bytes) -> bool:
        return data[:1] == b"\x01"

    def decode(self, data: bytes) -> ToyRow:
        return msgspec.json.decode(data[1:], type=ToyRow)

    def glance(self, data: bytes) -> ToyRow:
        return self.decode(data)

    def watched(self, row: ToyRow) -> list[OpenClock]:
        return [OpenClock("cancer.workup", "1084", None, "2026-02-10") for _ in row.facts]

    def incomplete(self, row: ToyRow, now: datetime) -> bool:
        return bool(row.missing)


class ToyResult(NamedTuple):
    row: ToyRow
    clocks: tuple[dict[str, Any], ...] = ()
    ledger: tuple[dict[str, Any], ...] = ()


class ToyEngine:
    """Raises where an event says so. `broken` makes every call raise."""

    def __init__(self, digest: str = "one") -> None:
        self.digest = digest
        self.late_after = timedelta(minutes=5)
        self.broken = False

    def fact(self, row: ToyRow | None, event: Mapping[str, Any], now: datetime) -> ToyResult:
        self._check(event["data"].get("boom"))
        row = row or ToyRow(event["partitionkey"])
        due = event["data"].get("due")
        missing = tuple(name for name in row.missing if name != (event["source"], event["id"]))
        after = msgspec.structs.replace(
            row,
            facts=(*row.facts, event["id"] + event["data"].get("text", "")),
            missing=missing,
            fails_at=event["data"].get("fails_at", row.fails_at),
            next_due=parse_moment(due) if due else row.next_due,
        )
        return self._told(after, now, event["subject"], {"fact": event["id"]})

    def command(self, row: ToyRow | None, command: Mapping[str, Any], now: datetime) -> ToyResult:
        self._check(command.get("boom"))
        row = row or ToyRow(command["patient"])
        name = (command.get("source"), command.get("id"))
        missing = row.missing
        if command["kind"] == "refused":
            missing = (*(each for each in missing if each != name), name)
        if command["kind"] == "dismiss":
            missing = tuple(each for each in missing if each != name)
        after = msgspec.structs.replace(row, commands=(*row.commands, command["command_id"]), missing=missing)
        return self._told(after, now, f"{row.patient}-p", {"command": command["command_id"]})

    def tick(self, row: ToyRow, now: datetime, *, upto: datetime | None = None, unverified: bool = False) -> ToyResult:
        self._check(row.fails_at)
        if row.next_due is None or row.next_due > now:
            return ToyResult(row)
        look = row.next_due.isoformat() + (" unverified" if unverified else "")
        after = msgspec.structs.replace(row, looks=(*row.looks, look), next_due=None)
        return self._told(after, now, f"{row.patient}-p", {"due": look})

    def refresh(self, row: ToyRow, now: datetime) -> ToyResult:
        return self._told(row, now, f"{row.patient}-p", {"rulebook": self.digest})

    def _told(self, row: ToyRow, now: datetime, pathway: str, cause: dict[str, Any]) -> ToyResult:
        row = msgspec.structs.replace(row, digest=self.digest, evaluated=now)
        clocks = {
            "pathway": pathway,
            "patient": row.patient,
            "incomplete": bool(row.missing),
            "clocks": list(row.facts),
        }
        return ToyResult(row, (clocks,), ({"kind": "raised", "to": "plan", "patient": row.patient, "cause": cause},))

    def _check(self, boom: str | None) -> None:
        if self.broken or boom:
            raise ArithmeticError(f"secret {boom}")


def event(name: str, patient: str = "k1:a", **data: Any) -> dict[str, Any]:
    return {
        "source": "urn:test",
        "id": name,
        "partitionkey": patient,
        "subject": f"{patient}-p",
        "type": "dk.fristvagt.toy.v1",
        "time": START.isoformat(),
        "data": {"occurred_at": START.isoformat(), **data},
    }


def command(name: str, patient: str = "k1:a", kind: str = "noted", **fields: Any) -> dict[str, Any]:
    return {"command_id": name, "kind": kind, "patient": patient, "actor": "test", "at": START.isoformat(), **fields}


def tick(due: datetime, patient: str = "k1:a", *, unverified: bool = False) -> dict[str, Any]:
    return {"patient": patient, "due": due.isoformat(), "unverified": unverified}


def later(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()
