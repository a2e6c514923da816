"""Identity of clocks: an id is minted when a clock first appears and stays with it through corrections."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from stream.law.clock import Clock
from stream.law.fact import Ref

ID_LENGTH: Final = 32
"""Hexadecimal digits kept of a SHA-256: 128 bits."""


class Minted(msgspec.Struct, frozen=True, array_like=True):
    """An id once given, and every fact that ever started the clock."""

    clock_id: str
    pathway: str
    right: str
    starts: tuple[tuple[str, str], ...]


def clock_id_of(clock: Clock) -> str:
    """Return the id of a clock that appears for the first time: a hash of patient, pathway, right and first start."""
    first = clock.starts[0]
    return _id_of(clock.patient, clock.pathway, clock.right, (first.source, first.id))


def is_minted_well(minted: Minted, patient: str) -> bool:
    """Tell whether an id is the one that the first start gives."""
    first = minted.starts[0] if minted.starts else ()
    return minted.clock_id == _id_of(patient, minted.pathway, minted.right, first)


def _id_of(patient: str, pathway: str, right: str, start: tuple[str, ...]) -> str:
    parts = (patient, pathway, right, *start)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:ID_LENGTH]


def mint(
    clocks: Sequence[Clock], minted: Sequence[Minted], succession: Mapping[Ref, Ref]
) -> tuple[list[str], tuple[Minted, ...]]:
    """Return each clock's id, and all ids ever given to the patient.

    A clock that shares a start fact with its former self, or has the fact that superseded one, keeps its id.
    `succession` maps a superseded fact to the one put in its place.
    """
    former = {each.clock_id: each for each in minted}
    ids: list[str] = []
    for clock in clocks:
        clock_id = _known(clock, former.values(), succession, taken=ids) or clock_id_of(clock)
        ids.append(clock_id)
        before = former[clock_id].starts if clock_id in former else ()
        starts = tuple(dict.fromkeys((*before, *((ref.source, ref.id) for ref in clock.starts))))
        former[clock_id] = Minted(clock_id, clock.pathway, clock.right, starts)
    return ids, tuple(former.values())


def _known(clock: Clock, former: Iterable[Minted], succession: Mapping[Ref, Ref], taken: Sequence[str]) -> str | None:
    starts = set(clock.starts)
    for each in former:
        if each.clock_id in taken or (each.pathway, each.right) != (clock.pathway, clock.right):
            continue
        if any(_latest(Ref(*ref), succession) & starts for ref in each.starts):
            return each.clock_id
    return None


def _latest(ref: Ref, succession: Mapping[Ref, Ref]) -> set[Ref]:
    """Return a fact and all that stand in its place, however often it was corrected."""
    line = {ref}
    while (ref := succession.get(ref, ref)) not in line:
        line.add(ref)
    return line
