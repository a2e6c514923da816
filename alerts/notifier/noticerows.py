"""The notices in SQL: what an alert's people have heard, what still waits, and what a plan adds or takes back."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists, or_, select, update

from alerts.delivery.message import What
from alerts.notifier.draft import Draft, Pending, Situation, WhyNot, Word
from alerts.notifier.tables import DELIVERIES, NOTICES
from alerts.records.statements import insert_once

TABLE: Final = NOTICES.c
UNSENT: Final = ("waiting", "composed")

ERASED: Final = "(erased)"
"""What stands for the recipient of a notice once the patient was erased. No name of a policy has brackets."""


MAYBE: Final = or_(DELIVERIES.c.outcome.is_(None), DELIVERIES.c.why == "timeout")
"""How an attempt stands that may have arrived: under way, cut off, or without an answer in time."""

HARDLY: Final = DELIVERIES.c.why.in_(("connection", "error"))
"""How one ended that mostly did not arrive, and may have: there was no connection or it was lost, or we failed."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An alert's notices as a plan needs them. `number` is how many there are.

    `dead`: cause and news of what is the last for somebody, and will never arrive.
    """

    words: Mapping[str, Word]
    pending: tuple[Pending, ...]
    number: int
    dead: Mapping[str, tuple[str, What]]


def heard(connection: Connection, alert_id: str) -> Heard:
    """Return what was told of an alert. What may have arrived counts as told, surely or not, unless it is dead."""
    rows = connection.execute(
        select(NOTICES, _tried(MAYBE).label("maybe"), _tried(HARDLY).label("hardly"))
        .where(TABLE.alert_id == alert_id)
        .order_by(TABLE.number)
    ).all()
    words = {row.recipient: word for row in rows if row.recipient != ERASED and (word := _word(row))}
    pending = tuple(Pending(row.notice_id, row.recipient, row.what, row.tier) for row in rows if row.state in UNSENT)
    return Heard(words, pending, len(rows), _dead(rows))


def was_handed_over(connection: Connection, alert_id: str, cause: str) -> bool:
    """Say whether a ladder was begun by staff who handed the alert over, also to somebody who is no recipient."""
    here = exists().where(TABLE.alert_id == alert_id, TABLE.cause == cause, TABLE.what == "handed_over")
    return bool(connection.scalar(select(here)))


def take_back(connection: Connection, found: Iterable[tuple[Pending, WhyNot]]) -> None:
    """Drop notices that were not sent."""
    for each, why_not in found:
        gone = update(NOTICES).where(TABLE.notice_id == each.notice_id, TABLE.state.in_(UNSENT))
        connection.execute(gone.values(state="dropped", why_not=str(why_not)))


def add(connection: Connection, situation: Situation, drafts: Sequence[Draft], number: int) -> None:
    """Write a plan's drafts, numbered from `number`."""
    for place, draft in enumerate(drafts, number):
        row = _row(situation, draft)
        if draft.stands:
            row["notice_id"] = _free_id(connection, row["notice_id"], situation, draft)
        insert_once(connection, NOTICES, row | {"number": place})


def notice_id_of(alert_id: str, cause: str, draft: Draft) -> str:
    """Return a notice's identity: alert, what brought it, the rung of the ladder, and who is told.

    A role that nobody has may be called like a recipient, so what is for nobody has other identities.
    """
    kind = "nobody" if draft.recipient is None else "notice"
    canonical = json.dumps([kind, alert_id, cause, draft.step, draft.name], ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _free_id(connection: Connection, notice_id: str, situation: Situation, draft: Draft) -> str:
    """Return the identity of a notice that is to go, after those of the same that will never go.

    What waits, or was sent, keeps its identity: planned again it changes nothing.
    """
    gone = select(exists().where(TABLE.notice_id == bindparam("id"), TABLE.state.in_(("dropped", "dead"))))
    while connection.scalar(gone, {"id": notice_id}):
        notice_id = notice_id_of(situation.alert.alert_id, f"after {notice_id}", draft)
    return notice_id


def _dead(rows: Sequence[Row[Any]]) -> dict[str, tuple[str, What]]:
    last = {row.recipient: row for row in rows if row.state != "dropped"}
    return {name: (row.cause, row.what) for name, row in last.items() if row.state == "dead"}


def _row(situation: Situation, draft: Draft) -> dict[str, Any]:
    alert = situation.alert
    return {
        "notice_id": notice_id_of(alert.alert_id, situation.cause, draft),
        "alert_id": alert.alert_id,
        "cause": situation.cause,
        "recipient": draft.name,
        "role": draft.role,
        "step": draft.step,
        "what": situation.news,
        "tier": alert.tier,
        "reason": alert.reason,
        "at": alert.since,
        "late": alert.late,
        "unverified": alert.unverified,
        "planned_at": situation.now,
        "not_before": draft.not_before,
        "digest": draft.digest,
        "state": "waiting" if draft.stands else "dropped",
        "why": str(draft.why),
        "why_not": None if draft.why_not is None else str(draft.why_not),
    }


def _word(row: Row[Any]) -> Word | None:
    """Leave out the dead: the channel says that they will never arrive, whatever an earlier attempt left open."""
    if row.state == "sent" or (row.maybe and row.state != "dead"):
        return Word(row.what, row.tier)
    return Word(row.what, row.tier, sure=False) if row.hardly and row.state != "dead" else None


def _tried(how: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say whether an attempt was made that ended so."""
    return exists().where(DELIVERIES.c.message_id == TABLE.message_id, how)
