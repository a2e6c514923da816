"""The compact form of a patient record inside a row: a format number, one block of facts, and lists of identities.

The facts are written by msgpack as they are, order keys included (canonical events, needed only to settle a conflict
of identity; a fact does not remember how its event was spelt). They repeat each other, so the block is compressed
(LZ4: rows are written at each event). A date in a fact's fields is a list of one number (days, 1 is 0001-01-01), a
reference a list of two texts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec
from cramjam import DecompressionError, lz4

from stream.facts.errors import RecordFormatError
from stream.law.fact import Fact, Ref

FORMAT: Final = 2


class Known(NamedTuple):
    """What a record holds."""

    facts: list[Fact]
    refused: frozenset[Ref]
    dismissed: frozenset[Ref]
    beaten: dict[Ref, frozenset[bytes]]


class _Stored(msgspec.Struct, array_like=True, gc=False):
    ref: tuple[str, str]
    step: str
    pathway: str
    time: datetime
    occurred_at: datetime
    unit: str | None
    code: str | None
    supersedes: tuple[str, str] | None
    retracts: tuple[str, str] | None
    order_key: bytes
    fields: dict[str, Any]


class _Facts(msgspec.Struct, array_like=True):
    patient: str
    facts: list[_Stored]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Facts)


def encode(
    facts: Iterable[Fact],
    refused: Iterable[Ref],
    dismissed: Iterable[Ref],
    beaten: Mapping[Ref, Iterable[bytes]],
) -> list[Any]:
    """Write what a record holds, the same for the same content whatever its order."""
    ordered = sorted(facts, key=lambda fact: fact.ref)
    known = _Facts(ordered[0].patient if ordered else "", [_store(fact) for fact in ordered])
    lost = [[*ref, *sorted(contents)] for ref, contents in sorted(beaten.items())]
    return [FORMAT, bytes(lz4.compress_block(_ENCODER.encode(known))), sorted(refused), sorted(dismissed), lost]


def _store(fact: Fact) -> _Stored:
    return _Stored(
        fact.ref,
        fact.step,
        fact.pathway,
        fact.time,
        fact.occurred_at,
        fact.unit,
        fact.code,
        fact.supersedes,
        fact.retracts,
        fact.order_key,
        {
            name: [value.toordinal()] if isinstance(value, date) else value
            for name, value in sorted(fact.fields.items())
        },
    )


def decode(plain: Iterable[Any]) -> Known:
    """Read what `encode` wrote. Raises RecordFormatError."""
    version, *rest = plain
    if version != FORMAT:
        raise RecordFormatError(f"record of format {version}; this version reads {FORMAT}: use the one that wrote it")
    block, refused, dismissed, beaten = rest
    try:
        known = _DECODER.decode(bytes(lz4.decompress_block(block)))
    except (DecompressionError, msgspec.DecodeError) as error:
        raise RecordFormatError("the facts of the record are damaged: rebuild it from the facts topic") from error
    return Known(
        [_restore(known.patient, stored) for stored in known.facts],
        frozenset(Ref(*pair) for pair in refused),
        frozenset(Ref(*pair) for pair in dismissed),
        {Ref(*row[:2]): frozenset(row[2:]) for row in beaten},
    )


def _restore(patient: str, stored: _Stored) -> Fact:
    fields = stored.fields
    if any(type(value) is list for value in fields.values()):
        fields = {name: _value(value) for name, value in fields.items()}
    return Fact(
        ref=Ref(*stored.ref),
        step=stored.step,
        patient=patient,
        pathway=stored.pathway,
        time=stored.time,
        occurred_at=stored.occurred_at,
        unit=stored.unit,
        fields=fields,
        supersedes=None if stored.supersedes is None else Ref(*stored.supersedes),
        retracts=None if stored.retracts is None else Ref(*stored.retracts),
        code=stored.code,
        order_key=stored.order_key,
    )


def _value(value: Any) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    return date.fromordinal(value[0]) if len(value) == 1 else Ref(*value)
