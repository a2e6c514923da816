"""Promises of the daily head: a text that fits in a mail, and is read back from one."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.records.errors import HeadTextError
from alerts.records.heads import Head, digest_of, head_text, read_head_text

ON = date(2026, 2, 2)
HEADS = (Head(0, 1523, "ab" * 32), Head(11, 88, "cd" * 32))
TEXT = head_text(HEADS, ON)


@settings(deadline=None, max_examples=50)
@given(
    on=st.dates(),
    seqs=st.dictionaries(st.integers(0, 999), st.tuples(st.integers(1, 2**50), st.binary(min_size=32, max_size=32))),
)
def test_what_is_written_is_read_back(on: date, seqs: dict[int, tuple[int, bytes]]) -> None:
    heads = tuple(Head(partition, seq, digest.hex()) for partition, (seq, digest) in sorted(seqs.items()))
    day = read_head_text(head_text(heads, on))
    assert (day.on, day.heads, day.sound) == (on, heads, True)


def test_no_line_is_broken_by_a_mail_program() -> None:
    assert max(map(len, TEXT.splitlines())) <= 78


def test_it_is_read_from_the_mail_around_it_also_when_quoted() -> None:
    mail = "Hello\r\n\r\n" + "\r\n".join(f"> {line}" for line in TEXT.splitlines()) + "\r\n-- \r\nFristvagt"
    assert read_head_text(mail).heads == HEADS


def test_the_order_of_partitions_does_not_matter() -> None:
    assert digest_of(HEADS[::-1], ON) == digest_of(HEADS, ON)


@pytest.mark.parametrize(
    ("old", "new"), [("1523", "1524"), ("cdcd", "cdce"), ("2026-02-02", "2026-02-03"), ("\n11 ", "\n12 ")]
)
def test_a_text_that_was_altered_is_not_sound(old: str, new: str) -> None:
    assert not read_head_text(TEXT.replace(old, new, 1)).sound


def test_a_line_left_out_is_seen_too() -> None:
    assert not read_head_text("\n".join(TEXT.splitlines()[:-1])).sound


@pytest.mark.parametrize("text", ["", "hello", TEXT + TEXT, TEXT.replace("2026-02-02", "2026-02-30"), TEXT[:30]])
def test_what_is_no_head_of_one_day_is_refused(text: str) -> None:
    with pytest.raises(HeadTextError, match="take the mail"):
        read_head_text(text)
