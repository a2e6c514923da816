"""The one place that reads the time. The law and the deadlines ask a clock; leases and time-outs use monotonic time.

A clock is chosen by a setting:

* ``wall``: the machine's time.
* ``fixed:T``: always T (RFC 3339).
* ``scaled:START,ORIGIN,FACTOR``: START plus FACTOR times what has passed since ORIGIN on the wall. It is
  computable in every process, and a restart with the same ORIGIN does not set time back.
* ``feed``: the latest moment that the event feed has reached; it never goes back.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

EPOCH = datetime.fromtimestamp(0, UTC)


class ClockSettingError(ValueError):
    """The clock setting cannot be read; the message says what is accepted."""


class Clock(Protocol):
    """Gives the present moment as an aware UTC datetime."""

    def now(self) -> datetime:
        """Return the present moment (aware, UTC)."""


class WallClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Return the machine's time (aware, UTC)."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Always the same moment, for one evaluation or a test."""

    moment: datetime

    def now(self) -> datetime:
        """Return the fixed moment (aware, UTC)."""
        return self.moment


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Time that runs `factor` times as fast as the wall, from `start` at the wall's `origin`."""

    start: datetime
    origin: datetime
    factor: float

    def now(self) -> datetime:
        """Return the scaled moment (aware, UTC)."""
        return self.start + (datetime.now(UTC) - self.origin) * self.factor


@dataclass(slots=True)
class FeedClock:
    """Follows the event times of a feed; used to play a history."""

    moment: datetime = field(default=EPOCH)

    def now(self) -> datetime:
        """Return the latest moment that the feed has reached (aware, UTC)."""
        return self.moment

    def advance(self, moment: datetime) -> None:
        """Move on to `moment` (aware); an earlier one changes nothing."""
        self.moment = max(self.moment, moment.astimezone(UTC))


def parse_moment(text: str) -> datetime:
    """Read an RFC 3339 moment with offset as aware UTC. Raises ClockSettingError."""
    try:
        moment = datetime.fromisoformat(text)
        moment.astimezone(UTC)  # near the ends of the calendar there is no such moment in UTC
    except (ValueError, OverflowError) as error:
        raise ClockSettingError(f"{text!r} is no RFC 3339 time, such as 2026-02-02T09:00:00+01:00") from error
    if moment.tzinfo is None:
        raise ClockSettingError(f"{text!r} has no offset; write +01:00, +02:00 or Z at its end")
    return moment.astimezone(UTC)


def format_moment(moment: datetime) -> str:
    """Write an aware moment as RFC 3339 in UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_clock(setting: str) -> Clock:
    """Build the clock that a setting names. Raises ClockSettingError."""
    kind, _, rest = setting.partition(":")
    if kind == "wall":
        return WallClock()
    if kind == "feed":
        return FeedClock()
    if kind == "fixed":
        return FixedClock(parse_moment(rest))
    if kind == "scaled":
        return _parse_scaled(rest)
    raise ClockSettingError(f"unknown clock {setting!r}; use wall, fixed:T, scaled:START,ORIGIN,FACTOR or feed")


def _parse_scaled(rest: str) -> ScaledClock:
    try:
        start, origin, factor = rest.split(",")
        return ScaledClock(parse_moment(start), parse_moment(origin), float(factor))
    except ValueError as error:
        raise ClockSettingError(f"scaled clock needs START,ORIGIN,FACTOR, not {rest!r}") from error
