"""What intake judges an event by: the marker map, the unit file and how large an event may be."""

from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from typing import Final

from stream.facts.markers import Markers
from stream.facts.units import Units

MAX_EVENT_BYTES: Final = 64 * 1024
"""Default limit on an event, in bytes of its canonical form; a step is a few hundred."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The data by which events are read. `units` only decides what is marked as an unknown unit."""

    markers: Markers
    units: Container[str]
    max_bytes: int = MAX_EVENT_BYTES


@cache
def default_intake() -> Intake:
    """Return the intake of the data files that come with the package."""
    return Intake(markers=Markers.load(), units=Units.load())
