"""The rows of a table in memory, filled in whole batches when a worker takes over partitions.

Faust's own recovery turns every changelog record into an event, at some 11,000 a second. Here the consumer puts each
batch straight into the store, and Faust gets its last record only, to count how far recovery has come.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from faust.stores import memory

from stream.worker.transport.fence import Fence, Headers
from stream.worker.transport.runs import Record

_WRITER_BYTES: Final = 6
"""Of a process's own part of its stamps."""


class RowStore(memory.Store):  # type: ignore[misc]  # Faust has no types here
    """Rows by key. Chosen by the URL ``rows://``.

    It knows which partition each row belongs to, however the row came, so that recovery drops rows of partitions that
    moved elsewhere. Faust's memory store knows it only of rows that recovery brought.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fences: dict[int, Fence] = {}
        self._writer = secrets.token_bytes(_WRITER_BYTES)

    @property
    def fences(self) -> Mapping[int, Fence]:
        """What is known of the writers of rows, by partition."""
        return self._fences

    def headers(self, partition: int) -> Headers:
        """Return the headers of rows that are written now."""
        fence = self._fences.get(partition)
        return () if fence is None else fence.headers

    def set_row(self, partition: int, key: bytes, row: bytes | None) -> None:
        """Show a row that was written; None deletes."""
        if (fence := self._fences.get(partition)) is not None:
            fence.wrote(key)
        self._show(partition, key, row)

    def take_in(self, partition: int, records: Sequence[Record]) -> None:
        """Show what further records of a changelog say, in order. Late rows say nothing: see `Fence`."""
        for record in self._fences.setdefault(partition, Fence()).standing(records):
            self._show(partition, record.key, record.value)

    def _show(self, partition: int, key: bytes | None, row: bytes | None) -> None:
        if row is None:
            self.data.pop(key, None)
            self._key_partition.pop(key, None)
        else:
            self.data[key] = row
            self._key_partition[key] = partition

    async def on_recovery_completed(self, active_tps: Any, standby_tps: Any) -> None:
        """Drop what moved elsewhere, and become the owner of the rest."""
        await super().on_recovery_completed(active_tps, standby_tps)
        owned = {partition for _, partition in active_tps}
        self._fences = {number: self._fences.get(number) or Fence() for number in owned}
        for fence in self._fences.values():
            fence.claim(self.app.consumer_generation_id, self._writer)

    def apply_changelog_batch(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: the records were taken in when they were read."""
