"""The figures of a dry run as tables, alone or beside another's with the difference. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alerts.tiers import TIERS
from deploy.dryrun.tally import Tally

Key = tuple[str, ...]
Values = tuple[float, ...]

ORDER: Final = {tier: place for place, tier in enumerate(TIERS)}
PLACES: Final = 2
"""Digits behind the point: a message in a hundred days can be seen."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table: its rows are named by `keys`, their values by `columns`. A row that is not there is all zeros."""

    name: str
    keys: Key
    columns: Key
    rows: Mapping[Key, Values]

    def values(self, key: Key) -> Values:
        """Return the values of a row."""
        return self.rows.get(key, (0.0,) * len(self.columns))

    def to_json(self) -> list[dict[str, Any]]:
        """Return its rows as objects."""
        names = (*self.keys, *self.columns)
        return [dict(zip(names, (*key, *values), strict=True)) for key, values in self.rows.items()]


def sections(tally: Tally) -> list[Section]:
    """Return what there is to tell of a run, the whole first."""
    days = tally.span.days
    return [
        Section("total", ("figure",), ("number", "a_day"), _per_day(_totals(tally), days)),
        Section("recipients", ("recipient",), ("messages", "a_day", "busiest_day"), _recipients(tally)),
        Section("items", ("tier", "what"), ("number", "a_day"), _per_day(_by_tier(tally.told, 0), days)),
        Section("alerts", ("unit", "tier"), ("number", "a_day"), _per_day(_by_tier(tally.alerts, 1), days)),
        Section("nobody_told", ("unit", "tier"), ("number", "a_day"), _per_day(_by_tier(tally.holes, 1), days)),
    ]


def difference(ours: Section, theirs: Section) -> Section:
    """Return how much more the other run has, row by row; rows that do not differ are left out."""
    found = {}
    for key in every_key(ours, theirs):
        pairs = zip(theirs.values(key), ours.values(key), strict=True)
        found[key] = tuple(round(there - here, PLACES) for there, here in pairs)
    return Section(ours.name, ours.keys, ours.columns, {key: values for key, values in found.items() if any(values)})


def every_key(ours: Section, theirs: Section) -> Iterable[Key]:
    """Return the keys of both, each once, those of the first in its order."""
    return dict.fromkeys((*ours.rows, *theirs.rows))


def to_json(tally: Tally) -> dict[str, Any]:
    """Return all figures of a run as plain values."""
    head = {"from": tally.span.first.isoformat(), "to": tally.span.last.isoformat(), "days": tally.span.days}
    return head | {section.name: section.to_json() for section in sections(tally)}


def difference_json(ours: Tally, theirs: Tally) -> dict[str, Any]:
    """Return what the second run has more, as plain values."""
    pairs = zip(sections(ours), sections(theirs), strict=True)
    return {here.name: difference(here, there).to_json() for here, there in pairs}


def _totals(tally: Tally) -> dict[Key, int]:
    return {
        ("messages",): tally.sent,
        ("items",): tally.items,
        ("items in a digest",): tally.digested,
        ("items merged by the rate limit",): tally.merged,
        ("alerts",): tally.alerts.total(),
        ("alerts of which nobody was told",): tally.holes.total(),
    }


def _recipients(tally: Tally) -> dict[Key, Values]:
    by_recipient: dict[str, list[int]] = {}
    for (recipient, _), number in tally.messages.items():
        by_recipient.setdefault(recipient, []).append(number)
    return {
        (name,): (float(sum(numbers)), round(sum(numbers) / tally.span.days, PLACES), float(max(numbers)))
        for name, numbers in sorted(by_recipient.items())
    }


def _by_tier(counts: Mapping[tuple[str, str], int], place: int) -> dict[Key, int]:
    """Sort by the other part of the key, then tiers from mild to grave; `place` is where the tier stands."""

    def order(key: Key) -> tuple[Any, ...]:
        tier = ORDER.get(key[place], -1)  # type: ignore[call-overload]
        return (tier, key[1]) if place == 0 else (key[0], tier)

    return {key: counts[key] for key in sorted(counts, key=order)}


def _per_day(counts: Mapping[Key, int], days: int) -> dict[Key, Values]:
    return {key: (float(number), round(number / days, PLACES)) for key, number in counts.items()}
