"""From notices that may go now to messages: which go together, and the identity that each message keeps."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from alerts.notifier.batches import WINDOW_SECONDS, Batch, Sendings, Waiting, batches
from alerts.notifier.draft import WhyNot
from alerts.notifier.handing_over import replace_gone
from alerts.notifier.planner import Planner, Told
from alerts.notifier.tables import MESSAGES, NOTICES

AT_ONCE: Final = 5000
"""Notices that are looked at in one transaction."""

TABLE: Final = NOTICES.c


def compose(planner: Planner, wall: datetime, upto: datetime) -> list[Told]:
    """Make messages of what may go now; return what is told instead to reach those whom the policy has no more.

    `wall` is the wall's moment (aware), by which messages are counted. What might not go yet at `upto` (aware, the
    law's time) waits.
    """
    told: list[Told] = []
    for recipient, rows in groupby(_ripe(planner, upto), key=lambda row: str(row.recipient)):
        notices = list(rows)
        if recipient in planner.rules.policy.contacts:
            _compose(planner, recipient, notices, wall)
        else:
            drop(planner.connection, notices, WhyNot.NO_RECIPIENT)
            told += replace_gone(planner, notices)
    return told


def drop(connection: Connection, notices: Sequence[Row[Any]], why_not: WhyNot) -> None:
    """Drop notices that were not sent."""
    gone = update(NOTICES).where(TABLE.notice_id.in_([notice.notice_id for notice in notices]))
    connection.execute(gone.values(state="dropped", why_not=str(why_not)))


def _ripe(planner: Planner, upto: datetime) -> Sequence[Row[Any]]:
    ripe = select(NOTICES).where(TABLE.state == "waiting", TABLE.not_before <= upto)
    ordered = ripe.order_by(TABLE.recipient, TABLE.not_before, TABLE.number).limit(AT_ONCE)
    return planner.connection.execute(ordered.with_for_update(skip_locked=True)).all()


def _compose(planner: Planner, recipient: str, notices: Sequence[Row[Any]], wall: datetime) -> None:
    waiting = [Waiting(row.notice_id, row.alert_id, recipient, row.digest) for row in notices]
    sendings = _sendings(planner.connection, recipient, wall)
    for batch in batches(waiting, sendings, planner.rules.policy.rate_limit):
        _make(planner, recipient, batch, wall)


def _sendings(connection: Connection, recipient: str, wall: datetime) -> Sendings:
    since = wall - timedelta(seconds=WINDOW_SECONDS)
    table = MESSAGES.c
    counted = select(func.count(), func.max(table.made_at)).where(
        table.recipient == recipient, table.made_at > since, table.about != "head"
    )
    count, last = connection.execute(counted).one()
    return Sendings(count, None if last is None else (wall - last).total_seconds())


def _make(planner: Planner, recipient: str, batch: Batch, wall: datetime) -> None:
    ids = [each.notice_id for each in batch]
    message_id = message_id_of(*sorted(ids))
    values = {
        "message_id": message_id,
        "recipient": recipient,
        "about": "alert" if len(batch) == 1 else "digest",
        "at": planner.now,
    }
    planner.connection.execute(insert(MESSAGES).values(values | new_message(wall)))
    taken = update(NOTICES).where(TABLE.notice_id.in_(ids)).values(state="composed", message_id=message_id)
    planner.connection.execute(taken)


def new_message(wall: datetime) -> dict[str, Any]:
    """Return what a message begins with."""
    return {"made_at": wall, "state": "open", "attempts": 0, "next_at": wall, "done_at": None, "head": None}


def message_id_of(*parts: str) -> str:
    """Return a message's identity, the same in every attempt."""
    canonical = json.dumps(["message", *parts], ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
