"""Webhooks to real servers: signed, to allowed addresses only, following nothing, and bounded in what they read."""

import asyncio
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from alerts.delivery.channels import DeliveryError, PermanentFailureError, Sent, TemporaryFailureError, Why
from alerts.delivery.webhook import Hook, WebhookChannel, WebhookSettings
from stream.clock import WallClock
from tests.servers.certificates import Certificate
from tests.servers.loopback import free_port
from tests.servers.mail import talking
from tests.servers.receiver import Answer, Receiver
from tests.unit.alerts.delivery.made import HOOK, PAGE, item, message

OLD, NEW = (b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def channel(*secrets: str, private: bool = True, **changes: Any) -> WebhookChannel:
    hooks = {HOOK.name: Hook(secrets or (OLD,), allow_private=private)}
    return WebhookChannel(WebhookSettings(PAGE, hooks.get, **({"timeout_seconds": 30.0} | changes)), WallClock().now)


def to(port: int, host: str = "127.0.0.1", scheme: str = "http") -> Any:
    return message(item(), recipient=replace(HOOK, address=f"{scheme}://{host}:{port}/varsler"))


async def failed(sender: WebhookChannel, made: Any) -> DeliveryError:
    """Send and return the failure, which says who was not reached and nothing of the address."""
    with pytest.raises(DeliveryError) as caught:
        await sender.send(made)
    assert str(caught.value).startswith("henvisning: ")
    assert "varsler" not in str(caught.value)
    return caught.value


def status(code: int, **headers: str) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers=headers)

    return answer


async def test_a_webhook_arrives_signed_for_the_old_and_the_new_secret() -> None:
    async with Receiver().open() as receiver:
        assert await channel(OLD, NEW).send(to(receiver.port)) == Sent("204")
    ((path, headers, body),) = receiver.requests
    assert path == "/varsler"
    assert Webhook(OLD).verify(body, headers) == Webhook(NEW).verify(body, headers) == json.loads(body)
    assert (headers["webhook-id"], headers["content-type"]) == ("n1", "application/json")


async def test_a_webhook_arrives_by_tls(certificate: Certificate, ca_file: Path) -> None:
    async with Receiver(certificate=certificate).open() as receiver:
        assert await channel(ca_file=ca_file).send(to(receiver.port, scheme="https")) == Sent("204")


async def test_nothing_is_sent_to_a_server_that_a_stranger_vouches_for(stranger: Certificate, ca_file: Path) -> None:
    async with Receiver(certificate=stranger).open() as receiver:
        failure = await failed(channel(ca_file=ca_file), to(receiver.port, scheme="https"))
    assert (type(failure), failure.why, receiver.requests) == (TemporaryFailureError, "tls", [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "①②⑦.0.0.1"]
)
async def test_this_machine_is_refused_by_whatever_name_and_never_reached(certificate: Certificate, host: str) -> None:
    async with Receiver(certificate=certificate).open() as receiver:
        failure = await failed(channel(private=False), to(receiver.port, host, "https"))
    assert (type(failure), failure.why, receiver.requests) == (PermanentFailureError, "address", [])


async def test_a_name_of_this_machine_is_reached_where_private_addresses_are_allowed() -> None:
    async with Receiver().open() as receiver:
        assert await channel().send(to(receiver.port, "localhost")) == Sent("204")


@pytest.mark.parametrize(
    "address",
    [
        "http://system.example/varsler",
        "ftp://system.example/varsler",
        "system.example/varsler",
        "https://anna:kode@system.example/varsler",
        "https://:kode@system.example/varsler",
        "https:///varsler",
        "https://system.example:99999/varsler",
        "https://[::1/varsler",
        "",
    ],
)
async def test_an_address_that_is_not_plain_https_is_refused(address: str) -> None:
    made = message(item(), recipient=replace(HOOK, address=address))
    failure = await failed(channel(private=False), made)
    assert (type(failure), failure.why) == (PermanentFailureError, "address")
    assert "kode" not in str(failure)


