"""The order of a message's items: units by their most urgent tier, then tiers, the most urgent first. Pure."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from alerts.delivery.message import Item
from alerts.delivery.words import ENDED, tier_key
from alerts.tiers import TIERS, rank


def urgency(item: Item) -> int:
    """Return 0 for the most urgent tier and more for each milder one; what asks for nothing comes last."""
    return len(TIERS) - (0 if item.what in ENDED else rank(item.tier))


def by_unit(items: Sequence[Item], name: Callable[[Item], str]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """Return each unit's name with its items in order; the unit with the most urgent item first."""
    first: dict[str, int] = {}
    for item in items:
        first[name(item)] = min(urgency(item), first.get(name(item), len(TIERS)))
    placed = sorted(items, key=lambda item: (first[name(item)], name(item), urgency(item), item.at, item.alert_id))
    return _runs(placed, name)


def by_tier(items: Iterable[Item]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """Return each tier's key with its items, of items that are in order already."""
    return _runs(items, tier_key)


def _runs(items: Iterable[Item], key: Callable[[Item], str]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    return tuple((value, tuple(run)) for value, run in groupby(items, key))
