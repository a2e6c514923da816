"""Whose turn it is: of all notifiers one at a time hands over and sends, so that limits and digests count for all."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, or_, select, update

from alerts.notifier.tables import TURNS
from alerts.records.statements import insert_once

SENDING: Final = "sending"

TURN_SECONDS: Final = 60.0
"""How long a turn lasts unless it is taken again: longer than an attempt to send may take."""

SKEW: Final = timedelta(seconds=5)
"""By how much the clocks of two notifiers may differ."""

TABLE: Final = TURNS.c


def take(connection: Connection, holder: str, wall: datetime) -> bool:
    """Take the turn, or keep it, if nobody else has it; `wall` is the wall's moment (aware)."""
    insert_once(connection, TURNS, {"task": SENDING, "holder": holder, "until": wall})
    until = wall + timedelta(seconds=TURN_SECONDS)
    # A turn that lasts longer than any can was taken before the clock was set back, perhaps by one that is gone.
    free = or_(TABLE.holder == holder, TABLE.until <= wall, TABLE.until > until + SKEW)
    mine = update(TURNS).where(TABLE.task == SENDING, free).values(holder=holder, until=until)
    return bool(connection.execute(mine).rowcount)


def holds(connection: Connection, holder: str, wall: datetime) -> bool:
    """Say whether the turn is still the holder's."""
    row = connection.execute(select(TABLE.holder, TABLE.until).where(TABLE.task == SENDING)).one_or_none()
    return row is not None and row.holder == holder and row.until > wall


def give(connection: Connection, holder: str, wall: datetime) -> None:
    """Give the turn away."""
    connection.execute(update(TURNS).where(TABLE.task == SENDING, TABLE.holder == holder).values(until=wall))
