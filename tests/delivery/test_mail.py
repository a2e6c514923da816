"""Mail through real servers: it arrives once, encrypted and checked, and every failure says whether to try again."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.delivery.channels import DeliveryError, PermanentFailureError, Sent, TemporaryFailureError, Why
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.delivery.render import render
from tests.servers.certificates import Authority, Certificate
from tests.servers.loopback import free_port
from tests.servers.mail import HOST, Mailbox, mail_server, only, server_tls, talking
from tests.unit.alerts.delivery.made import PAGE, RECIPIENT, item, message

MADE = message(item())
LOGIN = {"username": "fristvagt", "password": "hemmelig kode"}


def channel(port: int, ca_file: Path | None = None, **changes: Any) -> MailChannel:
    usual: dict[str, Any] = {"security": "starttls", "ca_file": ca_file, "timeout_seconds": 30.0}
    return MailChannel(MailSettings(HOST, port, "fristvagt@region.example", PAGE, **(usual | changes)))


def plain(port: int, **changes: Any) -> MailChannel:
    return channel(port, security="plaintext", allow_plaintext=True, **changes)


async def failed(sender: MailChannel) -> DeliveryError:
    """Send and return the failure, which says who was not reached and nothing of the address."""
    with pytest.raises(DeliveryError) as caught:
        await sender.send(MADE)
    assert str(caught.value).startswith("kirurgi: ")
    assert "@" not in str(caught.value)
    return caught.value


async def test_a_mail_arrives_by_starttls_as_it_was_written(certificate: Certificate, ca_file: Path) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, tls_context=server_tls(certificate), require_starttls=True) as port:
        sent = await channel(port, ca_file).send(MADE)
    assert sent == Sent("2.0.0 queued as 4F2A")
    assert mailbox.encrypted == [True]
    assert (mailbox.taken[0].mail_from, mailbox.taken[0].rcpt_tos) == ("fristvagt@region.example", [RECIPIENT.address])
    (arrived,) = mailbox.mails()
    assert arrived["Subject"] == "Handl nu: 1 frist mangler en dato – Kirurgisk afd."
    text = arrived.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == render(MADE, PAGE).text


async def test_a_mail_arrives_by_tls_from_the_first_byte(certificate: Certificate, ca_file: Path) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, ssl_context=server_tls(certificate), ready_timeout=20) as port:
        await channel(port, ca_file, security="tls").send(MADE)
    assert len(mailbox.taken) == 1


async def test_a_mail_arrives_without_tls_where_that_is_allowed_by_name() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        await plain(port).send(MADE)
    assert mailbox.encrypted == [False]


async def test_two_attempts_arrive_with_one_message_id() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        await plain(port).send(MADE)
        await plain(port).send(MADE)
    assert len({mail["Message-ID"] for mail in mailbox.mails()}) == 1


async def test_nothing_is_sent_to_a_server_without_starttls(ca_file: Path) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        failure = await failed(channel(port, ca_file))
    assert (type(failure), failure.why, mailbox.taken) == (TemporaryFailureError, "settings", [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_nothing_is_sent_to_a_server_that_a_stranger_vouches_for(
    stranger: Certificate, ca_file: Path, security: str
) -> None:
    mailbox, tls = Mailbox(), server_tls(stranger)
    options = {"ssl_context": tls} if security == "tls" else {"tls_context": tls}
    with mail_server(mailbox, **options) as port:
        failure = await failed(channel(port, ca_file, security=security))
    assert (type(failure), failure.why, mailbox.taken) == (TemporaryFailureError, "tls", [])


@pytest.mark.parametrize(("host", "days"), [("DNS:other.example", 2), ("IP:127.0.0.1", -1)])
async def test_nothing_is_sent_to_another_server_or_one_whose_certificate_has_expired(
    tmp_path: Path, host: str, days: int
) -> None:
    authority = Authority(tmp_path)
    tls = server_tls(authority.sign("wrong", host=host, days=days))
    mailbox = Mailbox()
    with mail_server(mailbox, tls_context=tls) as port:
        failure = await failed(channel(port, authority.cert))
    assert (failure.why, mailbox.taken) == ("tls", [])


async def test_a_login_is_used_after_tls(certificate: Certificate, ca_file: Path) -> None:
    mailbox = Mailbox()
    options = {"auth_required": True, "authenticator": only(LOGIN["username"], LOGIN["password"])}
    with mail_server(mailbox, tls_context=server_tls(certificate), **options) as port:
        await channel(port, ca_file, **LOGIN).send(MADE)
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize("login", [LOGIN | {"password": "en anden"}, {}])
async def test_a_refused_login_can_be_mended(certificate: Certificate, ca_file: Path, login: dict[str, str]) -> None:
    mailbox = Mailbox()
    options = {"auth_required": True, "authenticator": only(LOGIN["username"], LOGIN["password"])}
    with mail_server(mailbox, tls_context=server_tls(certificate), **options) as port:
        failure = await failed(channel(port, ca_file, **login))
    assert (type(failure), failure.why, mailbox.taken) == (TemporaryFailureError, "login", [])


@pytest.mark.parametrize(
    ("command", "answer", "kind", "why"),
    [
        ("RCPT", "550 5.1.1 <kirurgi@region.example> unknown", PermanentFailureError, "refused"),
        ("RCPT", "554 5.7.1 <kirurgi@region.example>: Relay access denied", TemporaryFailureError, "settings"),
        ("RCPT", "450 4.2.0 <kirurgi@region.example> greylisted", TemporaryFailureError, "busy"),
        ("MAIL", "550 5.7.1 <fristvagt@region.example> not yours", TemporaryFailureError, "settings"),
        ("MAIL", "421 4.3.2 going down", TemporaryFailureError, "busy"),
        ("DATA", "554 5.6.0 kirurgi@region.example refuses this", PermanentFailureError, "refused"),
        ("DATA", "554 5.7.1 kirurgi@region.example not from there", TemporaryFailureError, "settings"),
        ("DATA", "452 4.3.1 full", TemporaryFailureError, "busy"),
    ],
)
async def test_an_answer_says_whether_to_try_again(
    command: str, answer: str, kind: type[DeliveryError], why: Why
) -> None:
    mailbox = Mailbox({command: answer})
    with mail_server(mailbox) as port:
        failure = await failed(plain(port))
    assert (type(failure), failure.why, mailbox.taken) == (kind, why, [])
    assert answer[:3] in str(failure)


async def test_a_bad_address_is_never_sent_to() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        wrong = replace(MADE, recipient=replace(RECIPIENT, address="kirurgi@region.example\r\nRCPT TO:<x@y.example>"))
        with pytest.raises(PermanentFailureError):
            await plain(port).send(wrong)
    assert mailbox.taken == []


async def test_where_nobody_listens_a_later_attempt_may_arrive() -> None:
    failure = await failed(plain(free_port()))
    assert (type(failure), failure.why) == (TemporaryFailureError, "connection")


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until: bytes) -> None:
    """Speak as a mail server up to and including the line that begins with `until`, which gets no answer."""
    writer.write(b"220 post\r\n")
    reading = False
    while line := await reader.readline():
        if line.startswith(until):
            return
        if not reading:
            reading = line.startswith(b"DATA")
            writer.write(b"354 go on\r\n" if reading else b"250 OK\r\n")


async def test_a_server_that_never_greets_is_left_after_the_time_out() -> None:
    async with talking(silence) as port:
        failure = await failed(plain(port, timeout_seconds=0.3))
    assert (type(failure), failure.why) == (TemporaryFailureError, "timeout")


async def test_a_server_that_answers_drop_by_drop_is_left_after_the_time_out() -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"220-slow\r\n")
            await asyncio.sleep(0.05)

    async with talking(drip) as port:
        failure = await failed(plain(port, timeout_seconds=0.5))
    assert (type(failure), failure.why) == (TemporaryFailureError, "timeout")


@pytest.mark.parametrize("until", [b"EHLO", b"MAIL", b"RCPT", b"DATA", b".\r\n"])
async def test_a_server_that_closes_midway_may_get_it_later(until: bytes) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer, until)

    async with talking(close) as port:
        failure = await failed(plain(port))
    assert (type(failure), failure.why) == (TemporaryFailureError, "connection")


@pytest.mark.parametrize("goodbye", [b"500 no goodbye\r\n", b"", None])
async def test_a_mail_that_was_taken_is_sent_though_the_goodbye_fails_or_hangs(goodbye: bytes | None) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer, b"DATA")
        writer.write(b"354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 queued as 7\r\n")
        await reader.readline()
        if goodbye is None:
            await asyncio.sleep(10)
        else:
            writer.write(goodbye)

    async with talking(take) as port:
        assert await plain(port, timeout_seconds=1.5).send(MADE) == Sent("queued as 7")


async def test_a_send_can_be_cancelled() -> None:
    async with talking(silence) as port:
        task = asyncio.create_task(plain(port).send(MADE))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
