"""What is dead is planned anew: once the policy has another address for its recipient, or operations ask for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, select

from alerts.notifier import alertrows, noticerows
from alerts.notifier.attempts import address_hash
from alerts.notifier.draft import Draft, Why
from alerts.notifier.lost import lost
from alerts.notifier.planner import Planner, Told
from alerts.notifier.planning import Plan
from alerts.notifier.tables import DELIVERIES, MESSAGES, NOTICES, WATCHED_ALERTS
from alerts.notifier.watched import Watched
from alerts.records.statements import insert_once


@dataclass(frozen=True, slots=True)
class Retried:
    """What is tried once more, and how much stays dead because the policy has its recipient no more."""

    told: Sequence[Told]
    nobodys: int


def readdress(planner: Planner) -> list[Told]:
    """Plan anew what was lost at another address than the policy has now.

    If it is lost there too, it waits for the next address; if it is taken back before it went, and is called for again,
    it goes after all. Its ladder and what is waited for stay as they are.
    """
    return _plan_anew(planner, lambda: _elsewhere(planner), Why.NEW_ADDRESS)


def retry(planner: Planner) -> Retried:
    """Plan anew all that was lost, at whatever address: what refused it was mended at the other end.

    Asked twice it is planned once: what waits to be sent is not lost. If it is lost again, it can be asked for again.
    """
    told = _plan_anew(planner, lambda: _known(planner), Why.AGAIN)
    contacts = planner.rules.policy.contacts
    return Retried(told, sum(row.recipient not in contacts for row in _lost(planner)))


def _plan_anew(planner: Planner, find: Callable[[], Sequence[Row[Any]]], why: Why) -> list[Told]:
    alerts = alertrows.load(planner.connection, {row.alert_id for row in find()})
    if not alerts:
        return []
    # Asked again, now that nobody else changes these alerts.
    rows = [(row, alerts[row.alert_id]) for row in find() if row.alert_id in alerts]
    return [_again(planner, row, alert, why) for row, alert in rows if alert.warns and not _is_untrue(row, alert)]


def _elsewhere(planner: Planner) -> Sequence[Row[Any]]:
    """Return the lost notices whose last attempt went to another address, or nobody knows where."""
    contacts = planner.rules.policy.contacts
    return [
        row
        for row in _known(planner)
        if row.address_hash != address_hash(row.message_id, contacts[row.recipient].recipient)
    ]


def _known(planner: Planner) -> Sequence[Row[Any]]:
    """Return the lost notices of those whom the policy still has."""
    contacts = planner.rules.policy.contacts
    return [row for row in _lost(planner) if row.recipient in contacts]


def _lost(planner: Planner) -> Sequence[Row[Any]]:
    """Return the lost notices, with where their last attempt went."""
    last = and_(DELIVERIES.c.message_id == MESSAGES.c.message_id, DELIVERIES.c.attempt == MESSAGES.c.attempts)
    joined = NOTICES.join(WATCHED_ALERTS).join(MESSAGES).join(DELIVERIES, last)
    found = select(NOTICES, DELIVERIES.c.address_hash).select_from(joined).where(lost())
    return planner.connection.execute(found.order_by(NOTICES.c.alert_id, NOTICES.c.number)).all()


def _is_untrue(row: Row[Any], alert: Watched) -> bool:
    """Say whether it asks for somebody where somebody takes care by now."""
    return row.what in {"not_acknowledged", "handed_over"} and alert.acts.covers(alert.tier)


def _again(planner: Planner, row: Row[Any], alert: Watched, why: Why) -> Told:
    policy, times = planner.rules.policy, planner.rules.times
    number = noticerows.heard(planner.connection, row.alert_id).number
    draft = Draft(
        name=row.recipient,
        recipient=policy.contacts[row.recipient].recipient,
        why=why,
        role=row.role,
        step=row.step,
        not_before=times.goes_at(planner.now, row.tier),
        digest=row.tier in policy.grouping.tiers,
    )
    fresh = {
        "notice_id": noticerows.notice_id_of(row.alert_id, f"again {row.notice_id} {number}", draft),
        "planned_at": planner.now,
        "not_before": draft.not_before,
        "digest": draft.digest,
        "state": "waiting",
        "why": str(draft.why),
        "why_not": None,
        "message_id": None,
        "number": number,
    }
    same = {column.name: getattr(row, column.name) for column in NOTICES.columns}
    insert_once(planner.connection, NOTICES, same | fresh)
    return Told(alert, row.what, Plan((draft,), (), alert.step, alert.hand_over_at))
