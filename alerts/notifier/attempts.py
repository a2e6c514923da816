"""One attempt to send a message, as its rows tell it: opened before the message leaves, closed with what came of it."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, insert, or_, select, update

from alerts.delivery.message import Item, Message
from alerts.notifier import alertrows
from alerts.notifier.backoff import MOST_SECONDS
from alerts.notifier.composing import drop
from alerts.notifier.draft import WhyNot
from alerts.notifier.handing_over import give_up, replace_gone
from alerts.notifier.planner import Planner, Told
from alerts.notifier.tables import DELIVERIES, MESSAGES, NOTICES, WATCHED_ALERTS
from alerts.notifier.turns import SKEW
from alerts.recipients import Language, Recipient
from alerts.tiers import TIERS, rank

TABLE: Final = NOTICES.c

Outcome = Literal["sent", "temporary", "permanent"]


class Names(Protocol):
    """What rights and units are called."""

    def right(self, right: str, language: Language) -> str:
        """Return a right's name."""
        ...

    def unit(self, unit: str | None, language: Language) -> str:
        """Return a unit's name, empty where it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that is to be sent now. `number` counts attempts from 1, `notices` are what it says."""

    message: Message
    number: int
    notices: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. `wait_seconds` until the next one, where there is to be one."""

    outcome: Outcome
    why: str | None = None
    receipt: str | None = None
    wait_seconds: float | None = None


def waiting(connection: Connection, wall: datetime) -> list[str]:
    """Return the names of those for whom a message is to be tried now."""
    return list(connection.scalars(select(MESSAGES.c.recipient).where(_ripe(wall)).distinct()))


def due(
    connection: Connection, wall: datetime, recipients: Collection[str], but: Collection[str], most: int
) -> list[str]:
    """Return the ids of messages to these recipients that are to be tried now, but for those ids, `most` at most.

    The most urgent come first, then those not tried yet: what failed before keeps nothing that is as urgent waiting.
    """
    table = MESSAGES.c
    ripe = select(table.message_id).where(_ripe(wall), table.recipient.in_(recipients), table.message_id.not_in(but))
    order = (_urgency().desc(), table.attempts > 0, table.next_at, table.message_id)
    return list(connection.scalars(ripe.order_by(*order).limit(most)))


def _ripe(wall: datetime) -> ColumnElement[bool]:
    """Say whether it is time. One that is due later than any wait lasts was put off before the clock was set back."""
    table = MESSAGES.c
    farthest = wall + timedelta(seconds=MOST_SECONDS) + SKEW
    return and_(table.state == "open", or_(table.next_at <= wall, table.next_at > farthest))


def _urgency() -> ColumnElement[int]:
    """Return the rank of the highest tier that a message tells of, 0 without one."""
    ranks = case({tier: rank(tier) for tier in TIERS}, value=TABLE.tier, else_=0)
    highest = select(func.max(ranks)).where(TABLE.message_id == MESSAGES.c.message_id).scalar_subquery()
    return func.coalesce(highest, 0)


def begin(planner: Planner, message_id: str, names: Names, wall: datetime) -> Attempt | list[Told]:
    """Open an attempt; a message that has nothing to say any more, or nobody to say it to, is dropped instead.

    What is told instead to reach the others is returned then.
    """
    _hold_alerts(planner.connection, message_id)  # before the message, as an erasure does
    row = _locked(planner.connection, message_id)
    if row is None or row.state != "open":
        return []
    notices = _notices(planner.connection, message_id)
    contact = planner.rules.policy.contacts.get(row.recipient)
    if contact is None:
        _finish(planner.connection, message_id, "dropped", wall)
        drop(planner.connection, notices, WhyNot.NO_RECIPIENT)
        return replace_gone(planner, notices)
    if not notices and row.head is None:
        _finish(planner.connection, message_id, "dropped", wall)
        return []
    attempt = Attempt(_message(row, contact.recipient, notices, names), row.attempts + 1, notices)
    started = {"message_id": message_id, "attempt": attempt.number, "channel": contact.recipient.channel}
    started["address_hash"] = address_hash(message_id, contact.recipient)
    planner.connection.execute(insert(DELIVERIES).values(started | {"started": wall}))
    _change(planner.connection, message_id, attempts=attempt.number)
    return attempt


def address_hash(message_id: str, recipient: Recipient) -> str:
    """Return what tells whether a message went to another address: no address is kept, nor which messages share one."""
    return hashlib.sha256(f"{message_id} {recipient.channel} {recipient.address}".encode()).hexdigest()[:32]


def close(planner: Planner, attempt: Attempt, result: Result, wall: datetime) -> list[Told]:
    """Write what came of an attempt. What will never arrive is dead, and the next rung is told at once."""
    connection, message_id = planner.connection, attempt.message.notice_id
    _hold_alerts(connection, message_id)
    here = (DELIVERIES.c.message_id == message_id, DELIVERIES.c.attempt == attempt.number)
    ended = {"ended": wall, "outcome": result.outcome, "why": result.why, "receipt": result.receipt}
    connection.execute(update(DELIVERIES).where(*here).values(ended | {"wait_seconds": result.wait_seconds}))
    if result.outcome == "sent":
        _finish(connection, message_id, "sent", wall)
        # Also what was taken back while it was under way: it is told now.
        _mark(connection, attempt.notices, ("composed", "dropped"), state="sent", why_not=None)
        return []
    if result.outcome == "temporary":
        _change(connection, message_id, next_at=wall + timedelta(seconds=result.wait_seconds or 0.0))
        return []
    _finish(connection, message_id, "dead", wall)
    lost = [each for each in _notices(connection, message_id) if each.state == "composed"]
    _mark(connection, lost, ("composed",), state="dead", why_not=str(WhyNot.UNDELIVERABLE))
    return give_up(planner, lost)


def _locked(connection: Connection, message_id: str) -> Row[Any] | None:
    return connection.execute(
        select(MESSAGES).where(MESSAGES.c.message_id == message_id).with_for_update()
    ).one_or_none()


def _hold_alerts(connection: Connection, message_id: str) -> None:
    """Let no plan for the message's alerts be made until the transaction ends.

    Either that plan sees that an attempt is under way, or the attempt sees what the plan has dropped.
    """
    alerts = select(TABLE.alert_id).where(TABLE.message_id == message_id).distinct()
    alertrows.load(connection, connection.scalars(alerts).all())


def _notices(connection: Connection, message_id: str) -> Sequence[Row[Any]]:
    alert = WATCHED_ALERTS.c
    columns = (alert.clock_id, alert.right, alert.unit, _after_passed().label("after_passed"))
    joined = select(NOTICES, *columns).join_from(NOTICES, WATCHED_ALERTS)
    here = joined.where(TABLE.message_id == message_id, TABLE.state == "composed")
    return connection.execute(here.order_by(TABLE.at, TABLE.notice_id)).all()


def _after_passed() -> ColumnElement[bool]:
    """Say whether a notice ends what has stood as passed, whoever was told that: the duty to report is left."""
    earlier = NOTICES.alias("earlier").c
    before = and_(earlier.alert_id == TABLE.alert_id, earlier.number < TABLE.number, earlier.tier == "passed")
    return and_(TABLE.tier.is_(None), exists().where(before))


def _mark(connection: Connection, notices: Sequence[Row[Any]], states: Sequence[str], **values: Any) -> None:
    ids = [notice.notice_id for notice in notices]
    connection.execute(update(NOTICES).where(TABLE.notice_id.in_(ids), TABLE.state.in_(states)).values(**values))


def _finish(connection: Connection, message_id: str, state: str, wall: datetime) -> None:
    _change(connection, message_id, state=state, done_at=wall)


def _change(connection: Connection, message_id: str, **values: Any) -> None:
    connection.execute(update(MESSAGES).where(MESSAGES.c.message_id == message_id).values(**values))


def _message(row: Row[Any], recipient: Recipient, notices: Sequence[Row[Any]], names: Names) -> Message:
    items = tuple(_item(notice, recipient.language, names) for notice in notices)
    return Message(row.message_id, recipient, row.about, row.at, items, row.head)


def _item(notice: Row[Any], language: Language, names: Names) -> Item:
    return Item(
        what=notice.what,
        alert_id=notice.alert_id,
        clock_id=notice.clock_id,
        tier=notice.tier,
        reason=notice.reason,
        right=notice.right,
        right_name=names.right(notice.right, language),
        unit=notice.unit,
        unit_name=names.unit(notice.unit, language),
        at=notice.at,
        late=notice.late,
        unverified=notice.unverified,
        after_passed=bool(notice.after_passed),
    )
