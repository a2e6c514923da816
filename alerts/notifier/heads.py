"""The ledger's daily head: made once a local day, and sent to those who keep it."""

from datetime import datetime

from sqlalchemy import exists, select

from alerts.notifier.composing import message_id_of, new_message
from alerts.notifier.planner import Planner
from alerts.notifier.tables import MESSAGES
from alerts.policy.worktime import ZONE
from alerts.records.ledgerbook import keep_head
from alerts.records.statements import insert_once
from alerts.records.tables import LEDGER_HEADS


def tell_head(planner: Planner, wall: datetime) -> bool:
    """Make the head of the local day, and its messages, unless that was done; say whether it was done now."""
    on = planner.now.astimezone(ZONE).date()
    if planner.connection.scalar(select(exists().where(LEDGER_HEADS.c.day == on))):
        return False
    text = keep_head(planner.connection, on, planner.now)
    for recipient in planner.rules.policy.heads:
        own = {"recipient": recipient.name, "about": "head", "at": planner.now}
        own["message_id"] = message_id_of("head", on.isoformat(), recipient.name)
        insert_once(planner.connection, MESSAGES, new_message(wall) | own | {"head": text})
    return True
