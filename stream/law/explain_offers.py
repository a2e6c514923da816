"""Explains the offered dates: where, in time or not, and what the patient said."""

from collections.abc import Iterator, Sequence
from typing import Final

from stream.law.clock import Offer
from stream.law.explain_case import Case, Item, Values
from stream.law.explain_texts import say, together, word

OWN: Final = "own"


def offer_items(case: Case) -> Iterator[Item]:
    """Explain each offered date on the day it was made; the answer, which has no day of its own, goes with it."""
    for index, offer in enumerate(case.clock.offers):
        timely = offer.offered_date <= case.clock.deadline
        values: Values = {"offered_date": offer.offered_date, "place": word("place", offer.place)}
        made = say("offer", "timely" if timely else "late", values)
        rule = f"offer.{_fate(offer, case.clock.offers[index + 1 :], timely=timely)}"
        yield Item(offer.made_on, rule, together(made, say("items", rule, {})), offer.ref)


def _fate(offer: Offer, later: Sequence[Offer], *, timely: bool) -> str:
    if offer.withdrawn:
        return "withdrawn"
    if offer.answer in {"declined", "postponed"}:
        return offer.answer if offer.documented else f"{offer.answer}_undocumented"
    if not offer.standing:
        replaced = offer.place == OWN and any(each.place == OWN for each in later)
        return "replaced" if replaced else "not_concrete"
    if offer.answer == "accepted":
        return "accepted" if timely else "accepted_late"
    return "standing"
