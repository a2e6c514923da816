"""The explanation of a clock, day by day, for a secretary who must be able to trust a date and pass it on.

It says which fact started which limit, how the days were counted, what moved the deadline, which limit holds, what
was offered, where the clock stands today and how it ended. The texts are data (``explain_texts.toml``).
"""

from datetime import date
from typing import Any

from stream.law.calendar import Calendar
from stream.law.clock import Clock
from stream.law.explain_case import Case, by_day
from stream.law.explain_days import deadline_items, holiday_items
from stream.law.explain_history import ending_items, history_items
from stream.law.explain_limits import binding_items, limit_items
from stream.law.explain_offers import offer_items
from stream.law.explain_pauses import pause_items
from stream.law.explain_today import outcome_items, state_items
from stream.law.rulebook import Rulebook


def explain(clock: Clock, today: date, calendar: Calendar, rulebook: Rulebook) -> list[dict[str, Any]]:
    """Explain a clock that was evaluated for `today` (local date) with this calendar and rulebook.

    Returns items in the order of their days: {"on": "YYYY-MM-DD", "text": {"da", "en"}, "rule", "fact"}, `fact`
    being {"source", "id"} or None. Raises RulebookError when the rulebook does not have the clock's right.
    """
    case = Case(clock, today, calendar, rulebook)
    parts = (
        history_items,
        limit_items,
        pause_items,
        offer_items,
        holiday_items,
        binding_items,
        ending_items,
        outcome_items,
        state_items,
        deadline_items,
    )
    return [item.as_json() for item in by_day(item for part in parts for item in part(case))]
