"""The row of a patient: everything the worker keeps between two records, in a compact versioned encoding."""

from datetime import datetime
from typing import Any, Final

import msgspec

from alerts.lifecycle import AlertState
from stream.facts.record import Record
from stream.identity import Minted

FORMAT: Final = 1
"""The first byte of a row. A reader knows its own format and the one before, and refuses newer ones."""


class RowFormatError(ValueError):
    """A row cannot be read; the message says which version wrote it and what to do."""


class OpenClock(msgspec.Struct, frozen=True, array_like=True):
    """What the metrics count of an open clock."""

    right: str
    region: str | None
    tier: str | None
    deadline: str
    """Local date, YYYY-MM-DD."""


class Published(msgspec.Struct, frozen=True, array_like=True):
    """The last message sent for a pathway: its revision and a digest of its content."""

    revision: int
    digest: bytes


class _Plain(msgspec.Struct, array_like=True):
    patient: str
    record: Any
    minted: tuple[Minted, ...]
    alerts: list[list[Any]]
    published: dict[str, Published]
    open_clocks: tuple[OpenClock, ...]
    applied: dict[str, int]
    partition: int
    next_due: datetime | None
    evaluated: datetime | None
    digest: str


class Row(msgspec.Struct, frozen=True):
    """All that is kept of one patient.

    `applied` is the next offset to apply per source topic. `next_due` and `evaluated` are aware UTC moments.
    `digest` names the rules that the row was last evaluated with.
    """

    patient: str
    record: Record
    minted: tuple[Minted, ...] = ()
    alerts: dict[str, AlertState] = {}
    published: dict[str, Published] = {}
    open_clocks: tuple[OpenClock, ...] = ()
    applied: dict[str, int] = {}
    partition: int = -1
    next_due: datetime | None = None
    evaluated: datetime | None = None
    digest: str = ""

    def encode(self) -> bytes:
        """Return the row's bytes."""
        plain = _Plain(
            patient=self.patient,
            record=self.record.to_plain(),
            minted=self.minted,
            alerts=[state.to_plain() for state in self.alerts.values()],
            published=self.published,
            open_clocks=self.open_clocks,
            applied=self.applied,
            partition=self.partition,
            next_due=self.next_due,
            evaluated=self.evaluated,
            digest=self.digest,
        )
        return bytes([FORMAT]) + _encoder.encode(plain)

    @classmethod
    def decode(cls, data: bytes) -> "Row":
        """Read a row. Raises RowFormatError for a newer format or bytes that are no row."""
        if not data or data[0] != FORMAT:
            found = data[0] if data else "none"
            raise RowFormatError(f"row format {found} is not {FORMAT}: start the version of Fristvagt that wrote it")
        try:
            plain = _decoder.decode(data[1:])
        except msgspec.DecodeError as error:
            raise RowFormatError(f"the row cannot be read ({error}): rebuild it from the facts topic") from error
        states = [AlertState.from_plain(each) for each in plain.alerts]
        return cls(
            patient=plain.patient,
            record=Record.from_plain(plain.record),
            minted=plain.minted,
            alerts={state.clock_id: state for state in states},
            published=plain.published,
            open_clocks=plain.open_clocks,
            applied=plain.applied,
            partition=plain.partition,
            next_due=plain.next_due,
            evaluated=plain.evaluated,
            digest=plain.digest,
        )


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Plain)
