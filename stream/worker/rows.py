"""The stored rows of the real engine, as the worker reads them."""

from collections.abc import Iterable
from datetime import datetime

from stream.row import READABLE, Header, OpenClock, Row, glance


class EngineRows:
    """The row format of `stream.row`."""

    def knows(self, data: bytes) -> bool:
        """Tell whether the first byte, the format, is one that `Row.decode` reads."""
        return bool(data) and data[0] in READABLE

    def decode(self, data: bytes) -> Row:
        """Return the row. Raises RowFormatError."""
        return Row.decode(data)

    def glance(self, data: bytes) -> Header:
        """Return the part that a restart needs. Raises RowFormatError."""
        return glance(data)

    def watched(self, row: Row | Header) -> Iterable[OpenClock]:
        """Return the open clocks of the row."""
        return row.open_clocks

    def incomplete(self, row: Row, now: datetime) -> bool:
        """Tell whether a refused event of the patient is still open at `now` (aware)."""
        return row.record.incomplete(now)
