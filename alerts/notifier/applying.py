"""A run of the ledger's topic, applied in one transaction: book, alerts, notices and how far it has come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from alerts.ledger import Transition
from alerts.notifier import alertrows
from alerts.notifier.planner import Planner, Rules, Told
from alerts.notifier.watched import Watched, followed
from alerts.records import ledgerbook
from alerts.records.entry import UNREADABLE, Entry, Raw


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run brought. `unreadable` are the offsets of records that tell nobody anything."""

    new: int
    told: tuple[Told, ...]
    unreadable: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one partition with their offsets, in order."""

    partition: int
    records: Sequence[tuple[int, Raw]]


def apply(connection: Connection, run: Run, rules: Rules, now: datetime, salt: Callable[[], str]) -> Applied:
    """Enter a run in the book and plan for what is new in it; what was applied before changes nothing.

    `now` is the law's moment (aware); `salt` gives 16 random bytes in hexadecimal each time.
    """
    entries = ledgerbook.append(connection, run.partition, run.records, salt)
    read = {entry.source_offset: _read(entry) for entry in entries}
    transitions = [each for each in read.values() if each is not None]
    unreadable = tuple(offset for offset, each in read.items() if each is None)
    known = alertrows.load(connection, {each.alert_id for each in transitions})
    planner = Planner(connection, rules, now)
    told: list[Told] = []
    for transition in transitions:
        if _is_about_an_alert(transition, known):
            known[transition.alert_id], found = planner.follow(known.get(transition.alert_id), transition)
            told += [found] if found else []
    return Applied(len(entries), tuple(told), unreadable)


def _is_about_an_alert(transition: Transition, known: dict[str, Watched]) -> bool:
    """Leave out the answer to a command for an alert that does not exist."""
    return transition.kind != "refused" or transition.alert_id in known


def _read(entry: Entry) -> Transition | None:
    """Read an entry as a transition; None where it is none."""
    if entry.kind == UNREADABLE or entry.content is None:
        return None
    try:
        transition = msgspec.json.decode(entry.content, type=Transition)
        followed(None, transition)
    except (msgspec.DecodeError, ValueError, KeyError, TypeError):
        return None
    return transition
