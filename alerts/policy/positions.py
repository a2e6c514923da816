"""Where each key and value of a TOML text stands, which `tomllib` does not tell. Pure.

The text has been read by `tomllib` before, so it is known to be TOML: this looks for places only and checks nothing.
A test compares the paths that it finds with what `tomllib` reads.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Path = tuple[str | int, ...]
"""Keys from the top of the document; a whole number, from 0, is a place in an array."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
_PLAIN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?""""{0,2}'  # up to two quotes may stand before the closing three
    r"|'''.*?''''{0,2}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|[^,\]}#\r\n]+",
    re.DOTALL,
)


class Position(NamedTuple):
    """Line and column, both from 1; a column counts characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Positions:
    """The places of one text. `keys`: where a key or header begins. `values`: where its value begins."""

    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Positions":
        """Find every place in a text that `tomllib` has accepted."""
        scan = _Scan(text)
        scan.document()
        return cls(scan.keys, scan.values)

    def key(self, path: Path) -> Position:
        """Return where the key of a path begins; for what is not written, where the nearest thing around it does."""
        return next((self.keys[each] for each in _upward(path) if each in self.keys), Position(1, 1))

    def value(self, path: Path) -> Position:
        """Return where the value of a path begins; for what is not written, the same as `key`."""
        return self.values.get(path) or self.key(path)


def _upward(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path), 0, -1))


class _Scan:
    """One walk through the text. `at` is the index of what comes next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {}
        self.lengths: dict[Path, int] = {}
        """How many tables an array of tables has so far."""

    def document(self) -> None:
        table: Path = ()
        self.match(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.match(_BLANK)

    def header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`; return the table that the lines below belong to."""
        here = self.here()
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        self.match(_BLANK)
        *above, name = self.key()
        self.match(_BLANK)
        self.at += brackets
        path: Path = ()
        for part in above:
            path = self.last((*path, part))
            self.keys.setdefault(path, here)
        path = (*path, name)
        if brackets == 1:
            self.keys[path] = here
            return path
        self.lengths[path] = self.lengths.get(path, 0) + 1
        self.keys.setdefault(path, here)
        path = self.last(path)
        self.keys[path] = here
        return path

    def last(self, path: Path) -> Path:
        """Return the latest table of an array of tables, and any other path as it is."""
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def pair(self, table: Path) -> None:
        here = self.here()
        path = table
        for part in self.key():
            path = (*path, part)
            self.keys.setdefault(path, here)
        self.match(_BLANK)
        self.at += len("=")
        self.match(_BLANK)
        self.value(path)

    def key(self) -> list[str]:
        parts = [self.match(_KEY)]
        while self.match(_DOT):
            parts.append(self.match(_KEY))
        return [next(iter(tomllib.loads(f"{part} = 0"))) for part in parts]

    def value(self, path: Path) -> None:
        self.values[path] = self.here()
        if self.text[self.at] == "[":
            self.array(path)
        elif self.text[self.at] == "{":
            self.inline_table(path)
        else:
            self.match(_PLAIN)

    def array(self, path: Path) -> None:
        self.at += len("[")
        number = 0
        while not self.closed("]"):
            self.keys[*path, number] = self.here()
            self.value((*path, number))
            number += 1

    def inline_table(self, path: Path) -> None:
        self.at += len("{")
        while not self.closed("}"):
            self.pair(path)

    def closed(self, bracket: str) -> bool:
        """Go on to the next element, or behind the bracket and say so."""
        self.match(_BLANK)
        if self.text[self.at] == ",":
            self.at += len(",")
            self.match(_BLANK)
        if self.text[self.at] != bracket:
            return False
        self.at += len(bracket)
        return True

    def here(self) -> Position:
        line = bisect_right(self.starts, self.at)
        return Position(line, self.at - self.starts[line - 1] + 1)

    def match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]
