"""How much happened in a phase of a fault run, counted in the log: where nothing happens, nothing is shown. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stream.worker.names import ACTIONS, FACTS, TICKS
from tests.faults.checker import Kept

_KINDS = (FACTS, ACTIONS, TICKS)

Ends = Mapping[tuple[str, int], int]
"""Where each partition of each topic ended at a moment."""


class Work(NamedTuple):
    """New facts (no repeats), commands and ticks, and the patients who had all three."""

    facts: int
    commands: int
    ticks: int
    patients: int

    def __str__(self) -> str:
        return f"{self.facts} facts, {self.commands} commands, {self.ticks} ticks, {self.patients} patients with all"

    def lacking(self) -> list[str]:
        """Say of which kind there was none. Patients may have no tick: a fact that comes first decides what is due."""
        kinds = {"facts": self.facts, "commands": self.commands, "ticks": self.ticks}
        return [f"no {what} while the faults went on" for what, number in kinds.items() if number == 0]


def done(read: Mapping[str, Sequence[Kept]], since: Ends, until: Ends) -> Work:
    """Count what was written to the facts, actions and ticks between two moments."""
    before = {each.name for each in read[FACTS] if each.offset < since[FACTS, each.partition]}
    found = {topic: [each for each in read[topic] if _within(topic, each, since, until)] for topic in _KINDS}
    found[FACTS] = [each for each in found[FACTS] if each.name not in before]
    patients = set.intersection(*({each.key for each in records} for records in found.values()))
    facts = {each.name for each in found[FACTS]}
    return Work(len(facts), len(found[ACTIONS]), len(found[TICKS]), len(patients))


def _within(topic: str, record: Kept, since: Ends, until: Ends) -> bool:
    return since[topic, record.partition] <= record.offset < until[topic, record.partition]
