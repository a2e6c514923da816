"""The tiers of a warning and the rule that says which one holds for a clock today. Pure.

A tier is named for the time its cure needs: from `plan` (book a date) to `passed` (report, and treat at once).
Source: contract section 3.
"""

from typing import Final, Literal, get_args

import msgspec

Tier = Literal["plan", "act", "refer", "escalate", "passed"]
Family = Literal["waiting", "information"]
Reason = Literal[
    "staffed_days_left",
    "late_offer",
    "start_not_registered",
    "deadline_passed",
    "closed",
    "paused",
    "patient_choice",
    "timely_date_stands",
    "time_enough",
]

TIERS: Final[tuple[Tier, ...]] = get_args(Tier)
"""All tiers, the mildest first."""

STEPPED: Final[tuple[Tier, ...]] = TIERS[:-1]
"""The tiers that are reached by staffed days left; `passed` follows from the deadline alone."""


class View(msgspec.Struct, frozen=True, gc=False):
    """What a tier depends on, as plain values for one clock on one local date.

    `days_left` is in calendar days (working days for information clocks) and may be negative;
    `staffed_days_left` is in ordinary working days up to the target and never negative.
    `late_offer`: an offer stands and none is timely. `timely_standing`: a timely date stands.
    `timely_ahead`: a timely date stands that has not gone by; today has not.
    """

    right: str
    family: Family
    state: str
    days_left: int
    staffed_days_left: int
    late_offer: bool = False
    timely_standing: bool = False
    timely_ahead: bool = False


class Thresholds(msgspec.Struct, frozen=True, gc=False):
    """From how many staffed days left downward each tier holds, the mildest first."""

    steps: tuple[tuple[Tier, int], ...]

    def reached(self, staffed_days_left: int) -> Tier | None:
        """Return the highest tier that this many staffed days left reach, or None."""
        reached: Tier | None = None
        for tier, days in self.steps:
            if staffed_days_left <= days:
                reached = tier
        return reached


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The tier that holds, or None, and why."""

    tier: Tier | None
    reason: Reason


def rank(tier: Tier | None) -> int:
    """Return the tier's place in the order: 0 for none, 1 for `plan` up to 5 for `passed`."""
    return 0 if tier is None else TIERS.index(tier) + 1


def tier_of(view: View, thresholds: Thresholds) -> Verdict:
    """Return the highest tier that holds for the clock, or None, with the reason."""
    calm = _needs_nothing(view)
    if calm is not None:
        return Verdict(None, calm)
    if _deadline_passed(view):
        return Verdict("passed", "deadline_passed")
    if view.state == "unconfirmed":
        return Verdict("act", "start_not_registered")
    return _by_days(view, thresholds)


def _needs_nothing(view: View) -> Reason | None:
    if view.state == "closed":
        return "closed"
    if view.state == "paused":
        return "paused"
    if view.state == "patient_choice":
        return "patient_choice"
    return "timely_date_stands" if _timely_date_holds(view) else None


def _timely_date_holds(view: View) -> bool:
    if _deadline_passed(view):
        return False
    return view.timely_ahead or (view.timely_standing and view.state != "unconfirmed")


def _deadline_passed(view: View) -> bool:
    # An information clock counts working days: on the Saturday after its deadline days_left is still 0.
    return view.state == "overdue" or view.days_left < 0


def _by_days(view: View, thresholds: Thresholds) -> Verdict:
    by_days = thresholds.reached(view.staffed_days_left)
    if view.late_offer and rank(by_days) <= rank("act"):
        return Verdict("act", "late_offer")
    if by_days is None:
        return Verdict(None, "time_enough")
    return Verdict(by_days, "staffed_days_left")
