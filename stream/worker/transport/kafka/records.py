"""From aiokafka's records to ours."""

from typing import Any

from stream.worker.transport.runs import Record


def to_record(found: Any) -> Record:
    """Return the record; aiokafka keeps time in milliseconds."""
    return Record(found.offset, found.key, found.value, tuple(found.headers), found.timestamp / 1000)
