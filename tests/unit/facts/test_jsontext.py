"""JSON as received: read leniently, written canonically."""

import json

import pytest

from stream.facts.errors import NestedTooDeepError, UnreadableJsonError
from stream.facts.jsontext import RepeatedKeys, canonical, opaque_text, read_json


def test_canonical_is_sorted_without_spaces_and_utf_8() -> None:
    assert canonical({"b": [1, {"z": 0, "æ": None}], "a": "ø"}) == '{"a":"ø","b":[1,{"z":0,"æ":null}]}'.encode()


def test_canonical_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical(read_json('{"a":1,"b":2}')) == canonical(read_json('{ "b" : 2, "a" : 1 }'))


def test_canonical_tells_a_number_from_its_text() -> None:
    assert canonical({"a": 1}) != canonical({"a": "1"})


def test_half_of_a_surrogate_pair_is_written_as_its_escape() -> None:
    assert canonical(read_json(r'{"a":"\ud800"}')) == rb'{"a":"\ud800"}'


def test_canonical_reads_back_to_the_same() -> None:
    value = {"text": 'line\nfeed "quote" \\ \u2028 \x00', "n": 1.5, "deep": [{"a": [True, None]}]}
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"{'a':1}", b"nul", b'{"a":1}}', b"\xff\xfe{}", b"\x00", '{"a":1}'.encode("utf-16")]
)
def test_what_is_no_json_is_told_so(raw: bytes) -> None:
    with pytest.raises(UnreadableJsonError, match="JSON object"):
        read_json(raw)


def test_a_byte_order_mark_is_no_reason() -> None:
    assert read_json(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_a_byte_that_is_no_utf_8_spoils_its_text_only() -> None:
    assert read_json('{"a":"æ","b":1}'.encode("latin-1")) == {"a": "\udce6", "b": 1}


def test_the_last_of_a_repeated_key_counts_and_the_others_stay_within_reach() -> None:
    read = read_json('{"a":1,"a":2,"a":3}')
    assert isinstance(read, RepeatedKeys)
    assert (read, read.hidden) == ({"a": 3}, [1, 2])


def test_numbers_that_are_none_in_json_are_read_for_what_they_are() -> None:
    assert canonical(read_json('{"a":NaN,"b":Infinity}')) == b'{"a":NaN,"b":Infinity}'


def test_a_number_beyond_reason_stays_text() -> None:
    assert read_json(f'{{"a":{"9" * 5000}}}') == {"a": "9" * 5000}


def test_nesting_beyond_reading_is_told_so() -> None:
    with pytest.raises(NestedTooDeepError):
        read_json("[" * 100_000)


@pytest.mark.parametrize(
    ("value", "text"), [("e-1", "e-1"), (" e ", " e "), ("æ", "æ"), (17, "17"), (0, "0"), ("\U0001f6cf", "\U0001f6cf")]
)
def test_a_reference_is_taken_as_it_is(value: object, text: str) -> None:
    assert opaque_text(value) == text


@pytest.mark.parametrize("value", ["", " ", "\t\n", None, True, 1.5, [], {}, ["e-1"], "a\0b", "\ud800", 10**30])
def test_what_no_store_can_hold_is_no_reference(value: object) -> None:
    assert opaque_text(value) is None
