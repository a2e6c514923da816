"""When a notifier has something to do next, as its tables tell it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from alerts.notifier.batches import MERGE_SECONDS
from alerts.notifier.planning import AGAIN
from alerts.notifier.tables import NOTICES, WATCHED_ALERTS
from alerts.notifier.watched import BEFORE_THE_LADDER
from stream.due import ONE_DAY, midnight
from stream.law.fact import local_date

ALERT: Final = WATCHED_ALERTS.c
NOTICE: Final = NOTICES.c


def ripe(connection: Connection, now: datetime) -> bool:
    """Say whether an alert is to be handed over, or a notice may go, at an aware moment."""
    return bool(
        connection.scalar(select(or_(exists().where(ALERT.hand_over_at <= now), exists().where(_waits(), _by(now)))))
    )


def next_moment(connection: Connection, now: datetime) -> datetime | None:
    """Return when there is something to do next, given that a look was taken `now` (aware); None: never.

    A notice that might be gone and still waits is held back by the limit of messages an hour, until the next merge.
    An alert that reaches nobody is planned anew once a local day: the policy does not change while a run lasts, only
    who is away and which region a unit belongs to.
    """
    today = local_date(now)
    reaches_nobody = select(func.min(ALERT.hand_over_at)).where(_reaches_nobody())
    found = [
        connection.scalar(select(func.min(ALERT.hand_over_at)).where(~_reaches_nobody())),
        connection.scalar(reaches_nobody.where(ALERT.hand_over_at < midnight(today) + AGAIN)),  # not yet planned today
        connection.scalar(select(func.min(NOTICE.not_before)).where(_waits(), NOTICE.not_before > now)),
    ]
    if connection.scalar(select(exists().where(_waits(), _by(now)))):
        found.append(now + timedelta(seconds=MERGE_SECONDS))
    if connection.scalar(reaches_nobody) is not None:
        found.append(midnight(today + ONE_DAY))
    return min((max(each, now) for each in found if each is not None), default=None)


def _reaches_nobody() -> ColumnElement[bool]:
    return ALERT.step == BEFORE_THE_LADDER


def _waits() -> ColumnElement[bool]:
    return NOTICE.state == "waiting"


def _by(now: datetime) -> ColumnElement[bool]:
    return NOTICE.not_before <= now
