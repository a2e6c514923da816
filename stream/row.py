"""The row of a patient: everything the worker keeps between two records, in a compact versioned encoding.

A format byte, a check sum, then msgpack: what a worker needs of every row after a restart first, the rest behind it.
"""

import zlib
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from alerts.lifecycle import AlertState
from stream.facts.record import Record
from stream.identity import Minted

FORMAT: Final = 3
"""The first byte of a row. A reader knows its own format and the one before, and refuses newer ones.

Format 2 is the same without what staff did about an alert, at the end of each alert's state.
"""
READABLE: Final = frozenset({2, FORMAT})

_CHECK_SUM: Final = 4
"""Bytes of a CRC-32 behind the format byte: a flipped bit must not become another deadline."""

_BARE: Final = 2
"""The last format whose check sum is that of the body alone."""


_Read = TypeVar("_Read")


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


class Header(msgspec.Struct, array_like=True):
    """What a restarted worker needs of every row. `next_due` and `evaluated` are aware UTC moments."""

    partition: int
    next_due: datetime | None
    evaluated: datetime | None
    digest: str
    open_clocks: tuple[OpenClock, ...]


class _Plain(Header, array_like=True):
    patient: str
    applied: dict[str, int]
    minted: tuple[Minted, ...]
    alerts: tuple[AlertState, ...]
    published: dict[str, Published]
    record: Any


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
        body = _encoder.encode(
            _Plain(
                partition=self.partition,
                next_due=self.next_due,
                evaluated=self.evaluated,
                digest=self.digest,
                open_clocks=self.open_clocks,
                patient=self.patient,
                applied=self.applied,
                minted=self.minted,
                alerts=tuple(self.alerts.values()),
                published=self.published,
                record=self.record.to_plain(),
            )
        )
        return bytes([FORMAT]) + _check_sum(FORMAT, body) + body

    @classmethod
    def decode(cls, data: bytes) -> "Row":
        """Read a row. Raises RowFormatError for a newer format or bytes that are no row, RecordFormatError."""
        plain = _read(data, _decoder)
        return cls(
            patient=plain.patient,
            record=Record.from_plain(plain.record),
            minted=plain.minted,
            alerts={state.clock_id: state for state in plain.alerts},
            published=plain.published,
            open_clocks=plain.open_clocks,
            applied=plain.applied,
            partition=plain.partition,
            next_due=plain.next_due,
            evaluated=plain.evaluated,
            digest=plain.digest,
        )


def glance(data: bytes) -> Header:
    """Return what a restarted worker needs of every row, without its record. Raises RowFormatError."""
    return _read(data, _header_decoder)


def _read(data: bytes, decoder: msgspec.msgpack.Decoder[_Read]) -> _Read:
    if not data or data[0] not in READABLE:
        found = data[0] if data else "none"
        raise RowFormatError(
            f"row format {found} is not {FORMAT} or {FORMAT - 1}: start the version of Fristvagt that wrote it"
        )
    check, body = data[1 : 1 + _CHECK_SUM], data[1 + _CHECK_SUM :]
    if _check_sum(data[0], body) != check:
        raise RowFormatError("the row is damaged, its check sum does not fit: rebuild it from the facts topic")
    return _decoded(body, decoder)


def _check_sum(version: int, body: bytes) -> bytes:
    """Return the check sum; from format 3 on it covers the format too, so that none passes for the one before."""
    return zlib.crc32(body, version if version > _BARE else 0).to_bytes(_CHECK_SUM)


def _decoded(body: bytes, decoder: msgspec.msgpack.Decoder[_Read]) -> _Read:
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise RowFormatError(f"the row cannot be read ({error}): rebuild it from the facts topic") from error


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Plain)
_header_decoder = msgspec.msgpack.Decoder(Header)
