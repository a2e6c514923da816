"""The subject of a mail: tier, count, what to do, unit. Pure."""

from typing import Final

from alerts.delivery.arrange import urgency
from alerts.delivery.message import Item, Message
from alerts.delivery.plain import one_line
from alerts.delivery.words import ENDED, Words, lack, tier_key, told_as, words

LONGEST_UNIT: Final = 60
"""Characters of a unit's name in a subject; more is cut."""


def unit_name(table: Words, item: Item) -> str:
    """Return the name of an item's unit, or say that it is unknown."""
    unknown: str = table["unknown_unit"]
    return one_line(item.unit_name) or one_line(item.unit or "") or unknown


def subject(message: Message) -> str:
    """Return the subject in the recipient's language, one line."""
    table = words(message.recipient.language)
    if not message.items:
        fixed: str = table[message.about]["subject"]
        return fixed
    worst = [item for item in message.items if urgency(item) == min(map(urgency, message.items))]
    rest = len(message.items) - len(worst)
    others = f" {table['others'].format(n=rest)}" if rest else ""
    form: str = table["subject"]
    return form.format(lead=_lead(table, worst), lack=lack(table, worst), others=others, unit=_units(table, message))


def _lead(table: Words, worst: list[Item]) -> str:
    whats = {told_as(item) for item in worst}
    tier: str = table["tiers"][tier_key(worst[0])]["lead"]
    prefix: str = table["whats"][told_as(worst[0])]["prefix"] if len(whats) == 1 else ""
    if not prefix:
        return tier
    return prefix if worst[0].what in ENDED else f"{prefix} · {tier}"


def _units(table: Words, message: Message) -> str:
    names = {unit_name(table, item) for item in message.items}
    if len(names) > 1:
        form: str = table["units"]
        return form.format(n=len(names))
    name = names.pop()
    return name if len(name) <= LONGEST_UNIT else f"{name[: LONGEST_UNIT - 1]}…"
