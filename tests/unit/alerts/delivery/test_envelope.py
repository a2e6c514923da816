"""A mail's headers: what machines need, the same in every attempt, and no text gets among them."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.channels import PermanentFailureError
from alerts.delivery.envelope import envelope
from alerts.delivery.message import Message
from alerts.delivery.render import render
from alerts.recipients import Recipient
from tests.unit.alerts.delivery.made import PAGE, RECIPIENT, item, message

SENDER = "fristvagt@region.example"
NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Fristvagt-Notice",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]
PIECES = [
    "\r\n",
    "\n",
    "=?utf-8?q?",
    "=?utf-8?b?",
    "?=",
    "=0D=0A",
    "DQpCY2M6IHg=",
    "Bcc: ",
    "_",
    " ",
    "æ",
    "\x85",
    "\u2028",
]
WORDS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=9)), max_size=9).map("".join)
"""Texts made of what breaks headers: line ends, and encoded words that hide them."""


def sent(made: Message) -> EmailMessage:
    """Write a mail and read it as a receiver does."""
    wire = envelope(made, render(made, PAGE), SENDER).as_bytes()
    read = message_from_bytes(wire, policy=SMTP)
    assert isinstance(read, EmailMessage)
    return read


def test_a_mail_has_the_headers_that_machines_need() -> None:
    read = sent(message(item()))
    assert read["From"] == "Fristvagt <fristvagt@region.example>"
    assert read["To"] == "kirurgi@region.example"
    assert read["Date"] == "Mon, 02 Feb 2026 07:00:00 +0000"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["X-Auto-Response-Suppress"] == "All"
    assert read["X-Fristvagt-Notice"] == "n1"
    assert read["Content-Language"] == "da"


def test_every_attempt_makes_the_same_headers() -> None:
    first, second = sent(message(item())), sent(message(item()))
    named = [name for name in NAMES if name != "Content-Type"]  # it has the boundary of the parts
    assert [first[name] for name in named] == [second[name] for name in named]


def test_another_notice_has_another_message_id() -> None:
    ids = {sent(message(item(), notice_id=notice))["Message-ID"] for notice in ("n1", "n2")}
    assert len(ids) == 2
    assert all(each.endswith("@region.example>") for each in ids)


def test_text_comes_first_and_html_after_it() -> None:
    made = message(item())
    texts = [part.get_content().replace("\r\n", "\n") for part in sent(made).iter_parts()]
    assert texts == [render(made, PAGE).text, render(made, PAGE).html]


@settings(deadline=None)
@given(notice=WORDS, name=WORDS, unit=WORDS, right=WORDS)
def test_no_text_adds_or_changes_a_header(notice: str, name: str, unit: str, right: str) -> None:
    made = message(item(unit_name=unit, right_name=right), notice_id=notice, recipient=replace(RECIPIENT, name=name))
    read = sent(made)
    assert [*read.keys()] == NAMES
    assert read["Subject"] == render(made, PAGE).subject
    assert read["To"] == RECIPIENT.address


@pytest.mark.parametrize(
    "text", ["a\r\nBcc: x@y.example", "a\nBcc: x@y.example", "a\r\n\r\nbody", "=?utf-8?q?a=0D=0AB:_c?="]
)
def test_an_attempt_to_add_a_header_stays_in_the_subject(text: str) -> None:
    read = sent(message(item(unit_name=text), notice_id=text))
    assert [*read.keys()] == NAMES
    assert read["Bcc"] is None


@settings(deadline=None)
@given(st.lists(st.sampled_from(["på", "åben", "Øre-næse-hals", "afd.", "¡", "B"]), max_size=9).map(" ".join))
def test_a_subject_keeps_its_spaces_and_its_letters(unit: str) -> None:
    made = message(item(unit_name=unit))
    assert sent(made)["Subject"] == render(made, PAGE).subject


@settings(deadline=None)
@given(st.text(alphabet="a1.-@<>,; \r\n\x00æ", max_size=12))
def test_an_address_is_one_address_or_refused(address: str) -> None:
    made = message(item(), recipient=Recipient("kirurgi", "mail", f"a@b.example{address}"))
    try:
        read = sent(made)
    except PermanentFailureError:
        return
    assert [each.addr_spec for each in read["To"].addresses] == [made.recipient.address]


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: c@d.example", "Anna <a@b.example>", "a@b.example, c@d.example", "æ@b.example"]
)
def test_another_address_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(PermanentFailureError) as refused:
        sent(message(item(), recipient=Recipient("kirurgi", "mail", address)))
    assert str(refused.value) == "kirurgi: not a mail address in ASCII; correct it in the policy"
