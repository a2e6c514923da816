"""What the notifier keeps of erased patients: the names of people are taken out, ids, times and outcomes stay.

Nobody is to be told twice or forgotten because of it. So names stay for as long as an alert is open, and a notice keeps
its recipient until it is sent or dropped. Both are taken by a later erasure, of whichever patient, and once a day.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from alerts.notifier import alertrows
from alerts.notifier.noticerows import ERASED, UNSENT
from alerts.notifier.tables import DELIVERIES, MESSAGES, NOTICES, WATCHED_ALERTS
from alerts.records.entry import REFUSED
from alerts.records.tables import LEDGER_ENTRIES

ALERT = WATCHED_ALERTS.c
NOTICE = NOTICES.c
MESSAGE = MESSAGES.c


@dataclass(frozen=True, slots=True)
class Erasure:
    """How many notices were emptied, and how many erased alerts still have names."""

    notices: int
    left: int


def erase(connection: Connection) -> Erasure:
    """Take names from every alert that is over and has an erased entry in the ledger book.

    Emptied are owner and watchers, the recipients of its notices, and recipient and receipts of its messages, unless
    these tell of others too.
    """
    # No plan for these alerts is made meanwhile.
    alertrows.load(connection, connection.scalars(select(ALERT.alert_id).where(_over(), _has_names())).all())
    connection.execute(update(WATCHED_ALERTS).where(_over(), _has_people()).values(owner=None, watchers="[]"))
    theirs = NOTICE.alert_id.in_(select(ALERT.alert_id).where(_over()))
    done = update(NOTICES).where(theirs, NOTICE.state.not_in(UNSENT), NOTICE.recipient != ERASED)
    notices = connection.execute(done.values(recipient=ERASED)).rowcount
    gone, receipt = select(MESSAGE.message_id).where(_tells_only_of_erased()), DELIVERIES.c.receipt
    # Also of a message that was emptied before: an attempt may have been under way.
    here = and_(DELIVERIES.c.message_id.in_(gone), receipt.is_not(None))
    connection.execute(update(DELIVERIES).where(here).values(receipt=None))
    named = and_(_tells_only_of_erased(), MESSAGE.recipient != ERASED)
    connection.execute(update(MESSAGES).where(named).values(recipient=ERASED))
    left = select(func.count()).select_from(WATCHED_ALERTS).where(_is_erased(), _has_names())
    return Erasure(notices, connection.scalar(left) or 0)


def _is_erased() -> ColumnElement[bool]:
    entry = LEDGER_ENTRIES.c
    # A refused command may name the alert of somebody else.
    theirs = and_(entry.alert_id == ALERT.alert_id, entry.content.is_(None), entry.kind != REFUSED)
    return exists().where(theirs)


def _over() -> ColumnElement[bool]:
    return and_(ALERT.status != "open", _is_erased())


def _has_people() -> ColumnElement[bool]:
    return or_(ALERT.owner.is_not(None), ALERT.watchers != "[]")


def _has_names() -> ColumnElement[bool]:
    return or_(_has_people(), exists().where(NOTICE.alert_id == ALERT.alert_id, NOTICE.recipient != ERASED))


def _tells_only_of_erased() -> ColumnElement[bool]:
    here = NOTICE.message_id == MESSAGE.message_id
    told, others = exists().where(here), exists().where(here, NOTICE.recipient != ERASED)
    return and_(told, ~others)
