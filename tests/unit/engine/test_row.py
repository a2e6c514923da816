import pytest

from stream.clock import EPOCH
from stream.facts.record import Record
from stream.row import FORMAT, Row, RowFormatError, glance


def test_a_row_begins_with_its_format() -> None:
    assert Row("pt", Record()).encode()[0] == FORMAT


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    with pytest.raises(RowFormatError, match="start the version of Fristvagt that wrote it"):
        Row.decode(bytes([FORMAT + 1]) + b"anything")


@pytest.mark.parametrize("data", [b"", bytes([FORMAT]), bytes([FORMAT]) + b"\xc1", bytes([FORMAT]) + b"\x90"])
def test_bytes_that_are_no_row_are_refused(data) -> None:
    with pytest.raises(RowFormatError):
        Row.decode(data)


def test_every_flipped_bit_of_a_row_is_noticed() -> None:
    data = Row("pt", Record(), digest="d").encode()
    for place in range(8 * len(data)):
        bent = bytearray(data)
        bent[place // 8] ^= 1 << place % 8
        for read in (Row.decode, glance):
            with pytest.raises(RowFormatError):
                read(bytes(bent))


def test_a_glance_shows_what_a_restart_needs() -> None:
    row = Row("pt", Record(), partition=7, next_due=EPOCH, evaluated=EPOCH, digest="d")
    seen = glance(row.encode())
    assert (seen.partition, seen.next_due, seen.evaluated, seen.digest) == (7, EPOCH, EPOCH, "d")
