"""What is wrong with a policy file, each mistake with its place, its key and what is accepted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from tomllib import TOMLDecodeError
from typing import Final

from alerts.policy.positions import Path, Position, Positions

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `line` and `column` count from 1; `key` is empty where the file is no TOML at all."""

    file: str
    line: int
    column: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: "
        return place + (f"{self.key}: {self.text}" if self.key else self.text)


class PolicyError(ValueError):
    """The policy cannot be used. `mistakes` has all that is wrong, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda each: (each.line, each.column)))
        first, more = self.mistakes[0], len(self.mistakes) - 1
        rest = f" (and {more} more: `fristvagt policy check` lists all)" if more else ""
        super().__init__(f"{first}{rest}")


class PolicyFileError(PolicyError):
    """The file cannot be read at all, so nothing is known about what it says."""

    def __init__(self, file: str, reason: Exception) -> None:
        ValueError.__init__(self, f"{file}: cannot be read ({reason}); name a readable UTF-8 file")
        self.mistakes = ()


@dataclass(slots=True)
class Notes:
    """Collects the mistakes of one file while it is read."""

    file: str
    positions: Positions
    mistakes: list[Mistake] = field(default_factory=list)

    def at_value(self, path: Path, text: str) -> None:
        """Note what is wrong with a value, or that it is missing."""
        self._add(path, self.positions.value(path), text)

    def at_key(self, path: Path, text: str) -> None:
        """Note what is wrong with a key or a table."""
        self._add(path, self.positions.key(path), text)

    def refuse_mistakes(self) -> None:
        """Raise PolicyError if there are any."""
        if self.mistakes:
            raise PolicyError(self.mistakes)

    def _add(self, path: Path, place: Position, text: str) -> None:
        self.mistakes.append(Mistake(self.file, place.line, place.column, spelled(path), text))


def spelled(path: Path) -> str:
    """Write a path as messages name it: entries count from 1, as in `routes[2].to`."""
    words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


def meant(word: str, known: Iterable[str]) -> str:
    """Return what to write instead of an unknown word: the one that looks like it, or all that there are."""
    names = sorted(known)
    if close := get_close_matches(word, names, n=1):
        return f"did you mean {close[0]!r}?"
    return f"use {', '.join(names)}" if names else "there are none yet"


def no_toml(file: str, text: str, error: TOMLDecodeError) -> PolicyError:
    """Turn the reader's complaint into a mistake with its line and column; the end of the file has a place too."""
    said = str(error)
    place = _PLACE.search(said)
    lines = text.splitlines() or [""]
    line, column = (
        (len(lines), len(lines[-1]) + 1) if place is None or place[1] is None else (int(place[1]), int(place[2]))
    )
    return PolicyError([Mistake(file, line, column, "", f"is not TOML: {_PLACE.sub('', said)}")])
