"""Who takes care of an alert, until when it rests, and how far the duty to act has come, in Danish. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.acts import TakenRung
from api.projection.alerts import Alert
from api.web.dates import clock_time, date_and_time
from api.web.words import texts, tier, word
from stream.clock import parse_moment
from stream.law.fact import local_date

LADDER: Final[Mapping[str, frozenset[str]]] = {
    "hospital": frozenset({"hospital"}),
    "region": frozenset({"region"}),
    "elsewhere": frozenset({"other_region", "private", "abroad"}),
    "national": frozenset({"national"}),
}
"""The rungs of the duty to act in order; three of them stand beside each other."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of the ladder and what was tried there, in words; nothing as long as it was not taken."""

    name: str
    taken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Care:
    """What the page says of an alert. `owner` None: nobody takes care of it; `rests_until` None: it does not rest."""

    alert: Alert
    owner: str | None
    confirmed: str
    rests_until: datetime | None
    watchers: tuple[str, ...]
    ladder: tuple[Rung, ...]

    @property
    def is_open(self) -> bool:
        """Whether anything can be done about it."""
        return self.alert.status == "open"

    @property
    def has_tier(self) -> bool:
        """Whether there is anything to take or to snooze."""
        return self.is_open and self.alert.tier is not None


def care_of(alert: Alert, now: datetime) -> Care:
    """Return what the page says of an alert at an aware moment."""
    until = alert.snoozed_until
    return Care(
        alert=alert,
        owner=alert.owner,
        confirmed=_confirmed(alert),
        rests_until=until if until is not None and until > now else None,
        watchers=alert.watchers,
        ladder=ladder(alert.rungs),
    )


def briefly(alert: Alert | None, now: datetime) -> str:
    """Say in a few words who takes care of an alert, for a row of a list."""
    if alert is None or alert.owner is None:
        return word("care", "nobody")
    care = care_of(alert, now)
    if care.rests_until is not None:
        same_day = local_date(care.rests_until) == local_date(now)
        until = f"kl. {clock_time(care.rests_until)}" if same_day else date_and_time(care.rests_until)
        return f"{alert.owner}, udsat til {until}"
    return alert.owner if alert.is_acknowledged else f"{alert.owner}, {care.confirmed}"


def ladder(rungs: Sequence[TakenRung]) -> tuple[Rung, ...]:
    """Return every rung of the duty to act with what was tried on it."""
    return tuple(
        Rung(texts()["ladder"][name], tuple(_tried(each) for each in rungs if each.to in there))
        for name, there in LADDER.items()
    )


def _confirmed(alert: Alert) -> str:
    if alert.acknowledged is None:
        return word("care", "not_confirmed")
    return f"{word('care', 'confirmed')} {tier(alert.acknowledged)['name']}"


def _tried(rung: TakenRung) -> str:
    where = texts()["rungs"].get(rung.to, rung.to) if rung.to in LADDER["elsewhere"] else ""
    words = (
        where,
        date_and_time(parse_moment(rung.at)),
        rung.by or "",
        word("care", "concrete") if rung.concrete else word("care", "not_concrete"),
        word("rung_answers", rung.answer),
    )
    text = " · ".join(filter(None, words))
    return text[:1].upper() + text[1:]
