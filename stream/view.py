"""What a reader sees: a stored clock and the day on which it is read give the contract's clock JSON."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from stream.law.calendar import Calendar
from stream.law.evaluate import days_between, days_over
from stream.law.fact import local_date


class UnitNames(Protocol):
    """Where a unit (SOR code) belongs on a local date."""

    def hospital(self, unit: str | None, on: date) -> str | None:
        """Return the hospital's name, or None for an unknown unit."""

    def region(self, unit: str | None, on: date) -> str | None:
        """Return the region's name, or None for an unknown unit."""


def render(stored: Mapping[str, Any], now: datetime, calendar: Calendar, units: UnitNames) -> dict[str, Any]:
    """Return the clock as it reads at an aware moment, without its explanation.

    Days are counted from the local date in Europe/Copenhagen. Hospital and region are those of the day on which the
    clock was closed, or of today while it is open: regions merge.
    """
    today = local_date(now)
    deadline, target = date.fromisoformat(stored["deadline"]), date.fromisoformat(stored["target"])
    closed_on = date.fromisoformat(stored["closed_on"]) if stored["closed_on"] else None
    belongs_on = closed_on or today
    over = stored["days_over"]
    return {
        **stored,
        "hospital": units.hospital(stored["unit"], belongs_on),
        "region": units.region(stored["unit"], belongs_on),
        "days_left": days_between(stored["day_unit"], today, deadline, calendar),
        "staffed_days_left": calendar.staffed_days_left(today, target, stored["unit"]),
        "days_over": days_over(stored["day_unit"], None, today, deadline, calendar) if over is None else over,
    }
