"""Offered dates: when one stands, is timely, or was refused."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from stream.law.clock import Offer
from stream.law.fact import Fact, Ref

OWN: Final = "own"
REFUSALS: Final = frozenset({"declined", "postponed"})


class OfferState(msgspec.Struct, gc=False):
    """An offered date while the facts are folded.

    A cancellation is final: by the hospital the offer never counted, by the patient it counts as postponed and
    is its own documentation. Otherwise the last answer counts.
    """

    ref: Ref
    purpose: str
    made_at: datetime
    made_on: date
    offered_date: date
    place: str
    concrete: bool
    answer: str | None = None
    documented: bool = False
    reason: str | None = None
    withdrawn: bool = False
    cancelled: bool = False
    replaced: bool = False
    heard: list[Ref] = []

    @property
    def own(self) -> bool:
        """In the hospital's own house; every other place, an unknown one too, is elsewhere."""
        return self.place == OWN

    @property
    def stands(self) -> bool:
        """Concrete, and neither cancelled, refused nor replaced by a newer own offer."""
        fallen = self.withdrawn or self.cancelled or self.replaced or self.answer in REFUSALS
        return self.concrete and not fallen

    @property
    def refused(self) -> bool:
        """Concrete, not cancelled by the hospital, and refused by the patient with documentation."""
        return self.concrete and not self.withdrawn and self.answer in REFUSALS and self.documented

    def hear(self, fact: Fact) -> None:
        """Take an answer or a cancellation into account."""
        self.heard.append(fact.ref)
        if fact.step == "date-cancelled":
            self._cancel(by_patient=fact.fields.get("by") == "patient", reason=fact.fields.get("reason"))
        elif fact.fields.get("answer") and not self.cancelled:
            self.answer = fact.fields["answer"]
            self.documented = fact.fields.get("documented") is True
            self.reason = self.reason if self.withdrawn else fact.fields.get("reason")

    def _cancel(self, *, by_patient: bool, reason: str | None) -> None:
        if by_patient:
            self.cancelled, self.answer, self.documented = True, "postponed", True
            self.reason = self.reason if self.withdrawn else reason
        else:
            self.withdrawn, self.reason = True, reason

    def frozen(self) -> Offer:
        """Return the offer as the clock shows it."""
        return Offer(
            ref=self.ref,
            made_on=self.made_on,
            offered_date=self.offered_date,
            place=self.place,
            standing=self.stands,
            answer=self.answer,
            documented=self.documented,
            withdrawn=self.withdrawn,
            made_at=self.made_at,
            reason=self.reason,
        )


class OfferBook:
    """All offered dates of a patient, and the answers that came before their offer."""

    def __init__(self) -> None:
        self._offers: dict[Ref, OfferState] = {}
        self._early: dict[Ref, list[Fact]] = {}

    def offered(self, fact: Fact) -> OfferState | None:
        """Take a `date-offered` or `surgery-moved`; None where it names no readable date."""
        moved = fact.step == "surgery-moved"
        offered_date = fact.fields.get("new_date" if moved else "offered_date")
        purpose = "treatment" if moved else fact.fields.get("for")
        if not isinstance(offered_date, date) or purpose is None:
            return None
        offer = OfferState(
            ref=fact.ref,
            purpose=purpose,
            made_at=fact.occurred_at,
            made_on=fact.on,
            offered_date=offered_date,
            place=OWN if moved else fact.fields.get("place", "unknown"),
            concrete=moved or fact.fields.get("concrete") is True,
        )
        self._offers[fact.ref] = offer
        for early in self._early.pop(fact.ref, ()):
            offer.hear(early)
        return offer

    def answered(self, fact: Fact) -> None:
        """Take an answer or a cancellation; one that comes before its offer waits for it."""
        ref = fact.fields.get("offer")
        if ref in self._offers:
            self._offers[ref].hear(fact)
        elif isinstance(ref, Ref):
            self._early.setdefault(ref, []).append(fact)


def timely(offers: Sequence[OfferState], deadline: date) -> tuple[date, ...]:
    """Return the standing offered dates on or before the deadline, earliest first."""
    return tuple(sorted(offer.offered_date for offer in offers if offer.stands and offer.offered_date <= deadline))


def refused_timely(offers: Sequence[OfferState], deadline: date) -> list[OfferState]:
    """Return the concrete offers in time that the patient refused with documentation."""
    return [offer for offer in offers if offer.refused and offer.offered_date <= deadline]


def earliest_standing(offers: Sequence[OfferState]) -> date | None:
    """Return the earliest standing offered date, in time or not."""
    return min((offer.offered_date for offer in offers if offer.stands), default=None)
