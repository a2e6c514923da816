"""What stands in the outbox now, for the gauges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from alerts.notifier.tables import DELIVERIES, MESSAGES, NOTICES, WATCHED_ALERTS


@dataclass(frozen=True, slots=True)
class Standing:
    """Notices that might be gone and are not, since when at the longest (the law's time), and what fails."""

    waiting: int
    oldest: datetime | None
    dead: int
    retrying: Mapping[str, int]


def standing(connection: Connection, now: datetime) -> Standing:
    """Count; `now` is the law's moment (aware)."""
    table = NOTICES.c
    late = select(func.count(), func.min(table.not_before)).where(
        table.state.in_(("waiting", "composed")), table.not_before <= now
    )
    count, oldest = connection.execute(late).one()
    return Standing(count, oldest, _dead(connection), _retrying(connection))


def _dead(connection: Connection) -> int:
    alert = WATCHED_ALERTS.c
    held = and_(NOTICES.c.state == "dead", alert.status == "open", alert.tier == NOTICES.c.tier)
    return connection.scalar(select(func.count()).select_from(NOTICES.join(WATCHED_ALERTS)).where(held)) or 0


def _retrying(connection: Connection) -> dict[str, int]:
    message, delivery = MESSAGES.c, DELIVERIES.c
    last = and_(delivery.message_id == message.message_id, delivery.attempt == message.attempts)
    failing = (
        select(delivery.channel, func.count().label("messages"))
        .select_from(MESSAGES.join(DELIVERIES, last))
        .where(message.state == "open", delivery.outcome == "temporary")
        .group_by(delivery.channel)
    )
    return {row.channel: row.messages for row in connection.execute(failing)}
