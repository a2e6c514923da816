"""Every Kafka client of ours connects with the same TLS and login, Faust's included, and writes safely."""

import ssl
from typing import Any

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from stream.worker.transport import Sasl, TransportOptions, build_app
from stream.worker.transport.kafka.client import connection, safe_writing

TLS = ssl.create_default_context()
SASL = Sasl("worker", "secret-word", "SCRAM-SHA-256")
WAYS: list[tuple[dict[str, Any], str]] = [
    ({}, "PLAINTEXT"),
    ({"tls": TLS}, "SSL"),
    ({"tls": TLS, "sasl": SASL}, "SASL_SSL"),
    ({"sasl": SASL, "allow_plaintext": True}, "SASL_PLAINTEXT"),
]


def options(**more: Any) -> TransportOptions:
    return TransportOptions(url="kafka://one:9092,two:9093", **more)


@pytest.mark.parametrize(("more", "protocol"), WAYS)
def test_the_protocol_follows_from_tls_and_login(more: dict[str, Any], protocol: str) -> None:
    assert connection(options(**more))["security_protocol"] == protocol


@pytest.mark.parametrize(("more", "protocol"), WAYS)
def test_faust_connects_as_all_others_do(more: dict[str, Any], protocol: str) -> None:
    settings = connection(options(**more))
    faust = credentials_to_aiokafka_auth(build_app("a", options(**more)).conf.broker_credentials)
    assert {name: settings[name] for name in faust} == faust


def test_the_login_is_given_whole() -> None:
    settings = connection(options(tls=TLS, sasl=SASL))
    assert settings["ssl_context"] is TLS
    assert {settings[f"sasl_{name}"] for name in ("mechanism", "plain_username", "plain_password")} == {
        "SCRAM-SHA-256",
        "worker",
        "secret-word",
    }


def test_a_record_counts_as_written_when_all_in_sync_copies_have_it_once() -> None:
    settings = safe_writing(options())
    assert (settings["acks"], settings["enable_idempotence"]) == ("all", True)


def test_faust_writes_as_safely() -> None:
    producer = build_app("a", options()).transport.create_producer()
    assert producer._settings_extra() == safe_writing(options())
