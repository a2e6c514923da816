"""Whom a policy tells of an alert, through what, when, and by which lines: in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from alerts.policy import Policy
from alerts.policy.contacts import Contact, stand_in
from alerts.policy.hours import WAITING
from alerts.policy.routes import Route
from alerts.policy.worktime import ZONE, WorkTime
from alerts.recipients import Recipient
from alerts.tiers import TIERS, Tier


@dataclass(frozen=True, slots=True)
class Alert:
    """The alert that is asked about. `at` is aware; a unit or region that is not known is None."""

    right: str
    tier: Tier
    unit: str | None
    region: str | None
    at: datetime


def explained(times: WorkTime, alert: Alert) -> Iterator[str]:
    """Say, line by line, what happens when such an alert arises and nobody acknowledges it."""
    policy, tier = times.policy, alert.tier
    yield f"{alert.right} reaches {tier} at {_at_unit(alert)} on {_moment(alert.at)}"
    arises, condition = alert.at, ""
    for rung in policy.ladder(tier):
        routes = {role: policy.route(role, alert.unit, alert.region, alert.right) for role in rung}
        missing = [role for role, route in routes.items() if route is None]
        instead = "; the next one is told instead" if len(missing) == len(rung) else ""
        yield from (f"  {role}: nobody has this role here{instead}" for role in missing)
        if instead:
            continue
        goes = times.goes_at(arises, tier)
        for role, route in routes.items():
            if route is not None:
                named = _named_by(policy, tier, role)
                yield f"  {_moment(goes)}{condition}: {role} ({named}), route on line {route.line}"
                yield from (f"    {line}" for line in _told(policy, route, goes.astimezone(ZONE).date()))
        yield from (f"    {line}" for line in _waits(times, alert, arises, goes))
        arises = times.hand_over_at(goes, tier)
        condition = f", if nobody has acknowledged for {_patience(policy, tier)}"
    yield "  then nobody is left to be told" if condition else "  nobody is told: this alert reaches no one"


def _told(policy: Policy, route: Route, on: date) -> Iterator[str]:
    for name in route.to:
        away = policy.contacts[name].away_on(on)
        told = stand_in(name, policy.contacts, on)
        if away is None:
            yield _contact(told)
        elif told.recipient.name == name:
            yield f"{_contact(told)}: is away (line {away.line}), but so is every deputy"
        else:
            yield f"{_contact(told)}: stands in for {name}, who is away until {away.last} (line {away.line})"


def _contact(contact: Contact) -> str:
    recipient = contact.recipient
    return f"{recipient.name}, {_channel(recipient)} (line {contact.line})"


def _channel(recipient: Recipient) -> str:
    language = {"da": "Danish", "en": "English"}[recipient.language]
    return f"{recipient.channel} to {recipient.address}, in {language}"


def _waits(times: WorkTime, alert: Alert, arises: datetime, goes: datetime) -> Iterator[str]:
    """Say why a message does not go when it arises."""
    if goes == arises:
        return
    policy, tier = times.policy, alert.tier
    if tier in policy.grouping.tiers:
        yield f"waits for the digest of the morning ({_line(policy, 'digest')})"
    if tier not in policy.grouping.tiers or times.digest_at(arises) != goes:
        yield f"waits for the end of the quiet hours ({_line(policy, 'quiet_hours')})"


def _patience(policy: Policy, tier: Tier) -> str:
    kind = "of working time" if tier in WAITING else "of all time"
    return f"{policy.hand_over[tier]} minutes {kind} ({_line(policy, 'hand_over', tier)})"


def _named_by(policy: Policy, tier: Tier, role: str) -> str:
    if (line := policy.line("ladder", tier)) is not None:
        return f"ladder.{tier}, line {line}"
    if role in policy.roles(tier):
        return f"owners.{tier}, {_line(policy, 'owners', tier)}"
    worse = TIERS[TIERS.index(tier) + 1]
    return f"owners.{worse}, {_line(policy, 'owners', worse)}, since there is no ladder.{tier}"


def _line(policy: Policy, *path: str) -> str:
    line = policy.line(*path)
    return "the default" if line is None else f"line {line}"


def _at_unit(alert: Alert) -> str:
    unit = "an unknown unit" if alert.unit is None else f"unit {alert.unit}"
    return f"{unit} ({alert.region or 'no region'})"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%a %Y-%m-%d %H:%M}"
