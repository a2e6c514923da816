"""Which partition a patient lives in: the one rule that intake, agents and readers must share."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

from stream.facts import cpr

_POSITIVE = 0x7FFFFFFF
"""Kafka clears the sign bit before it divides."""


@lru_cache(maxsize=1 << 16)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of `key` among `partitions`, as Kafka's Java client and aiokafka place it (murmur2).

    Other clients hash in their own ways; therefore everything of ours names the partition outright.
    """
    return int(murmur2(key) & _POSITIVE) % partitions


def is_home(key: bytes, number: int, partitions: int) -> bool:
    """Tell whether records of `key` in partition `number` are a patient's: in its place, and under a pseudonym.

    All others are nobody's. A CPR number is no pseudonym; neither is what is no text.
    """
    text = key.decode(errors="replace")
    is_pseudonym = bool(key) and text.encode() == key and not cpr.contains(text)
    return is_pseudonym and partition_of(key, partitions) == number
