"""What an answer means: sent, try later, or never; and no failure repeats what the other end said."""

from datetime import UTC, datetime

import pytest
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPReadTimeoutError,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from alerts.delivery import mail_failures
from alerts.delivery.channels import DeliveryError, PermanentFailureError, TemporaryFailureError, Why
from alerts.delivery.webhook_failures import LONGEST_WAIT_SECONDS, judge, wait_seconds

NOW = datetime(2026, 2, 2, 7, 0, tzinfo=UTC)
SAID = "5.1.1 <anna@region.example> unknown"


def to_recipient(code: int, said: str = SAID) -> SMTPRecipientsRefused:
    return SMTPRecipientsRefused([SMTPRecipientRefused(code, said, "anna@region.example")])


@pytest.mark.parametrize(
    ("error", "kind", "why"),
    [
        (to_recipient(550), PermanentFailureError, "refused"),
        (to_recipient(450), TemporaryFailureError, "busy"),
        (to_recipient(530), TemporaryFailureError, "login"),
        (SMTPDataError(554, SAID), PermanentFailureError, "refused"),
        (SMTPDataError(452, SAID), TemporaryFailureError, "busy"),
        (SMTPSenderRefused(550, SAID, "a@b"), TemporaryFailureError, "settings"),
        (SMTPAuthenticationError(535, SAID), TemporaryFailureError, "login"),
        (SMTPConnectResponseError(554, SAID), TemporaryFailureError, "settings"),
        (SMTPConnectResponseError(421, SAID), TemporaryFailureError, "busy"),
        (SMTPServerDisconnected(SAID), TemporaryFailureError, "connection"),
        (SMTPReadTimeoutError(SAID), TemporaryFailureError, "timeout"),
        (SMTPException(SAID), TemporaryFailureError, "settings"),
        (ConnectionRefusedError(SAID), TemporaryFailureError, "connection"),
        (TimeoutError(), TemporaryFailureError, "timeout"),
    ],
)
def test_a_mail_servers_answer_is_judged(error: Exception, kind: type[DeliveryError], why: Why) -> None:
    failure = mail_failures.failure("kirurgi", error)
    assert (type(failure), failure.why) == (kind, why)
    assert str(failure).startswith("kirurgi: ")
    assert "anna" not in str(failure)


@pytest.mark.parametrize(
    "error",
    [
        to_recipient(554, "5.7.1 <anna@region.example>: Relay access denied"),
        to_recipient(550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
        to_recipient(550, "relay not permitted"),
        to_recipient(550, "5.7.0 this host is blocked"),
        SMTPDataError(554, "5.7.1 sent too much"),
        SMTPDataError(550, "5.7.60 client does not have permissions to send as this sender"),
    ],
)
def test_a_mail_servers_rules_can_be_mended_so_a_later_attempt_may_arrive(error: Exception) -> None:
    failure = mail_failures.failure("kirurgi", error)
    assert (type(failure), failure.why) == (TemporaryFailureError, "settings")
    assert "check sender, login" in str(failure)
    assert "anna" not in str(failure)


@pytest.mark.parametrize(
    "error",
    [
        to_recipient(550, "5.1.1 <anna@region.example>: User unknown in relay recipient table"),
        to_recipient(550, "no such user"),
        to_recipient(552, "5.2.2 mailbox full"),
        to_recipient(554, "5.17.1 no status that we know"),
        SMTPDataError(554, "5.6.0 not readable"),
        SMTPDataError(552, "5.3.4 too big"),
    ],
)
def test_an_address_or_a_message_that_is_refused_stays_refused(error: Exception) -> None:
    failure = mail_failures.failure("kirurgi", error)
    assert (type(failure), failure.why) == (PermanentFailureError, "refused")


def test_the_codes_of_an_answer_are_kept() -> None:
    assert "(550 5.1.1)" in str(mail_failures.failure("kirurgi", to_recipient(550)))


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_success_is_sent(status: int) -> None:
    assert judge("x", status, None, NOW).receipt == str(status)


@pytest.mark.parametrize(("status", "why"), [(400, "refused"), (413, "refused"), (422, "refused"), (410, "gone")])
def test_a_refusal_is_permanent(status: int, why: Why) -> None:
    with pytest.raises(PermanentFailureError, match=f"x: .*{status}") as failed:
        judge("x", status, "10", NOW)
    assert failed.value.why == why


@pytest.mark.parametrize("status", [401, 403, 404, 405, 407])
def test_a_webhook_that_does_not_let_us_in_can_be_mended(status: int) -> None:
    with pytest.raises(TemporaryFailureError, match=f"x: .*{status}.*signing key") as failed:
        judge("x", status, "7", NOW)
    assert (failed.value.why, failed.value.retry_after) == ("settings", 7.0)


@pytest.mark.parametrize("status", [101, 302, 308, 408, 425, 429, 500, 503, 599])
def test_anything_else_may_arrive_later(status: int) -> None:
    with pytest.raises(TemporaryFailureError, match=f"x: .*{status}"):
        judge("x", status, None, NOW)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("99999999999999999999", LONGEST_WAIT_SECONDS),
        ("Mon, 02 Feb 2026 07:02:00 GMT", 120.0),
        ("Mon, 02 Feb 2026 08:02:00 +0100", 120.0),
        ("Mon, 02 Feb 2026 07:02:00", 120.0),
        ("Mon, 02 Feb 2026 06:00:00 GMT", 0.0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_WAIT_SECONDS),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_a_receiver_may_ask_for_a_wait_within_bounds(header: str | None, seconds: float | None) -> None:
    assert wait_seconds(header, NOW) == seconds


def test_the_wait_asked_for_is_in_the_failure() -> None:
    with pytest.raises(TemporaryFailureError) as failed:
        judge("x", 429, "7", NOW)
    assert failed.value.retry_after == 7.0
