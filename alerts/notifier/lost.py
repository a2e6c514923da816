"""Notices that will never arrive, and of which their recipients ought to know all the same."""

from sqlalchemy import ColumnElement, and_, exists

from alerts.notifier.noticerows import ERASED
from alerts.notifier.tables import NOTICES, WATCHED_ALERTS


def lost() -> ColumnElement[bool]:
    """Say so of a notice joined with its alert: the alert is as the notice says, and they heard nothing since.

    What waits to be sent to them counts as heard.
    """
    alert, notice, later = WATCHED_ALERTS.c, NOTICES.c, NOTICES.alias("later").c
    theirs = and_(later.alert_id == notice.alert_id, later.recipient == notice.recipient, later.number > notice.number)
    since = exists().where(theirs, later.state != "dropped")
    held = and_(alert.status == "open", alert.tier == notice.tier)
    return and_(notice.state == "dead", notice.recipient != ERASED, held, ~since)
