"""How much is looked at together: so many partitions, or a part of the patients of a large one, as fit into memory."""

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stream.worker.partition import partition_of


class Part(NamedTuple):
    """One of `of` equal parts of the patients of a partition."""

    number: int
    piece: int = 0
    of: int = 1


def batches(sizes: Mapping[int, int], limit: int) -> list[list[Part]]:
    """Put partitions together, or cut them up, so that a batch has about `limit` records. `sizes` are their records."""
    found: list[list[Part]] = []
    room = 0
    for number, size in sorted(sizes.items()):
        if size > limit:
            pieces = math.ceil(size / limit)
            found += [[Part(number, piece, pieces)] for piece in range(pieces)]
            room = 0
        elif found and size <= room:
            found[-1].append(Part(number))
            room -= size
        else:
            found.append([Part(number)])
            room = limit - size
    return found


def part_of(patient: bytes, parts: Mapping[int, Part], partitions: int) -> Part | None:
    """Return the part that a patient belongs to, among those given by partition; None if it is in none of them."""
    part = parts.get(partition_of(patient, partitions))
    return part if part is not None and zlib.crc32(patient) % part.of == part.piece else None


def with_any(batch: Sequence[Part], patients: frozenset[bytes], partitions: int) -> list[Part]:
    """Return the parts of a batch that hold any of these patients."""
    parts = {part.number: part for part in batch}
    found = {part_of(patient, parts, partitions) for patient in patients}
    return [part for part in batch if part in found]
