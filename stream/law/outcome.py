"""State and outcome of a clock, tested in the order of the contract."""

from collections.abc import Sequence
from datetime import date

from stream.law.clock import Outcome, State
from stream.law.line import Closing, Line
from stream.law.offers import OfferState, refused_timely, timely


def state_of(line: Line, today: date, deadline: date, *, paused: bool) -> State:
    """Return the state on a local date; `paused`: an open pause moves the binding limit."""
    if line.closing is not None:
        return "closed"
    if paused:
        return "paused"
    timely_dates = timely(line.offers, deadline)
    if timely_dates and timely_dates[0] < today:
        return "unconfirmed"
    if not timely_dates and refused_timely(line.offers, deadline):
        return "patient_choice"
    return "overdue" if today > deadline else "running"


def outcome_of(closing: Closing, nominal: date, deadline: date, offers: Sequence[OfferState]) -> Outcome:
    """Return the outcome of a closed clock. An accepted late date excuses nothing."""
    if closing.kind != "start":
        return closing.kind
    if closing.on <= nominal:
        return "within"
    if closing.on <= deadline:
        return "over_health"
    refused = refused_timely(offers, deadline)
    if any(offer.own for offer in refused):
        return "over_patient_wish"
    # An offer elsewhere made after the deadline and dated back excuses nothing.
    elsewhere = [offer.answer for offer in refused if not offer.own and offer.made_on <= deadline]
    if "declined" in elsewhere:
        return "over_capacity_offered"
    return "over_patient_wish" if "postponed" in elsewhere else "not_complied"
