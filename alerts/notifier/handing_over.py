"""Hand-over: nobody took care in time, or nobody could be reached, so the next rung of the ladder is told."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Row, and_, exists, or_, select

from alerts.notifier import alertrows
from alerts.notifier.draft import WhyNot
from alerts.notifier.news import WARNINGS, News
from alerts.notifier.planner import Planner, Told
from alerts.notifier.tables import NOTICES
from alerts.notifier.watched import Watched

AT_ONCE: Final = 200
"""Alerts handed over in one transaction."""

TABLE: Final = NOTICES.c


def hand_over(planner: Planner) -> list[Told]:
    """Tell the next rung of every alert for which it is time."""
    alerts = alertrows.load(planner.connection, alertrows.due(planner.connection, planner.now, AT_ONCE))
    told = []
    for alert in alerts.values():
        if alert.hand_over_at is None or alert.hand_over_at > planner.now:
            continue
        if alert.warns:
            told += planner.climbed(planner.hand_over(alert))
        else:
            alertrows.save(planner.connection, replace(alert, hand_over_at=None))
    return told


def give_up(planner: Planner, notices: Sequence[Row[Any]]) -> list[Told]:
    """Tell the next rung at once where these notices, which never arrive, leave nobody of theirs who was told."""
    return _made_up_for(planner, notices, planner.instead)


def replace_gone(planner: Planner, notices: Sequence[Row[Any]]) -> list[Told]:
    """Do the same for notices whose recipient the policy has no more: whoever has the role by now is told first."""
    return _made_up_for(planner, notices, planner.in_place)


def _made_up_for(planner: Planner, notices: Sequence[Row[Any]], tell: Callable[[Watched, News], Told]) -> list[Told]:
    alerts = alertrows.load(planner.connection, {notice.alert_id for notice in notices})
    told = []
    for notice in notices:
        alert = alerts[notice.alert_id]
        if _is_waited_for(alert, notice) and not _reaches_another(planner, notice):
            told += planner.climbed(tell(alert, notice.what))
            alerts[notice.alert_id] = told[-1].alert
    return told


def _is_waited_for(alert: Watched, notice: Row[Any]) -> bool:
    here = notice.cause == alert.cause and notice.tier == alert.tier and notice.step in {None, alert.step}
    return here and alert.warns and alert.hand_over_at is not None and notice.what in WARNINGS


def _reaches_another(planner: Planner, notice: Row[Any]) -> bool:
    step = TABLE.step.is_(None) if notice.step is None else TABLE.step == notice.step
    rung = step if notice.step is not None else TABLE.step.is_not(None) | step
    knows = and_(TABLE.state == "dropped", TABLE.why_not == str(WhyNot.TOLD_ALREADY))
    reached = or_(TABLE.state.in_(("waiting", "composed", "sent")), knows)
    same = and_(TABLE.alert_id == notice.alert_id, TABLE.cause == notice.cause, rung, reached)
    return bool(planner.connection.scalar(select(exists().where(same))))
