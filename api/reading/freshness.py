"""How far an answer reaches: it says up to which moment all is known, and when that is not good enough, why. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

TEXTS: Final = {
    "filling": {
        "da": "Oversigten er ved at blive bygget op, og nogle frister mangler endnu.",
        "en": "The read model is being filled, and some clocks are still missing.",
    },
    "unknown": {
        "da": "Det vides ikke, hvor langt overvågningen er nået.",
        "en": "It is not known how far the watch has come.",
    },
    "behind": {
        "da": "Overvågningen er bagud, og de nyeste hændelser mangler.",
        "en": "The watch is behind, and the latest events are missing.",
    },
    "unreadable": {
        "da": "Nogle poster kunne ikke læses. Driften skal se på det.",
        "en": "Some records could not be read. Operations must look into it.",
    },
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the read model says of itself. `as_of` is aware, None as long as nothing was promised."""

    as_of: datetime | None
    ready: bool
    unreadable: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far an answer reaches.

    Everything that was sent up to `as_of` is in it; `evaluated_at` is the moment for which days are counted (both
    aware, of the clock that law and deadlines use). `reasons` says why it is not `complete`, by the codes of TEXTS.
    """

    as_of: datetime | None
    evaluated_at: datetime
    reasons: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.reasons

    @property
    def lag(self) -> timedelta | None:
        """How far `as_of` lies behind, never negative; None when it is not known."""
        return None if self.as_of is None else max(self.evaluated_at - self.as_of, timedelta(0))


def judge(known: Known, now: datetime, max_lag: timedelta) -> Freshness:
    """Judge what is known at an aware moment; more than `max_lag` behind is not complete."""
    reasons = []
    if not known.ready:
        reasons.append("filling")
    if known.as_of is None:
        reasons.append("unknown")
    elif now - known.as_of > max_lag:
        reasons.append("behind")
    if known.unreadable:
        reasons.append("unreadable")
    return Freshness(known.as_of, now, tuple(reasons))
