from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.errors import BadInputError
from deploy.settings import Settings, is_loopback, load_settings, variable, with_variables
from stream.clock import FixedClock, WallClock


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.delenv("FRISTVAGT_SECRETS_DIR", raising=False)


def line_for(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(f"FRISTVAGT_{name}", value)
    with pytest.raises(BadInputError) as caught:
        load_settings()
    return caught.value.line


def test_without_any_variable_everything_has_a_default() -> None:
    assert load_settings().transport == "embedded"


def test_the_environment_is_read_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_PARTITIONS", "24")
    assert load_settings().partitions == 24


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_FACTS_RETENTION_DAYS", "")
    assert load_settings().facts_retention_days is None


@pytest.mark.parametrize("value", ["urn:a", "urn:a=often", "=12"])
def test_a_limit_of_silence_names_a_source_and_hours(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FRISTVAGT_SOURCE_SILENT_HOURS_OF", value)
    with pytest.raises(BadInputError, match="SOURCE=HOURS"):
        load_settings()


def test_brokers_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_KAFKA_BROKERS", "k1:9092, k2:9093,")
    assert load_settings().kafka_brokers == ("k1:9092", "k2:9093")


def test_a_secret_is_read_from_a_file_of_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "fristvagt_kafka_password").write_text("hemmelig\n")
    monkeypatch.setenv("FRISTVAGT_SECRETS_DIR", str(tmp_path))
    password = load_settings().kafka_password
    assert password is not None
    assert password.get_secret_value() == "hemmelig"


def test_the_environment_wins_over_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "FRISTVAGT_PARTITIONS").write_text("6")
    monkeypatch.setenv("FRISTVAGT_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("FRISTVAGT_PARTITIONS", "3")
    assert load_settings().partitions == 3


def test_a_secret_is_not_in_the_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_REDIS_PASSWORD", "hemmelig")
    assert "hemmelig" not in repr(load_settings())


def test_a_missing_secrets_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert line_for(monkeypatch, SECRETS_DIR="/no/such") == "FRISTVAGT_SECRETS_DIR: there is no folder /no/such"


def test_a_misspelt_variable_is_refused_with_the_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "did you mean FRISTVAGT_KAFKA_BROKERS?" in line_for(monkeypatch, KAFKA_BROKER="k1:9092")


def test_a_variable_like_no_other_is_refused_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is no setting" in line_for(monkeypatch, XYZZY="1")


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("PARTITIONS", "twelve", "valid integer"),
        ("PARTITIONS", "0", "greater than or equal to 1"),
        ("TRANSPORT", "rabbit", "'embedded' or 'kafka'"),
        ("KAFKA_BROKERS", "k1", "'k1' is no host:port"),
        ("KAFKA_BROKERS", ",", "at least one broker"),
        ("CLOCK", "sundial", "unknown clock"),
        ("CLOCK", "fixed:2026-01-01", "no offset"),
        ("CLOCK", "feed", "playing history"),
        ("RULEBOOK", "/no/such.toml", "there is no file /no/such.toml"),
        ("REDIS_URL", "http://x", "redis://"),
        ("REDIS_URL", "redis://me:hemmelig@x", "redis_password"),
        ("RECORDS_URL", "mysql://x/y", "postgresql+psycopg://"),
        ("RECORDS_URL", "postgresql+psycopg://me:hemmelig@x/y", "records_password"),
        ("RECORDS_URL", "postgresql+psycopg://x/y?password=hemmelig", "records_password"),
        ("HTTP_PORT", "70000", "65535"),
        ("MAX_EVENT_BYTES", "1", "1024"),
        ("STOP_SECONDS", "0", "greater than 0"),
    ],
)
def test_a_bad_value_is_one_line_that_names_variable_and_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str
) -> None:
    line = line_for(monkeypatch, **{name: value})
    assert line.startswith(f"FRISTVAGT_{name}: ")
    assert part in line


@pytest.mark.parametrize("value", ["redis://me:hemmelig@x", "postgresql+psycopg://me:hemmelig@x/y"])
@pytest.mark.parametrize("name", ["REDIS_URL", "RECORDS_URL"])
def test_a_refused_value_with_a_password_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert "hemmelig" not in line_for(monkeypatch, **{name: value})


@pytest.mark.parametrize("name", ["RECORDS_USERNAME", "RECORDS_PASSWORD"])
def test_a_login_that_a_file_does_not_ask_for_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    line = line_for(monkeypatch, RECORDS_URL="sqlite:///records.db", **{name: "hemmelig"})
    assert (f"FRISTVAGT_{name} has no effect" in line, "hemmelig" in line) == (True, False)


def test_sasl_without_a_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    line = line_for(monkeypatch, KAFKA_SECURITY="sasl_ssl", KAFKA_USERNAME="fristvagt")
    assert "FRISTVAGT_KAFKA_PASSWORD" in line


def test_a_certificate_without_its_key_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("")
    assert "FRISTVAGT_KAFKA_KEY" in line_for(monkeypatch, KAFKA_CERT=str(tmp_path / "cert.pem"))


@pytest.mark.parametrize("name", ["HTTP_HOST", "HEALTH_HOST"])
def test_an_address_others_can_reach_is_refused_since_there_is_no_login(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert "no login" in line_for(monkeypatch, **{name: "0.0.0.0"})


def test_an_explicit_switch_allows_such_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_HTTP_HOST", "0.0.0.0")
    monkeypatch.setenv("FRISTVAGT_ALLOW_REMOTE", "true")
    assert load_settings().http_host == "0.0.0.0"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_only_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "k1"])
def test_every_other_address_can_be_reached_from_elsewhere(host: str) -> None:
    assert not is_loopback(host)


def test_the_clock_is_the_walls_unless_told_otherwise() -> None:
    assert isinstance(load_settings().make_clock(), WallClock)


def test_a_fixed_clock_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_CLOCK", "fixed:2026-02-02T09:00:00+01:00")
    assert isinstance(load_settings().make_clock(), FixedClock)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_settings_named_in_a_message_of_the_stream_are_told_as_people_set_them() -> None:
    told = with_variables("look at kafka_ca and kafka_brokers, not at kafka_nonsense")
    assert told == "look at FRISTVAGT_KAFKA_CA and FRISTVAGT_KAFKA_BROKERS, not at kafka_nonsense"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"mail_server": "post.example"}, "no host:port"),
        ({"mail_server": "post.example:587"}, "FRISTVAGT_MAIL_FROM"),
        ({"mail_username": "us"}, "belong together"),
        ({"mail_username": "us", "mail_password": "x", "mail_security": "plaintext"}, "without TLS"),
    ],
)
def test_half_of_what_mail_needs_is_refused(given: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Settings(**given)
