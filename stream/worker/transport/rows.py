"""The rows of a table in memory, filled in whole batches when a worker takes over partitions.

Faust's own recovery turns every changelog record into an event, at some 11,000 a second. Here the consumer puts each
batch straight into the store, and Faust gets its last record only, to count how far recovery has come.
"""

from collections.abc import Sequence
from typing import Any

from faust.stores import memory

from stream.worker.transport.runs import Record


class RowStore(memory.Store):  # type: ignore[misc]  # Faust has no types here
    """Rows by key. Chosen by the URL ``rows://``.

    It knows which partition each row belongs to, however the row came, so that recovery drops rows of partitions that
    moved elsewhere. Faust's memory store knows it only of rows that recovery brought.
    """

    def set_row(self, partition: int, key: bytes, row: bytes | None) -> None:
        """Show what the changelog of a partition now says of `key`; None deletes."""
        if row is None:
            self.data.pop(key, None)
            self._key_partition.pop(key, None)
        else:
            self.data[key] = row
            self._key_partition[key] = partition

    def take_in(self, partition: int, records: Sequence[Record]) -> None:
        """Show what further records of a changelog say, in order."""
        for record in records:
            if record.key is not None:
                self.set_row(partition, record.key, record.value)

    def apply_changelog_batch(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: the records were taken in when they were read."""
