"""Of a million references of each sort that hospitals send none is taken for a CPR number; no real one is missed."""

import base64
import calendar
import random
import uuid
from collections.abc import Iterator

import pytest

from stream.facts import cpr

MILLION = 1_000_000
SHARE = 50_000


def pieces(width: int, rng: random.Random) -> Iterator[bytes]:
    """Give random bytes, a million times `width`."""
    for _ in range(MILLION // SHARE):
        block = rng.randbytes(width * SHARE)
        for start in range(0, len(block), width):
            yield block[start : start + width]


def uuids(rng: random.Random, letters: dict[int, int] | None = None) -> Iterator[str]:
    for piece in pieces(16, rng):
        digits = piece.hex().translate(letters or {})
        yield f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def decimal_uuids(rng: random.Random) -> Iterator[str]:
    """UUIDs of decimal digits only: the ones most like a CPR number."""
    return uuids(rng, str.maketrans("abcdef", "012345"))


def hex_pseudonyms(rng: random.Random) -> Iterator[str]:
    return (f"k1:{piece.hex()}" for piece in pieces(32, rng))


def base32_pseudonyms(rng: random.Random) -> Iterator[str]:
    return (f"k1:{base64.b32encode(piece).decode()}" for piece in pieces(20, rng))


def base64url_pseudonyms(rng: random.Random) -> Iterator[str]:
    return (f"k1:{base64.urlsafe_b64encode(piece).decode()}" for piece in pieces(33, rng))


def sor_codes(rng: random.Random) -> Iterator[str]:
    """Codes of four to seven digits before the namespace, with any check digit: mistyped ones are no CPR number."""
    return (f"{rng.randrange(1000, 10**7)}100001600{place % 10}" for place in range(MILLION))


@pytest.mark.parametrize(
    "sort", [uuids, decimal_uuids, hex_pseudonyms, base32_pseudonyms, base64url_pseudonyms, sor_codes]
)
def test_of_a_million_references_none_is_taken_for_a_cpr_number(sort: object) -> None:
    assert callable(sort)
    assert not cpr.contains("\n".join(sort(random.Random(22))))


def test_the_segments_of_a_uuid_are_never_six_or_ten_long() -> None:
    assert {len(segment) for segment in str(uuid.UUID(int=0)).split("-")} == {8, 4, 12}


def test_of_all_days_of_a_century_in_references_and_text_none_is_missed() -> None:
    rng = random.Random(23)
    frames = ("{}", "pt-{}", "k1:{}", "ring {} i morgen", "urn:cpr:{}", "/p/{}?x", "({})", "{}@region.example", '"{}"')
    days = [
        f"{day + more:02d}{month:02d}{year:02d}"
        for year in range(100)
        for month in range(1, 13)
        for day in range(1, calendar.monthrange(2000 + year, month)[1] + 1)
        for more in (0, 60)
    ]
    numbers = [f"{day}{hyphen}{rng.randrange(10**4):04d}" for day in days for hyphen in ("", "-")]
    framed = [frames[place % len(frames)].format(number) for place, number in enumerate(numbers)]
    assert [text for text in framed if not cpr.contains(text)] == []
