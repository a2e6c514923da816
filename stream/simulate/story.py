"""The story of one pathway: what happened, and how its hospital tells it.

Telling is where registration goes its own ways: late, as an SKS marker, mistyped and put right, by mistake and taken
back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from stream.facts.units import Units
from stream.law.clock import LimitName
from stream.simulate.days import DAY, LAST_ENTRY, OPENS, Days, day_of, hour, stamp
from stream.simulate.register import Register
from stream.simulate.shape import Chances, Shape
from stream.simulate.sites import Site, Sites

MARKER: Final = "dk.lpr3.marker.v1"
MISTYPED_STEPS: Final = frozenset({"referral-received", "workup-started", "consent-given", "treatment-started"})
ENDS_THE_PATIENT: Final = frozenset({"died", "moved"})


class Told(NamedTuple):
    """An event as recorded; the first two fields order a pathway's events."""

    time: int
    number: int
    occurred: int
    type: str
    source: str
    unit: str
    said: dict[str, Any]


@dataclass(slots=True)
class World:
    """What all stories share. `limits` gives a right's days per limit."""

    seed: int
    rng: Random
    shape: Shape
    days: Days
    limits: Mapping[str, Mapping[LimitName, int]]
    sites: Sites
    units: Units
    register: Register

    def happens(self, chance: float) -> bool:
        """Draw whether something of this chance happens."""
        return self.rng.random() < chance


@dataclass(slots=True)
class Story:
    """One pathway, told step by step in the order in which things happen.

    `latest` is the moment of the last step; `only` says that the patient has no other pathway.
    """

    world: World
    number: int
    patient: str
    pathway: str
    site: Site
    unit: str
    latest: int
    only: bool = True
    told: list[Told] = field(default_factory=list)
    ended: bool = False
    patient_gone: bool = False
    _later: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def chances(self) -> Chances:
        """The chances of the shape."""
        return self.world.shape.chances

    def hour(self, day: int) -> int:
        """Draw a moment of the day, later than all that has happened."""
        return hour(self.world.rng, max(day, day_of(self.latest)), self.latest)

    def tell(self, step: str, at: int, **said: Any) -> str:
        """Tell a step that happened at a moment; returns the id of the event that stands."""
        self.latest = max(self.latest, at)
        if step in MISTYPED_STEPS and self.world.happens(self.chances.mistyped):
            return self._tell_twice(step, at, said)
        return self._record(step, at, self._recorded(at), said)

    def tell_later(self, step: str, at: int, **said: Any) -> None:
        """Keep a step for its moment ahead; it is dropped if the pathway has ended by then."""
        self._later.append((at, step, said))

    def mistake(self, step: str, at: int, until: int, **said: Any) -> None:
        """Tell a step that never was and take it back on the day `until` or soon after."""
        event = self._record(step, at, at + 60, said)
        back = hour(self.world.rng, self.world.days.on_or_after(max(until, day_of(at))), at + 60)
        self._record("fact-retracted", back, back + 30, {"event": event, "event_source": self.site.source})

    def marker(self, code: str, at: int) -> None:
        """Tell a raw SKS marker."""
        self.latest = max(self.latest, at)
        self._append(MARKER, at, self._recorded(at), {"code": code})

    def end(self, at: int, reason: str) -> None:
        """End the pathway; a patient with another pathway neither dies nor moves away here."""
        if reason in ENDS_THE_PATIENT and not self.only:
            reason = "patient_wish"
        self.tell("pathway-ended", at, reason=reason)
        self.ended, self.patient_gone = True, reason in ENDS_THE_PATIENT

    def move(self, site: Site, unit: str, at: int, marker: str) -> None:
        """Hand the pathway to another unit, which reports from then on; `marker` is how a register says it."""
        if not site.by_markers:
            self.tell("unit-transferred", at, to_unit=unit)
        self.site, self.unit = site, unit
        if site.by_markers:
            self.marker(marker, at)

    def finish(self) -> list[Told]:
        """Tell what was kept for later and return all events, the last recorded first."""
        for at, step, said in self._later:
            if not self.ended or at <= self.latest:
                self._record(step, at, self._recorded(at), said)
        self._later.clear()
        self.told.sort(reverse=True)
        return self.told

    def event(self, told: Told) -> dict[str, Any]:
        """Write a told step as a CloudEvent."""
        return {
            "specversion": "1.0",
            "id": self._id(told.number),
            "source": told.source,
            "type": told.type,
            "subject": self.pathway,
            "partitionkey": self.patient,
            "time": stamp(told.time),
            "datacontenttype": "application/json",
            "data": {"occurred_at": stamp(told.occurred), "unit": told.unit, **told.said},
        }

    def _id(self, number: int) -> str:
        return f"s{self.world.seed}p{self.number}e{number}"

    def _tell_twice(self, step: str, at: int, said: dict[str, Any]) -> str:
        days, rng = self.world.days, self.world.rng
        wrong = at - DAY * (1 + int(rng.random() * 3))
        event = self._record(step, wrong, self._recorded(at), said)
        noticed = hour(rng, days.after(day_of(self.told[-1].time), int(rng.random() * 4)), self.told[-1].time)
        return self._record(step, at, noticed, {**said, "supersedes": event})

    def _record(self, step: str, at: int, time: int, said: dict[str, Any]) -> str:
        code = self.world.register.code(step, said) if self.site.by_markers else None
        if code is None:
            return self._append(f"dk.fristvagt.{step}.v1", at, time, said)
        supersedes = {"supersedes": said["supersedes"]} if "supersedes" in said else {}
        return self._append(MARKER, at, time, {"code": code, **supersedes})

    def _append(self, kind: str, at: int, time: int, said: dict[str, Any]) -> str:
        number = len(self.told) + 1
        self.told.append(Told(time, number, at, kind, self.site.source, self.unit, said))
        return self._id(number)

    def _recorded(self, at: int) -> int:
        rng, days = self.world.rng, self.world.days
        how = self.world.shape.recorded.pick(rng)
        day = day_of(at)
        if how == "same_day":
            return min(at + 60 + int(rng.expovariate(1 / 2400)), max(at, day * DAY + LAST_ENTRY))
        span = {"next_working_day": (1, 1), "within_two_weeks": (2, 10), "within_two_months": (11, 40)}[how]
        return days.after(day + 1, rng.randint(*span) - 1) * DAY + OPENS + int(rng.random() * 6 * 3600)
