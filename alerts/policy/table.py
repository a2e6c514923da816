"""One table of the policy file, read strictly: each value is of its kind, or it is noted as a mistake.

After a mistake a harmless value takes the place, so that the reading goes on and finds the others too.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from alerts.policy.mistakes import Notes, meant, spelled
from alerts.policy.positions import Path

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Table:
    """The values of a table, where it is in the document, and where its mistakes go."""

    values: Mapping[str, Any]
    path: Path
    notes: Notes

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def only(self, *known: str) -> None:
        """Note every key that is not known."""
        for key in self.values:
            if key not in known:
                self.notes.at_key((*self.path, key), f"unknown key; {meant(key, known)}")

    def wrong(self, key: str, text: str, *inside: int) -> None:
        """Note what is wrong with the value of a key, or with one element of it."""
        self.notes.at_value((*self.path, key, *inside), text)

    def text(self, key: str) -> str:
        """Return a text that is not empty; the key must be there."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "give a text that is not empty")
            return ""
        return value

    def whole(self, key: str, default: int | None = None, least: int = 0) -> int:
        """Return a whole number; without a default the key must be there."""
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.wrong(key, f"give a whole number, {least} or more")
            return least
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, "give true or false")
            return default
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of texts with at least one; the key must be there."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value:
            self.wrong(key, "give a list of texts with at least one")
            return ()
        for number, each in enumerate(value):
            if not isinstance(each, str) or not each.strip():
                self.wrong(key, "give a list of texts with at least one; this is no text", number)
        return tuple(each for each in value if isinstance(each, str))

    def rungs(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return a list with at least one, each a text or a list of texts that go together; the key must be there."""
        value = self.values.get(key)
        wanted = "give a list of roles with at least one; roles that are told together are a list of their own"
        if not isinstance(value, list) or not value:
            self.wrong(key, wanted)
            return ()
        found = [(each,) if isinstance(each, str) else tuple(each) if isinstance(each, list) else () for each in value]
        for number, rung in enumerate(found):
            if not rung or not all(isinstance(role, str) and role.strip() for role in rung):
                self.wrong(key, f"{wanted}; this is none", number)
                found[number] = ()
        return tuple(found)

    def known(self, key: str, known: Collection[str], what: str) -> tuple[str, ...]:
        """Return a list of texts, each of them among those that are known."""
        names = self.names(key)
        for number, each in enumerate(self.values.get(key) or () if names else ()):
            if isinstance(each, str) and each.strip() and each not in known:
                self.wrong(key, f"no {what} {each!r}; {meant(each, known)}", number)
        return tuple(name for name in names if name in known)

    def clock(self, key: str, default: time | None = None) -> time:
        """Return a local time of day, written as "07:30"; without a default the key must be there."""
        value = self.values.get(key, default)
        if isinstance(value, time):
            return value
        found = _TIME.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, 'give a local time of day as "HH:MM", such as "07:30"')
            return default or time()
        return time(int(found[1]), int(found[2]))

    def day(self, key: str) -> date:
        """Return a local date; the key must be there."""
        value = self.values.get(key)
        if type(value) is not date:  # a moment is a date too, and not meant here
            self.wrong(key, "give a date without quotes, such as 2026-07-06")
            return date.min
        return value

    def table(self, key: str) -> "Table":
        """Return the table of a key, an empty one if it is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, f"give a table under [{spelled((*self.path, key))}]")
            value = {}
        return Table(value, (*self.path, key), self.notes)

    def tables(self, key: str, like: str) -> Iterator["Table"]:
        """Give the tables of a list of tables, none if the key is not there; `like` shows how one is written."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(key, f"give entries {like}")
            return
        for number, each in enumerate(value):
            yield Table(each, (*self.path, key, number), self.notes)
