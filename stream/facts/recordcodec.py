"""The compact form of a patient record inside a row: lists, texts, numbers and bytes.

A table of texts (patient, sources, ids, steps, words), then a list a fact pointing into it. Moments are
microseconds since 1970 UTC, the moment of occurrence as its distance from the moment of recording; a date is a list
of one number (days, 1 is 0001-01-01), a reference a list of two texts. Order keys (canonical events, needed only to
settle a conflict of identity) are stored and not recomputed, for a fact does not remember how its event was spelt;
they repeat each other, so they are compressed together.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from stream.facts.errors import RecordFormatError
from stream.law.fact import Fact, Ref

FORMAT: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FASTEST: Final = 1


class Known(NamedTuple):
    """What a record holds."""

    facts: list[Fact]
    refused: frozenset[Ref]
    dismissed: frozenset[Ref]
    beaten: dict[Ref, frozenset[bytes]]


class _Table(dict[str, int]):
    """Texts by their place: a text asked for the first time takes the next one."""

    def __missing__(self, text: str) -> int:
        self[text] = place = len(self)
        return place


def encode(
    facts: Iterable[Fact],
    refused: Iterable[Ref],
    dismissed: Iterable[Ref],
    beaten: Mapping[Ref, Iterable[bytes]],
) -> list[Any]:
    """Write what a record holds, the same for the same content whatever its order."""
    ordered = sorted(facts, key=lambda fact: fact.ref)
    table = _Table()
    if ordered:
        table[ordered[0].patient] = 0
    rows = [_fact(fact, table) for fact in ordered]
    refs = [[_ref(ref, table) for ref in sorted(some)] for some in (refused, dismissed)]
    lost = [[*_ref(ref, table), *sorted(contents)] for ref, contents in sorted(beaten.items())]
    keys = zlib.compress(b"".join(fact.order_key for fact in ordered), _FASTEST)
    lengths = [len(fact.order_key) for fact in ordered]
    return [FORMAT, list(table), rows, keys, lengths, *refs, lost]


def _ref(ref: Ref, table: _Table) -> list[int]:
    return [table[ref.source], table[ref.id]]


def _fact(fact: Fact, table: _Table) -> list[Any]:
    return [
        *_ref(fact.ref, table),
        table[fact.step],
        table[fact.pathway],
        (fact.time - _EPOCH) // _MICROSECOND,
        (fact.occurred_at - fact.time) // _MICROSECOND,
        None if fact.unit is None else table[fact.unit],
        None if fact.code is None else table[fact.code],
        None if fact.supersedes is None else _ref(fact.supersedes, table),
        None if fact.retracts is None else _ref(fact.retracts, table),
        *(part for name, value in fact.fields.items() for part in (table[name], _value(value, table))),
    ]


def _value(value: Any, table: _Table) -> Any:
    if isinstance(value, str):
        return table[value]
    if isinstance(value, Ref):
        return _ref(value, table)
    return [value.toordinal()] if isinstance(value, date) else value


def decode(plain: Iterable[Any]) -> Known:
    """Read what `encode` wrote. Raises RecordFormatError."""
    version, *rest = plain
    if version != FORMAT:
        raise RecordFormatError(f"record of format {version}; this version reads {FORMAT}: use the one that wrote it")
    texts, rows, keys, lengths, refused, dismissed, beaten = rest
    order_keys = _split(zlib.decompress(keys), lengths)
    return Known(
        [_read_fact(row, key, texts) for row, key in zip(rows, order_keys, strict=True)],
        frozenset(_read_ref(pair, texts) for pair in refused),
        frozenset(_read_ref(pair, texts) for pair in dismissed),
        {_read_ref(row[:2], texts): frozenset(row[2:]) for row in beaten},
    )


def _split(keys: bytes, lengths: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield keys[start : start + length]
        start += length


def _read_ref(pair: Sequence[int], texts: Sequence[str]) -> Ref:
    return Ref(texts[pair[0]], texts[pair[1]])


def _read_fact(row: Sequence[Any], order_key: bytes, texts: Sequence[str]) -> Fact:
    source, name, step, pathway, time, later, unit, code, supersedes, retracts, *fields = row
    recorded = _EPOCH + timedelta(microseconds=time)
    return Fact(
        ref=Ref(texts[source], texts[name]),
        step=texts[step],
        patient=texts[0],
        pathway=texts[pathway],
        time=recorded,
        occurred_at=recorded + timedelta(microseconds=later) if later else recorded,
        unit=None if unit is None else texts[unit],
        code=None if code is None else texts[code],
        supersedes=None if supersedes is None else _read_ref(supersedes, texts),
        retracts=None if retracts is None else _read_ref(retracts, texts),
        fields={texts[key]: _read_value(value, texts) for key, value in zip(fields[::2], fields[1::2], strict=True)},
        order_key=order_key,
    )


def _read_value(value: Any, texts: Sequence[str]) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return texts[value]
    return date.fromordinal(value[0]) if len(value) == 1 else _read_ref(value, texts)
