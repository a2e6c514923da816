"""The stored rows of the real engine, as the worker reads them."""

from collections.abc import Iterable
from datetime import datetime

from stream.row import FORMAT, OpenClock, Row


class EngineRows:
    """The row format of `stream.row`."""

    def knows(self, data: bytes) -> bool:
        """Tell whether the first byte, the format, is one that `Row.decode` reads."""
        return bool(data) and data[0] <= FORMAT

    def decode(self, data: bytes) -> Row:
        """Return the row. Raises RowFormatError."""
        return Row.decode(data)

    def watched(self, row: Row) -> Iterable[OpenClock]:
        """Return the open clocks of the row."""
        return row.open_clocks

    def incomplete(self, row: Row, now: datetime) -> bool:
        """Tell whether a refused event of the patient is still open at `now` (aware)."""
        return row.record.incomplete(now)
