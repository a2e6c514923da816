"""Bits of a row flipped one at a time, also with a check sum that fits: what would change a clock is always found."""

import zlib

from stream.reconcile.compare import evaluated_again, readable
from stream.row import Row
from stream.worker.names import ACTIONS, FACTS
from tests.unit.engine.events import ENGINE, event
from tests.unit.reconcile.patient import Patient

STRIDE = 13
SEAL = 5
"""Format byte and check sum."""


def lived() -> Patient:
    patient = Patient("2026-02-02")
    patient.happens(event("referral-received", "2026-02-02", purpose="workup", condition="cancer", id="r"))
    patient.told("refused", source="urn:h", id="1")
    for day in ("2026-02-05 00:30", "2026-02-09 00:30", "2026-02-11 13:00"):
        patient.looked_at(day)
    return patient


def flipped(data: bytes, bit: int) -> bytes:
    body = bytearray(data[SEAL:])
    body[bit // 8] ^= 1 << bit % 8
    return data[:1] + zlib.crc32(body).to_bytes(4) + bytes(body)


def matters(row: Row) -> object:
    """What a patient's watch follows from; a row of other rules is evaluated anew before it is used."""
    rules = evaluated_again(ENGINE, row) if row.digest == ENGINE.digest else None
    applied = [row.applied.get(topic, 0) for topic in (FACTS, ACTIONS)]
    return (rules and rules.clocks, row.next_due, row.alerts, row.record.incomplete()), applied


def test_a_flipped_bit_that_would_change_a_clock_or_a_warning_is_found() -> None:
    patient = lived()
    good = patient.seen.row
    (watched, applied), passed_over = matters(Row.decode(good)), []
    for bit in range(0, 8 * (len(good) - SEAL), STRIDE):
        patient.seen.row = flipped(good, bit)
        row = readable(patient.seen.row)
        if row is None or row.digest != ENGINE.digest or patient.kinds():
            continue
        other, offsets = matters(row)
        if other != watched or any(more > less for more, less in zip(offsets, applied, strict=True)):
            passed_over.append(bit)
    assert passed_over == []


def test_a_flipped_bit_without_its_check_sum_is_always_found() -> None:
    patient = lived()
    good = patient.seen.row
    for bit in range(0, 8 * len(good), STRIDE):
        patient.seen.row = bytes(each ^ (1 << bit % 8) if n == bit // 8 else each for n, each in enumerate(good))
        assert patient.kinds()
