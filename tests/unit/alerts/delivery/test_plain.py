"""Texts from anywhere are made safe to stand in a line, a header and an address."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.plain import digest, is_mail_address, lines, one_line, token


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Kirurgisk  afd.", "Kirurgisk afd."),
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\u2028b\x00c\x85d", "a b c d"),
        ("right\u202eleft\u200b\ud800", "rightleft"),
    ],
)
def test_a_text_becomes_one_line_without_hidden_characters(text: str, line: str) -> None:
    assert one_line(text) == line


@settings(deadline=None)
@given(st.text())
def test_one_line_holds_no_control_and_can_be_encoded(text: str) -> None:
    line = one_line(text)
    assert not {unicodedata.category(each) for each in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert one_line(line.encode().decode()) == line


def test_the_lines_of_a_text_are_kept_apart() -> None:
    assert lines("2026-02-01\n\n\x07 3f78 \r\nend") == ("2026-02-01", "3f78", "end")


@pytest.mark.parametrize("text", ["n1", "0b5e-4f_A", "x" * 128])
def test_an_identity_that_is_safe_is_itself(text: str) -> None:
    assert token(text) == text


@pytest.mark.parametrize("text", ["", "a.b", "a b", "å", "x" * 129, "\ud800", "a\n"])
def test_another_identity_is_its_hash(text: str) -> None:
    assert token(text) == digest(text)


@pytest.mark.parametrize("text", ["a@b", "kir.sekr+vagt@region-h.example", "o'neill@b.example"])
def test_a_mail_address_is_seen(text: str) -> None:
    assert is_mail_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@b@c",
        "a b@c",
        "a@b\n",
        "a@b\r\nB:c",
        "<a@b>",
        "a@b,c@d",
        "å@b",
        "a..b@c",
        ".a@b",
        "a.@b",
        "a@b..c",
    ],
)
def test_anything_around_or_beside_it_is_no_mail_address(text: str) -> None:
    assert not is_mail_address(text)
