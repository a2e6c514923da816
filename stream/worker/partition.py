"""Which partition a patient lives in: the one rule that intake, agents and readers must share."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

_POSITIVE = 0x7FFFFFFF
"""Kafka clears the sign bit before it divides."""


@lru_cache(maxsize=1 << 16)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of `key` among `partitions`, as Kafka's Java client and aiokafka place it (murmur2).

    Other clients hash in their own ways; therefore everything of ours names the partition outright.
    """
    return int(murmur2(key) & _POSITIVE) % partitions
