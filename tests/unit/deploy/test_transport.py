from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from deploy.errors import BadInputError
from deploy.settings import Settings
from deploy.transport import stream_settings, transport_options
from stream.worker.sources import Silences


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
    with pytest.raises(BadInputError, match="FRISTVAGT_KAFKA_CA: the certificate files"):
        transport_options(kafka(kafka_security="ssl", kafka_ca=file))


@pytest.mark.parametrize("name", ["kafka_username", "kafka_password", "kafka_ca", "kafka_cert"])
def test_what_would_not_be_used_without_tls_is_refused(name: str) -> None:
    value = __file__ if name in {"kafka_ca", "kafka_cert"} else "worker"
    with pytest.raises(ValidationError, match=f"FRISTVAGT_{name.upper()} has no effect"):
        kafka(**{name: value} | ({"kafka_key": value} if name == "kafka_cert" else {}))


def test_a_password_is_not_taken_where_there_is_no_login() -> None:
    with pytest.raises(ValidationError, match="use sasl_ssl"):
        kafka(kafka_security="ssl", kafka_password=SecretStr("p"))


def test_no_setting_sends_a_password_in_the_clear() -> None:
    with pytest.raises(ValidationError, match="kafka_security"):
        kafka(kafka_security="sasl_plaintext", kafka_username="u", kafka_password=SecretStr("p"))


def test_the_password_is_in_no_representation() -> None:
    settings = kafka(kafka_security="sasl_ssl", kafka_username="u", kafka_password=SecretStr("hemmelig"))
    assert "hemmelig" not in repr(settings) + str(settings) + repr(transport_options(settings))


def test_retention_is_given_in_seconds() -> None:
    settings = stream_settings(Settings(inbox_retention_days=2, facts_retention_days=400))
    assert (settings.inbox_retention, settings.facts_retention) == (172_800.0, 34_560_000.0)


def test_facts_are_kept_for_ever_unless_told_otherwise() -> None:
    assert stream_settings(Settings()).facts_retention is None


def test_systems_are_silent_after_three_days_unless_told_otherwise() -> None:
    silences = stream_settings(Settings()).silences
    assert (silences.limit, silences.limits) == (timedelta(days=3), {})


def test_each_system_may_have_its_own_limit_or_none() -> None:
    given = Settings(source_silent_hours=24, source_silent_hours_of="urn:a=12.5, urn:b:c=0")
    assert stream_settings(given).silences == Silences(
        timedelta(days=1), {"urn:a": timedelta(hours=12.5), "urn:b:c": None}
    )
