"""Reads records as the version before wrote them (format 1): lists, texts, numbers and bytes.

A table of texts (patient, sources, ids, steps, words), then a list a fact pointing into it. Moments are
microseconds since 1970 UTC, the moment of occurrence as its distance from the moment of recording; a date is a list
of one number (days, 1 is 0001-01-01), a reference a list of two texts. Order keys are compressed together.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from stream.law.fact import Fact, Ref

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Known(NamedTuple):
    """What a record holds."""

    facts: list[Fact]
    refused: frozenset[Ref]
    dismissed: frozenset[Ref]
    beaten: dict[Ref, frozenset[bytes]]


def decode(plain: Iterable[Any]) -> Known:
    """Read a record of format 1, without its first value, the format."""
    texts, rows, keys, lengths, refused, dismissed, beaten = plain
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
