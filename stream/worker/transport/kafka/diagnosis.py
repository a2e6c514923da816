"""Why Kafka cannot be reached or does not let us in, in one line that says what to do.

aiokafka logs the reason of each server and raises "unable to bootstrap" without it. So after a failure each server is
asked once more, and the first reason is told. Names of settings are those of `deploy.settings`.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from typing import Any, Final

from aiokafka.conn import create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from stream.worker.transport.errors import TransportError
from stream.worker.transport.kafka.client import connection
from stream.worker.transport.options import TransportOptions

PATIENCE: Final = 5.0
"""Seconds that a server has to answer when it is asked for the reason."""

EXPIRED: Final = frozenset({9, 10})
"""OpenSSL's codes of a certificate that is not yet, or no longer, valid."""
OTHER_HOST: Final = frozenset({62, 64})
"""OpenSSL's codes of a certificate of another name or address."""
NO_CERTIFICATE: Final = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE")
"""How servers say that they got none."""

LACKING_RIGHTS: Final = (TopicAuthorizationFailedError, GroupAuthorizationFailedError, ClusterAuthorizationFailedError)
_SAYINGS: Final[Mapping[type[BaseException], str]] = {
    SaslAuthenticationFailed: "{server} refuses the user {user!r} or its password (kafka_username, kafka_password)",
    UnsupportedSaslMechanismError: "{server} does not take {mechanism}: set kafka_mechanism to one that it takes",
    IllegalSaslStateError: "{server} asks for no login: set kafka_security=ssl, or use the port that asks",
    socket.gaierror: "{server} is a name that nobody knows here (kafka_brokers)",
    TimeoutError: "{server} does not answer: is it running, does a firewall stand between? (kafka_brokers)",
    ConnectionRefusedError: "nobody listens at {server}. Is Kafka running there? (kafka_brokers)",
}
_GRANTS: Final = "grant it (deploy/docs/kafka.md lists what each process needs)"


async def refusal(options: TransportOptions, error: KafkaError) -> TransportError:
    """Return the error to raise for one of aiokafka's, with the reason in one line. Never tells a password."""
    if not isinstance(error, KafkaConnectionError):
        return TransportError(f"{options.url}: {sentence(error)}")
    for server in options.bootstrap:
        reason = await _ask(options, server)
        if reason is not None:
            return TransportError(f"cannot reach {options.url}: {reason}")
    return TransportError(f"cannot reach {options.url}: the connection broke, and is good again. Try again")


def sentence(error: BaseException) -> str:
    """Say what an error of Kafka means; a lacking right by what it is lacking for."""
    what = ", ".join(_names(error)) or "unnamed"
    match error:
        case TopicAuthorizationFailedError():
            return f"this user may not use the topic {what}: {_GRANTS}"
        case GroupAuthorizationFailedError():
            return f"this user may not use the consumer group {what}: {_GRANTS}"
        case ClusterAuthorizationFailedError():
            return f"this user may not do that on the cluster, or may write to no topic: {_GRANTS}"
        case _:
            return f"{type(error).__name__}: {error}"


def _names(error: BaseException) -> list[str]:
    """Return the topics or the group in an error; aiokafka gives one name, or several in a set."""
    found = error.args[0] if error.args else ()
    return [found] if isinstance(found, str) else sorted(map(str, found))


async def _ask(options: TransportOptions, server: str) -> str | None:
    """Connect to one server and return why that fails, or None."""
    host, _, port = server.rpartition(":")
    settings = connection(options)
    del settings["bootstrap_servers"]
    try:
        async with asyncio.timeout(2 * PATIENCE):
            asked = await create_conn(
                host.strip("[]"), int(port), request_timeout_ms=int(PATIENCE * 1000), max_idle_ms=None, **settings
            )
            try:
                await asked.send(MetadataRequest([]))
            finally:
                await asked.close()
    except (OSError, KafkaError) as error:
        return reason(error, options, server)
    return None


def reason(error: BaseException, options: TransportOptions, server: str) -> str:
    """Say why a connection to `server` failed, and what to do."""
    cause = error.__cause__ if isinstance(error, KafkaConnectionError) else None
    found = cause or error
    if isinstance(found, ssl.SSLCertVerificationError):
        return _their_certificate(found.verify_code, server)
    if isinstance(found, ssl.SSLError) and {"ALERT", "CERTIFICATE"} < set((found.reason or "").split("_")):
        return _our_certificate(found.reason or "", options, server)
    told = next((text for kind, text in _SAYINGS.items() if isinstance(found, kind)), None)
    if told is None:
        return _hung_up(found, options, server)
    sasl = options.sasl
    return told.format(server=server, user=sasl and sasl.username, mechanism=sasl and sasl.mechanism)


def _their_certificate(code: Any, server: str) -> str:
    if code in EXPIRED:
        return f"the certificate of {server} has expired or is not valid yet: renew it there, and look at both clocks"
    if code in OTHER_HOST:
        return (
            f"the certificate of {server} is for another host: reach it by the name in it (kafka_brokers), or renew it"
        )
    return f"the certificate of {server} is not by the authority that we trust: kafka_ca must be that of the brokers"


def _our_certificate(alert: str, options: TransportOptions, server: str) -> str:
    loaded = options.tls is not None and any(name in alert for name in NO_CERTIFICATE)
    if loaded:
        return f"{server} wants a certificate of ours and got none that it can use: set kafka_cert and kafka_key"
    return (
        f"{server} does not trust our certificate, or it has expired: renew kafka_cert, by an authority of the brokers"
    )


def _hung_up(error: BaseException, options: TransportOptions, server: str) -> str:
    if options.tls is None:
        return f"{server} hung up at our first word: it may want TLS or a login (kafka_security)"
    if isinstance(error, ConnectionError | ssl.SSLError):
        return f"{server} does not speak TLS: use its port for TLS (kafka_brokers), or look at kafka_security"
    return f"{server} hung up ({type(error).__name__}): it may want a login (kafka_security=sasl_ssl)"
