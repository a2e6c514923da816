"""The watched alerts in SQL."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select, update

from alerts.notifier.tables import WATCHED_ALERTS
from alerts.notifier.watched import Watched
from alerts.records.statements import insert_once

IDS_AT_ONCE: Final = 500

TABLE: Final = WATCHED_ALERTS.c


def load(connection: Connection, alert_ids: Collection[str]) -> dict[str, Watched]:
    """Return those alerts that are known; nobody else changes them until the transaction ends."""
    ordered = sorted(alert_ids)  # all lock in one order, so that nobody waits for each other
    found: dict[str, Watched] = {}
    for first in range(0, len(ordered), IDS_AT_ONCE):
        some = select(WATCHED_ALERTS).where(TABLE.alert_id.in_(ordered[first : first + IDS_AT_ONCE]))
        rows = connection.execute(some.order_by(TABLE.alert_id).with_for_update()).mappings()
        found |= {row["alert_id"]: _alert(row) for row in rows}
    return found


def due(connection: Connection, now: datetime, most: int) -> list[str]:
    """Return the ids of alerts whose next rung is due at a moment of the law's time, the longest due first."""
    ripe = select(TABLE.alert_id).where(TABLE.hand_over_at <= now)
    return list(connection.scalars(ripe.order_by(TABLE.hand_over_at).limit(most)))


def save(connection: Connection, alert: Watched) -> None:
    """Write an alert."""
    values = msgspec.structs.asdict(alert) | {"watchers": json.dumps(alert.watchers)}
    changed = connection.execute(update(WATCHED_ALERTS).where(TABLE.alert_id == alert.alert_id).values(values))
    if not changed.rowcount:
        insert_once(connection, WATCHED_ALERTS, values)


def _alert(row: Mapping[Any, Any]) -> Watched:
    values = dict(row)
    return Watched(**values | {"watchers": tuple(json.loads(values["watchers"]))})
