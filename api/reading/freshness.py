"""How far an answer reaches: it says up to which moment all is known, and when that is not good enough, why. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.projection.messages import ProgressMessage
from stream.clock import parse_moment

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
    "intake_behind": {
        "da": "Modtagelsen er bagud. Hændelser fra sygehusene venter på at blive læst.",
        "en": "Intake is behind. Events from the hospitals wait to be read.",
    },
    "quarantined": {
        "da": "Nogle patienters hændelser kunne ikke tælles med. Driften skal se på det.",
        "en": "Some patients have events that could not be counted. Operations must look into it.",
    },
    "source_silent": {
        "da": "Et eller flere af sygehusenes systemer har ikke sendt noget i længere tid end normalt.",
        "en": "One or more hospital systems have sent nothing for longer than usual.",
    },
    "unreadable": {
        "da": "Nogle poster kunne ikke læses. Driften skal se på det.",
        "en": "Some records could not be read. Operations must look into it.",
    },
}

UNFIT: Final = frozenset({"filling", "unknown", "behind", "unreadable"})
"""Reasons for which another process might answer better. The others are the same for all, and pages must stay."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the read model says of itself. `as_of` is aware, None as long as nothing was promised.

    `judged_at` (aware) is the moment up to which intake has judged the inbox, None where no worker has said so;
    `quarantined` counts patients with events that are not applied; `silent` names sources.
    """

    as_of: datetime | None
    ready: bool
    unreadable: int
    judged_at: datetime | None = None
    quarantined: int = 0
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far an answer reaches.

    Everything that was sent up to `as_of` is in it; `evaluated_at` is the moment for which days are counted (both
    aware, of the clock that law and deadlines use). `reasons` says why it is not `complete`, by the codes of TEXTS;
    `silent` names the sources meant.
    """

    as_of: datetime | None
    evaluated_at: datetime
    reasons: tuple[str, ...]
    silent: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.reasons

    @property
    def unfit(self) -> tuple[str, ...]:
        """The reasons for which requests should go to another process."""
        return tuple(reason for reason in self.reasons if reason in UNFIT)

    @property
    def lag(self) -> timedelta | None:
        """How far `as_of` lies behind, never negative; None when it is not known."""
        return None if self.as_of is None else max(self.evaluated_at - self.as_of, timedelta(0))


def judge(known: Known, now: datetime, max_lag: timedelta) -> Freshness:
    """Judge what is known at an aware moment; more than `max_lag` behind is not complete.

    The watch is not called behind for what intake has not judged yet: the reason should lead to the cause.
    """
    reasons = []
    if not known.ready:
        reasons.append("filling")
    if known.as_of is None:
        reasons.append("unknown")
    elif min(now, known.judged_at or now) - known.as_of > max_lag:
        reasons.append("behind")
    further = {
        "intake_behind": known.judged_at is not None and now - known.judged_at > max_lag,
        "unreadable": known.unreadable > 0,
        "quarantined": known.quarantined > 0,
        "source_silent": bool(known.silent),
    }
    reasons += [reason for reason, holds in further.items() if holds]
    return Freshness(known.as_of, now, tuple(reasons), known.silent)


def judged_at(words: Iterable[ProgressMessage]) -> datetime | None:
    """Return up to which moment intake has judged the inbox by the worker that knows least; None: nobody has said."""
    return min((parse_moment(each.inbox.judged_at) for each in words if each.inbox.judged_at is not None), default=None)
