"""What the notifier did about alerts, as its tables keep it: who was told or not, and what became of each message."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from alerts.notifier.tables import DELIVERIES, MESSAGES, NOTICES


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice, the message that it went into (None: none yet), and the message's attempts in their order."""

    notice: Row[Any]
    message: Row[Any] | None
    deliveries: Sequence[Row[Any]]


def tellings(connection: Connection, alert_ids: Collection[str]) -> list[Telling]:
    """Return what was planned for these alerts, each alert's in the order of its planning."""
    theirs = NOTICES.c.alert_id.in_(alert_ids)
    notices = connection.execute(select(NOTICES).where(theirs).order_by(NOTICES.c.alert_id, NOTICES.c.number)).all()
    used = select(NOTICES.c.message_id).where(theirs, NOTICES.c.message_id.is_not(None))
    messages = connection.execute(select(MESSAGES).where(MESSAGES.c.message_id.in_(used))).all()
    by_id = {message.message_id: message for message in messages}
    deliveries: dict[str, list[Row[Any]]] = defaultdict(list)
    tried = select(DELIVERIES).where(DELIVERIES.c.message_id.in_(used)).order_by(DELIVERIES.c.attempt)
    for delivery in connection.execute(tried):
        deliveries[delivery.message_id].append(delivery)
    return [Telling(each, by_id.get(each.message_id), deliveries.get(each.message_id, ())) for each in notices]
