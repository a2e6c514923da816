from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.settings import Settings
from deploy.settings_report import MASK, Line, report


def lines(environ: dict[str, str] | None = None, **values: Any) -> dict[str, Line]:
    return {line.name: line for line in report(Settings(**values), environ or {})}


def test_every_setting_is_reported_once_and_in_order() -> None:
    assert list(lines()) == list(Settings.model_fields)


def test_a_secret_that_is_set_shows_as_asterisks() -> None:
    assert lines(kafka_password=SecretStr("hemmelig"))["kafka_password"].value == MASK


def test_a_secret_that_is_not_set_shows_as_nothing() -> None:
    assert lines()["kafka_password"].value is None


def test_no_secret_is_anywhere_in_the_report() -> None:
    secret = SecretStr("hemmelig")
    everything = lines(kafka_password=secret, kafka_key_password=secret, redis_password=secret)
    assert "hemmelig" not in repr(everything)


def test_brokers_are_shown_as_they_are_written() -> None:
    assert lines(kafka_brokers="k1:9092,k2:9092")["kafka_brokers"].value == "k1:9092,k2:9092"


def test_a_folder_is_shown_as_text() -> None:
    assert lines(data_dir=Path("somewhere"))["data_dir"].value == "somewhere"


def test_the_environment_is_named_as_source() -> None:
    assert lines({"FRISTVAGT_PARTITIONS": "3"})["partitions"].source == "environment"


def test_an_empty_variable_is_no_source() -> None:
    assert lines({"FRISTVAGT_PARTITIONS": ""})["partitions"].source == "default"


def test_a_file_is_named_as_source_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "fristvagt_partitions"
    file.write_text("3")
    assert lines({"FRISTVAGT_SECRETS_DIR": str(tmp_path)})["partitions"].source == str(file)


def test_what_nobody_set_is_a_default() -> None:
    assert lines()["partitions"].source == "default"