async def test_a_redirect_is_not_followed() -> None:
    async with (
        Receiver().open() as other,
        Receiver(status(307, Location=f"http://127.0.0.1:{other.port}/")).open() as one,
    ):
        failure = await failed(channel(), to(one.port))
    assert (type(failure), failure.why, other.requests) == (TemporaryFailureError, "busy", [])


@pytest.mark.parametrize(
    ("code", "kind", "why"),
    [
        (410, PermanentFailureError, "gone"),
        (400, PermanentFailureError, "refused"),
        (401, TemporaryFailureError, "settings"),
        (404, TemporaryFailureError, "settings"),
        (408, TemporaryFailureError, "busy"),
        (425, TemporaryFailureError, "busy"),
        (500, TemporaryFailureError, "busy"),
    ],
)
async def test_an_answer_says_whether_to_try_again(code: int, kind: type[DeliveryError], why: Why) -> None:
    async with Receiver(status(code)).open() as receiver:
        failure = await failed(channel(), to(receiver.port))
    assert (type(failure), failure.why, len(receiver.requests)) == (kind, why, 1)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("86400", 3600.0)])
async def test_a_receiver_that_is_busy_says_for_how_long(header: str, seconds: float) -> None:
    async with Receiver(status(429, **{"Retry-After": header})).open() as receiver:
        failure = await failed(channel(), to(receiver.port))
    assert isinstance(failure, TemporaryFailureError)
    assert failure.retry_after == seconds


async def test_an_endless_body_is_not_waited_for() -> None:
    wrote = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal wrote
        response = web.StreamResponse()
        await response.prepare(request)
        while wrote < 100_000_000:
            await response.write(b"x" * 10_000)
            wrote += 10_000
        return response

    async with Receiver(endless).open() as receiver:
        assert await channel().send(to(receiver.port)) == Sent("200")
        await asyncio.sleep(0.2)
    assert wrote < 20_000_000  # what the system's own buffers took


async def test_a_slow_body_is_not_waited_for() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(30)
        return response

    async with Receiver(slow).open() as receiver:
        async with asyncio.timeout(20):
            assert await channel().send(to(receiver.port)) == Sent("200")


async def test_a_server_that_never_answers_is_left_after_the_time_out() -> None:
    async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass

    async with talking(silence) as port:
        failure = await failed(channel(timeout_seconds=0.3), to(port))
    assert (type(failure), failure.why) == (TemporaryFailureError, "timeout")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 O", b"220 post\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000])
async def test_a_server_that_breaks_off_or_speaks_otherwise_may_get_it_later(said: bytes) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    async with talking(break_off) as port:
        failure = await failed(channel(), to(port))
    assert (type(failure), failure.why) == (TemporaryFailureError, "connection")


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_where_nobody_listens_a_later_attempt_may_arrive(host: str) -> None:
    failure = await failed(channel(private=host == "127.0.0.1"), to(free_port(), host, "https"))
    assert (type(failure), failure.why) == (TemporaryFailureError, "connection")


async def test_a_webhook_without_a_secret_waits_for_one() -> None:
    sender = WebhookChannel(WebhookSettings(PAGE, {}.get), WallClock().now)
    failure = await failed(sender, to(free_port()))
    assert (type(failure), failure.why) == (TemporaryFailureError, "settings")


async def test_a_changed_policy_counts_in_the_next_attempt() -> None:
    hooks = {HOOK.name: Hook((OLD,), allow_private=True)}
    sender = WebhookChannel(WebhookSettings(PAGE, hooks.get), WallClock().now)
    async with Receiver().open() as receiver:
        await sender.send(to(receiver.port))
        hooks[HOOK.name] = Hook((NEW,), allow_private=True)
        await sender.send(to(receiver.port))
    for secret, (_, headers, body) in zip((OLD, NEW), receiver.requests, strict=True):
        assert Webhook(secret).verify(body, headers)
