"""What stands in the outbox now, for the gauges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, exists, func, or_, select

from alerts.notifier.draft import WhyNot
from alerts.notifier.lost import lost
from alerts.notifier.news import ENDS
from alerts.notifier.tables import DELIVERIES, MESSAGES, NOTICES, WATCHED_ALERTS

HEAD_COUNTS: Final = timedelta(days=1)
"""How long a dead daily head counts, in the law's time: then the next one shows whether that is cured."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Notices that might be gone and are not, since when at the longest (the law's time), and what fails.

    `dead`: lost notices, and today's heads. `unowned`: open alerts that ask for something, and of whose tier nobody was
    or will be told, whatever brought it up, since they were last over.
    """

    waiting: int
    oldest: datetime | None
    dead: int
    unowned: int
    retrying: Mapping[str, int]


def standing(connection: Connection, now: datetime) -> Standing:
    """Count; `now` is the law's moment (aware)."""
    table = NOTICES.c
    late = select(func.count(), func.min(table.not_before)).where(
        table.state.in_(("waiting", "composed")), table.not_before <= now
    )
    count, oldest = connection.execute(late).one()
    return Standing(count, oldest, _dead(connection, now), _unowned(connection), _retrying(connection))


def _dead(connection: Connection, now: datetime) -> int:
    message = MESSAGES.c
    notices = select(func.count()).select_from(NOTICES.join(WATCHED_ALERTS)).where(lost())
    heads = select(func.count()).where(message.about == "head", message.state == "dead", message.at > now - HEAD_COUNTS)
    return (connection.scalar(notices) or 0) + (connection.scalar(heads) or 0)


def _unowned(connection: Connection) -> int:
    alert, notice, later = WATCHED_ALERTS.c, NOTICES.c, NOTICES.alias("later").c
    knows = and_(notice.state == "dropped", notice.why_not == str(WhyNot.TOLD_ALREADY))
    reaches = or_(notice.state.in_(("waiting", "composed", "sent")), knows)
    over = exists().where(later.alert_id == notice.alert_id, later.what.in_(ENDS), later.number > notice.number)
    told = exists().where(notice.alert_id == alert.alert_id, notice.tier == alert.tier, reaches, ~over)
    asks = and_(alert.status == "open", alert.tier.is_not(None), alert.silent.is_(False))
    taken = or_(alert.acknowledged.is_not(None), alert.snoozed_until.is_not(None))
    return connection.scalar(select(func.count()).select_from(WATCHED_ALERTS).where(asks, ~taken, ~told)) or 0


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
