"""From the accepted events of a patient to the signs: folded with the rules of the watch."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from stream.facts.parse import fact_from_event
from stream.facts.record import Record
from stream.law.calendar import Calendar
from stream.law.evaluate import evaluate
from stream.law.rulebook import Rulebook
from stream.signs.looking import signs
from stream.signs.settings import SignSettings
from stream.signs.sign import Sign

Place = tuple[str, str, int]
"""Where a clock stands in its patient: pathway, right and line."""


class Looker(msgspec.Struct, frozen=True):
    """Looks for signs with one rulebook, calendar and settings."""

    rulebook: Rulebook
    calendar: Calendar
    settings: SignSettings

    def look(self, events: Iterable[Mapping[str, Any]], ids: Mapping[Place, str], moment: datetime) -> tuple[Sign, ...]:
        """Return the signs of a patient at an aware moment, from all its accepted events.

        `ids` names the clocks that are published and open. One that is not among them is on its way, or closed
        meanwhile: it is left to the next look.
        """
        facts = Record().add(*map(fact_from_event, events)).live(moment)
        clocks = evaluate(facts, moment, self.rulebook, self.calendar)
        places = [((clock.pathway, clock.right, clock.line), clock) for clock in clocks]
        watched = [(ids[place], clock) for place, clock in places if place in ids]
        return signs(facts, watched, moment, self.calendar, self.settings)
