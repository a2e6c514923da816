"""The compact form of a record: packs, reads back, stays small, and says when it cannot be read."""

from datetime import date
from typing import Any

import msgspec
import pytest

from stream.facts.errors import RecordFormatError
from stream.facts.record import Record
from stream.law.fact import Ref
from tests.unit.facts.samples import accepted, at, event, fact, marker, ref
from tests.unit.facts.test_steps import WHOLE


def packed(record: Record) -> Any:
    """Return the plain form after a way through msgpack."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(record.to_plain()))


def whole_patient() -> Record:
    facts = [accepted(event(step, sent, id=f"e-{step}")).fact for step, (sent, _) in WHOLE.items()]
    return Record().add(*facts, accepted(marker("AFB01A", id="m-1")).fact, accepted(marker("AFV01E1C", id="m-2")).fact)


@pytest.mark.parametrize(
    "record",
    [
        Record(),
        Record().refuse(ref("a")).dismiss(ref("b")),
        Record().add(fact("a", order_key=b"")),
        Record().add(fact("a", time=at(3), code="AFV01B", unit="7", retracts=ref("x"), supersedes=Ref("urn:b", "y"))),
        Record().add(fact("a", order_key=b"1"), fact("a", order_key=b"2"), fact("a", order_key=b"3")),
        Record().add(
            fact("a", fields={"day": date(2026, 2, 2), "offer": ref("o"), "yes": True, "no": False, "word": ""})
        ),
        whole_patient(),
    ],
)
def test_a_record_reads_back_through_msgpack(record: Record) -> None:
    assert Record.from_plain(packed(record)) == record


def test_conflicts_go_on_being_counted_once_after_reading_back() -> None:
    contents = [fact("a", order_key=bytes([place])) for place in range(3)]
    record = Record.from_plain(packed(Record().add(*contents)))
    assert record.add(*contents).conflicts == 2


def test_the_order_key_still_settles_a_conflict_after_reading_back() -> None:
    record = Record.from_plain(packed(Record().add(fact("a", order_key=b"5", unit="5"))))
    assert [record.add(fact("a", order_key=key, unit="new")).live(at(9))[0].unit for key in (b"4", b"6")] == [
        "new",
        "5",
    ]


def test_an_event_costs_less_than_half_of_what_was_sent() -> None:
    record = whole_patient()
    sent = sum(len(each.order_key) for each in record.facts.values())
    assert len(msgspec.msgpack.encode(record.to_plain())) < sent / 2


@pytest.mark.parametrize("plain", [[3, b"", [], [], []], [None], ["2"]])
def test_another_format_is_told_and_not_guessed(plain: list[Any]) -> None:
    with pytest.raises(RecordFormatError, match="this version reads 2:"):
        Record.from_plain(plain)


def test_damaged_facts_are_told() -> None:
    version, block, *rest = whole_patient().to_plain()
    with pytest.raises(RecordFormatError, match="rebuild it"):
        Record.from_plain([version, block[:-20], *rest])
