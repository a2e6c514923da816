"""Working time, quiet hours and the morning's digest as moments. Pure: the days come from the caller.

Moments are aware UTC, times of day local in Europe/Copenhagen. A time of day that summer time leaves out is the moment
at which the clock is put forward; one that comes twice is its first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.policy.hours import WAITING
from alerts.policy.policy import Policy
from alerts.tiers import Tier

ZONE: Final = ZoneInfo("Europe/Copenhagen")
MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_FARTHEST: Final = 366
"""Days that are searched for one on which people work, so that a policy without any is told and not waited for."""


class NoWorkingDayError(ValueError):
    """Nobody works for a year: the days of the policy and those of the calendar have none in common."""


@dataclass(frozen=True, slots=True)
class WorkTime:
    """The times of a policy on a calendar.

    `is_working_day` tells of a local date that it is no holiday; the weekdays are the policy's own. A message that
    cannot be placed because nobody ever works is never held back.
    """

    policy: Policy
    is_working_day: Callable[[date], bool]

    def works_on(self, day: date) -> bool:
        """Tell whether people work on a local date."""
        return day.weekday() in self.policy.working_time.days and self.is_working_day(day)

    def working_minutes_between(self, start: datetime, end: datetime) -> float:
        """Return the minutes of working time from `start` to `end`; 0 when `end` comes first."""
        days = _days(_local_date(start), _local_date(end))
        shifts = (self._shift(day) for day in days if self.works_on(day))
        return sum((_overlap(shift, start, end) for shift in shifts), timedelta()) / MINUTE

    def after_working_minutes(self, start: datetime, minutes: float) -> datetime:
        """Return when so many minutes of working time have passed: 0 minutes at once, else on a working day.

        Raises NoWorkingDayError.
        """
        left = minutes * MINUTE
        at = start.astimezone(UTC)
        while left > timedelta():
            opens, closes = self._next_shift(at)
            begin = max(at, opens)
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
            at = closes
        return at

    def next_opening(self, moment: datetime) -> datetime:
        """Return the moment itself if people work then, else when they next begin. Raises NoWorkingDayError."""
        return max(moment.astimezone(UTC), self._next_shift(moment)[0])

    def quiet_until(self, moment: datetime, tier: Tier) -> datetime | None:
        """Return when a message of the tier that arises now may go, if it has to wait; None: at once.

        Where it would be quiet for a year it does not wait.
        """
        if tier not in self.policy.quiet_hours.tiers or not self._quiet(moment):
            return None
        ends = self.policy.quiet_hours.ends or time()
        for day in _days_from(_local_date(moment)):
            for wall in (time(), ends):
                at = moment_of(day, wall)
                if at > moment and not self._quiet(at):
                    return at
        return None

    def digest_at(self, moment: datetime) -> datetime:
        """Return the next morning message: the moment itself or later, on a working day. Raises NoWorkingDayError."""
        mornings = (moment_of(day, self.policy.grouping.at) for day in self._working_days(_local_date(moment)))
        return next(at for at in mornings if at >= moment)

    def goes_at(self, moment: datetime, tier: Tier) -> datetime:
        """Return when a message of the tier that arises now goes: now, with the digest, or when it is quiet no more."""
        at = moment.astimezone(UTC)
        if tier in self.policy.grouping.tiers and self._ever_works(at):
            at = self.digest_at(at)
        return self.quiet_until(at, tier) or at

    def hand_over_at(self, told: datetime, tier: Tier) -> datetime:
        """Return when the next role is told if nobody has acknowledged what was told at `told`."""
        minutes = self.policy.hand_over[tier]
        if tier in WAITING and self._ever_works(told):
            return self.after_working_minutes(told, minutes)
        return told.astimezone(UTC) + minutes * MINUTE

    def _quiet(self, moment: datetime) -> bool:
        quiet, day = self.policy.quiet_hours, _local_date(moment)
        if quiet.days_off and not self.works_on(day):
            return True
        if quiet.begins is None or quiet.ends is None:
            return False
        begins, ends = moment_of(day, quiet.begins), moment_of(day, quiet.ends)
        return begins <= moment < ends if quiet.begins < quiet.ends else moment < ends or moment >= begins

    def _shift(self, day: date) -> tuple[datetime, datetime]:
        hours = self.policy.working_time
        return moment_of(day, hours.opens), moment_of(day, hours.closes)

    def _next_shift(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the first shift that is not over at the moment."""
        shifts = (self._shift(day) for day in self._working_days(_local_date(moment)))
        return next(shift for shift in shifts if shift[1] > moment)

    def _working_days(self, first: date) -> Iterator[date]:
        """Give working days without end. Raises NoWorkingDayError where a year has none."""
        idle = 0
        day = first
        while idle <= _FARTHEST:
            idle += 1
            if self.works_on(day):
                idle = 0
                yield day
            day += _DAY
        raise NoWorkingDayError(f"nobody works in the year from {first}; check [working_time] and the holidays")

    def _ever_works(self, moment: datetime) -> bool:
        return any(self.works_on(day) for day in _days_from(_local_date(moment)))


def moment_of(day: date, wall: time) -> datetime:
    """Return the moment of a local time of day, in UTC."""
    local = datetime.combine(day, wall, ZONE)
    moment = local.astimezone(UTC)
    if moment.astimezone(ZONE).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # Left out by summer time, which begins on a full hour: an hour of local times falls on that one moment.
    return moment.replace(minute=0, second=0, microsecond=0)


def _local_date(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _days_from(first: date) -> Iterator[date]:
    return _days(first, first + _FARTHEST * _DAY)


def _overlap(shift: tuple[datetime, datetime], start: datetime, end: datetime) -> timedelta:
    return max(timedelta(), min(shift[1], end) - max(shift[0], start))
