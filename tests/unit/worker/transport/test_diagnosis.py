"""Why Kafka cannot be reached is told in one line that says what to do, and never tells a password."""

import socket
import ssl
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from stream.worker.transport import Sasl, SendError, TransportOptions
from stream.worker.transport.kafka.diagnosis import reason, sentence
from stream.worker.transport.running import crash_reason

TLS = ssl.create_default_context()
SECURED = TransportOptions(url="kafka://k:9093", tls=TLS, sasl=Sasl("worker", "secret-word"))
PLAIN = TransportOptions(url="kafka://k:9092")


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


def alert(name: str) -> ssl.SSLError:
    error = ssl.SSLError(1, name)
    error.reason = name
    return error


def broken(cause: BaseException | None) -> KafkaConnectionError:
    error = KafkaConnectionError("Connection at k:9093 closed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (verification(10), "has expired"),
        (verification(62), "is for another host"),
        (verification(64), "is for another host"),
        (verification(20), "kafka_ca must be that of the brokers"),
        (broken(alert("SSLV3_ALERT_BAD_CERTIFICATE")), "set kafka_cert and kafka_key"),
        (broken(alert("TLSV13_ALERT_CERTIFICATE_REQUIRED")), "set kafka_cert and kafka_key"),
        (broken(alert("SSLV3_ALERT_CERTIFICATE_UNKNOWN")), "does not trust our certificate"),
        (SaslAuthenticationFailed("no"), "refuses the user 'worker' or its password"),
        (UnsupportedSaslMechanismError("no"), "does not take SCRAM-SHA-512"),
        (IllegalSaslStateError("no"), "asks for no login"),
        (socket.gaierror("no"), "a name that nobody knows"),
        (TimeoutError(), "does not answer"),
        (ConnectionRefusedError(), "nobody listens at k:9093"),
        (ConnectionResetError(), "does not speak TLS"),
        (alert("WRONG_VERSION_NUMBER"), "does not speak TLS"),
        (broken(EOFError()), "hung up (EOFError)"),
        (broken(None), "hung up (KafkaConnectionError)"),
    ],
)
def test_each_failure_has_its_line(error: BaseException, told: str) -> None:
    line = reason(error, SECURED, "k:9093")
    assert told in line
    assert "\n" not in line


def test_a_broker_that_hangs_up_on_plain_words_may_want_tls() -> None:
    assert "may want TLS or a login" in reason(broken(EOFError()), PLAIN, "k:9092")


def test_no_line_tells_the_password() -> None:
    assert "secret-word" not in reason(SaslAuthenticationFailed("no"), SECURED, "k:9093") + repr(SECURED)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (TopicAuthorizationFailedError("fristvagt.facts"), "topic fristvagt.facts"),
        (TopicAuthorizationFailedError({"b", "a"}), "topic a, b"),
        (GroupAuthorizationFailedError("fristvagt-watch"), "consumer group fristvagt-watch"),
        (ClusterAuthorizationFailedError(), "on the cluster"),
    ],
)
def test_a_right_that_is_lacking_is_named(error: Any, named: str) -> None:
    assert named in sentence(error)
    assert "deploy/docs/kafka.md" in sentence(error)


def test_any_other_error_says_its_kind() -> None:
    assert sentence(KafkaConnectionError("gone")).startswith("KafkaConnectionError: ")


def crashed(error: BaseException, cause: BaseException | None = None) -> Any:
    error.__cause__ = cause
    return SimpleNamespace(crash_reason=error)


def test_a_crash_for_want_of_a_right_names_the_topic() -> None:
    app = crashed(SendError("could not store"), TopicAuthorizationFailedError("fristvagt.alerts"))
    assert "may not use the topic fristvagt.alerts" in crash_reason(app)


def test_of_any_other_crash_only_the_kind_is_told() -> None:
    assert crash_reason(crashed(ValueError("a patient's data"))) == "ValueError"
