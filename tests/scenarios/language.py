"""The time language of the scenarios.

A scenario is a text file. Lines that begin with # are its story; every other line begins with a local time in
Copenhagen and says one thing:

    2026-02-02 09:00         fact consent-given line=initial modality=surgery
    2026-02-05 00:00..00:05  tell department raised plan
    2026-02-05 10:15         hk acknowledge seen_tier=plan
    2026-02-05 10:15         answer accepted
    2026-02-06 12:00         restart
    2026-02-07 12:00         mail server down

`fact` is an event of the patient, `id=` names it. A name with a kind of command is somebody of staff. `answer` is what
the last command came to. `tell` is a message: to whom, what, and which tier holds (`-`: none); its window says between
when it must have been sent. Whatever is sent and not told of here is an error, and so is what is told of and not sent.
`A..B` may leave out the date of B. The steps of one time are taken in the order in which they stand.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from stream.law.fact import COPENHAGEN

DAY = len("2026-02-02")


@dataclass(frozen=True)
class Step:
    """One line: `at` (aware) up to `until`, its words, and its NAME=VALUE fields."""

    line: int
    at: datetime
    until: datetime
    words: tuple[str, ...]
    fields: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A message to somebody: what it says of an alert, and the tier that holds."""

    recipient: str
    what: str
    tier: str | None


def read_scenario(path: Path) -> list[Step]:
    """Return the steps of a file in order of time. Raises ValueError naming the line."""
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    steps = [_step(number, text) for number, text in lines if text.strip() and not text.startswith("#")]
    return sorted(steps, key=lambda step: step.at)


def told(step: Step) -> Told:
    """Return the message that a `tell` line tells of."""
    try:
        _, recipient, what, tier = step.words
    except ValueError:
        raise ValueError(f"line {step.line}: write tell RECIPIENT WHAT TIER") from None
    return Told(recipient, what, None if tier == "-" else tier)


def _step(number: int, text: str) -> Step:
    day, time, *rest = text.split()
    first, dots, last = time.partition("..")
    try:
        at = _moment(f"{day} {first}")
        until = _moment(last.replace("_", " ") if len(last) > DAY else f"{day} {last}") if dots else at
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from error
    if until < at or not rest:
        raise ValueError(f"line {number}: write a time or FROM..TO, and what happens")
    fields = dict(word.split("=", 1) for word in rest if "=" in word)
    return Step(number, at, until, tuple(word for word in rest if "=" not in word), fields)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)
