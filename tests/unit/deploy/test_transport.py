from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from deploy.errors import BadInputError
from deploy.settings import Settings
from deploy.transport import stream_settings, transport_options


def kafka(**values: Any) -> Settings:
    return Settings(transport="kafka", kafka_brokers="k1:9092,k2:9092", **values)


def test_embedded_keeps_its_log_in_the_data_folder() -> None:
    assert transport_options(Settings(data_dir=Path("/somewhere"))).directory == Path("/somewhere/log")


def test_embedded_has_one_copy_whatever_the_cluster_would_have() -> None:
    assert transport_options(Settings(replication=3)).replication == 1


def test_kafka_is_reached_at_all_its_brokers() -> None:
    assert transport_options(kafka()).bootstrap == ["k1:9092", "k2:9092"]


def test_kafka_takes_replication_and_the_name_of_the_process() -> None:
    options = transport_options(kafka(replication=2, instance="worker-0"))
    assert (options.replication, options.instance_id) == (2, "worker-0")


def test_without_security_there_is_no_tls() -> None:
    assert transport_options(kafka()).tls is None


def test_sasl_goes_over_tls_only() -> None:
    options = transport_options(kafka(kafka_security="sasl_ssl", kafka_username="u", kafka_password=SecretStr("p")))
    assert options.tls is not None
    assert options.sasl is not None
    assert (options.sasl.username, options.sasl.password) == ("u", "p")


def test_ssl_alone_gives_no_user() -> None:
    assert transport_options(kafka(kafka_security="ssl")).sasl is None


def test_a_certificate_that_is_none_is_bad_input(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(BadInputError, match="certificate files"):
        transport_options(kafka(kafka_security="ssl", kafka_ca=file))


def test_retention_is_given_in_seconds() -> None:
    settings = stream_settings(Settings(inbox_retention_days=2, facts_retention_days=400))
    assert (settings.inbox_retention, settings.facts_retention) == (172_800.0, 34_560_000.0)


def test_facts_are_kept_for_ever_unless_told_otherwise() -> None:
    assert stream_settings(Settings()).facts_retention is None
