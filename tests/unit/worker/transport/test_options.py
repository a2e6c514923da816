"""Unsafe or contradictory settings are refused when they are made."""

import ssl
from pathlib import Path

import pytest

from stream.worker.transport import OptionsError, Sasl, TransportOptions
from stream.worker.transport.options import TopicSpec, topic_config

KAFKA = "kafka://one:9092,two:9093"
SASL = Sasl("worker", "secret-word")


def test_kafka_servers_come_from_the_url() -> None:
    options = TransportOptions(url=KAFKA)
    assert (options.kind, options.bootstrap) == ("kafka", ["one:9092", "two:9093"])


@pytest.mark.parametrize("url", ["embedded:/var/lib/log", "embedded:///var/lib/log"])
def test_an_embedded_directory_comes_from_the_url(url: str) -> None:
    options = TransportOptions(url=url)
    assert (options.kind, options.directory) == ("embedded", Path("/var/lib/log"))


def test_a_relative_directory_is_taken_from_where_the_process_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert TransportOptions(url="embedded:data/log").directory == tmp_path / "data/log"


@pytest.mark.parametrize("url", ["redis://one", "kafka:one", "", "kafka://", "embedded:", "embedded://"])
def test_a_url_that_names_no_log_is_refused(url: str) -> None:
    with pytest.raises(OptionsError):
        TransportOptions(url=url)


def test_a_password_is_never_sent_in_the_clear_by_accident() -> None:
    with pytest.raises(OptionsError, match="in the clear"):
        TransportOptions(url=KAFKA, sasl=SASL)


def test_a_password_in_the_clear_can_be_asked_for() -> None:
    assert TransportOptions(url=KAFKA, sasl=SASL, allow_plaintext=True).sasl == SASL


def test_a_password_with_tls_is_good() -> None:
    assert TransportOptions(url=KAFKA, sasl=SASL, tls=ssl.create_default_context()).sasl == SASL


def test_the_password_is_in_no_repr() -> None:
    assert "secret-word" not in repr(TransportOptions(url=KAFKA, sasl=SASL, tls=ssl.create_default_context()))


def test_a_session_longer_than_a_request_is_refused() -> None:
    with pytest.raises(OptionsError, match="request_timeout"):
        TransportOptions(url=KAFKA, session_timeout=60, request_timeout=30)


@pytest.mark.parametrize("seconds", [45, 60])
def test_sending_for_as_long_as_the_session_lasts_is_refused(seconds: float) -> None:
    with pytest.raises(OptionsError, match="send_timeout must be shorter than session_timeout"):
        TransportOptions(url=KAFKA, send_timeout=seconds, session_timeout=45)


@pytest.mark.parametrize(("heartbeat", "sending"), [(3, 42), (15, 30)])
def test_a_heartbeat_too_rare_to_store_anything_is_refused(heartbeat: float, sending: float) -> None:
    with pytest.raises(OptionsError, match="heartbeat_interval must be shorter"):
        TransportOptions(url=KAFKA, heartbeat_interval=heartbeat, send_timeout=sending, session_timeout=45)


def test_one_process_alone_has_no_session_that_sending_could_outlast() -> None:
    assert TransportOptions(url="embedded:log", send_timeout=60, session_timeout=45).send_timeout == 60


def test_an_empty_run_is_refused() -> None:
    with pytest.raises(OptionsError, match="at least one record"):
        TransportOptions(url=KAFKA, run=0)


def test_retention_is_given_in_seconds_and_kept_in_kafkas_milliseconds() -> None:
    config = topic_config(compacted=False, retention=7 * 86_400)
    assert config == {"cleanup.policy": "delete", "retention.ms": "604800000"}
    assert TopicSpec("t", 1, 1, config).retention == 7 * 86_400


def test_without_retention_records_are_kept_for_ever() -> None:
    assert TopicSpec("t", 1, 1, topic_config(compacted=False, retention=None)).retention is None


def test_a_compacted_topic_has_no_retention() -> None:
    spec = TopicSpec("t", 1, 1, topic_config(compacted=True, retention=None))
    assert (spec.compacted, spec.retention) == (True, None)
