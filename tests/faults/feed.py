"""Makes the feed of a run last: every phase gets steps in which facts, commands and ticks meet on the same patients.

Such steps are called full; a weekend or a night is none. What meets is known beforehand, from an engine that is given
the plan; where no command would meet the others, one is added. Staff ask something of alerts in each of them, too.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from stream.engine import Engine
from tests.faults.expected import Name, Reference
from tests.faults.plan import Event, Step, broken, dismissal
from tests.faults.staff import asked

MEETING = 5
"""On how many patients of a full step all three can meet, at least."""
FULL = 10
"""How many events a full step has at least."""


def full(steps: Iterable[Step], engine: Engine) -> Iterator[Step]:
    """Say which steps are full, and add the commands that are lacking."""
    reference = Reference(engine)
    known: set[Name] = set()
    for step in steps:
        due = {patient for patient, row in reference.rows.items() if row.next_due and row.next_due <= step.now}
        news = {each["partitionkey"]: each for each in step.events if _name(each) not in known and not _is_broken(each)}
        together = [event for patient, event in news.items() if patient in due]
        known |= {_name(each) for each in step.events}
        # A fact that comes before the tick leaves nothing for it to do: only a patient without one is sure to get it.
        if len(together) >= MEETING and due - news.keys() and len(step.events) >= FULL:
            step = _commanded(step, together)  # noqa: PLW2901 - it stands for the one before
            staff = asked(step, reference.rows, {each["partitionkey"] for each in together}, engine)
            step = replace(step, commands=(*step.commands, *staff), is_full=True)  # noqa: PLW2901
        reference.take(step)
        yield step


def _commanded(step: Step, together: list[Event]) -> Step:
    """Add broken events and their dismissals for patients of the step, if too few have a command.

    Their events go last, so that the ticks can come before them.
    """
    has = {each["partitionkey"] for each in step.events if _is_broken(each)} | {c["patient"] for c in step.commands}
    chosen = sorted(together, key=lambda each: each["partitionkey"] not in has)[:MEETING]
    patients = {each["partitionkey"] for each in chosen}
    added = [broken(each) for each in chosen if each["partitionkey"] not in has]
    events = sorted(step.events, key=lambda each: each["partitionkey"] in patients)
    commands = (dismissal(each, step.now) for each in added)
    return replace(step, events=(*events, *added), commands=(*step.commands, *commands))


class Feed:
    """Steps that are handed out in order, and not all to the first who asks."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = deque(steps)
        self._given: list[Step] = []

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def full(self) -> int:
        """How many full steps are left."""
        return sum(step.is_full for step in self._steps)

    def kept(self, own: int, later: int) -> int:
        """Return how many of the full steps left are for others, who have `later` shares where the asker has `own`."""
        return -(-self.full * later // (own + later))

    def quiet(self) -> Iterator[Step]:
        """Give the steps before the next full one."""
        while self._steps and not self._steps[0].is_full:
            yield self._next()

    def take(self, keep: int = 0) -> Step | None:
        """Return the next step; None if it is one of the last `keep` full ones, or there is none."""
        if not self._steps or (self._steps[0].is_full and self.full <= keep):
            return None
        return self._next()

    def to_judge(self, keep: int = 0) -> Iterator[Step | None]:
        """Take once more, and go on while the clock stands behind where it has been.

        Rows know by then what `replay` does not know yet at such a moment, so that they cannot be compared.
        """
        yield self.take(keep)
        while self._steps and self._given and self._given[-1].now < max(step.now for step in self._given):
            yield self._next()

    def _next(self) -> Step:
        step = self._steps.popleft()
        self._given.append(step)
        return step


def spread(share: int, faults: int, over: int) -> int:
    """Return how many full steps of a share may be used when so many faults are over.

    Where there are more faults than steps, the steps last as long as the faults; else all may be used at once.
    """
    return share if faults <= share else min(share, 1 + over * share // faults)


def _name(event: Event) -> Name:
    return event["source"], event["id"]


def _is_broken(event: Event) -> bool:
    return event["id"].endswith("-broken")
