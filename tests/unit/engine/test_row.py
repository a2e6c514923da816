import pytest

from stream.facts.record import Record
from stream.row import FORMAT, Row, RowFormatError


def test_a_row_begins_with_its_format() -> None:
    assert Row("pt", Record()).encode()[0] == FORMAT


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    with pytest.raises(RowFormatError, match="start the version of Fristvagt that wrote it"):
        Row.decode(bytes([FORMAT + 1]) + b"anything")


@pytest.mark.parametrize("data", [b"", bytes([FORMAT]), bytes([FORMAT]) + b"\xc1", bytes([FORMAT]) + b"\x90"])
def test_bytes_that_are_no_row_are_refused(data) -> None:
    with pytest.raises(RowFormatError):
        Row.decode(data)
