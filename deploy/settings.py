"""Every setting of Fristvagt in one validated model.

A setting is read from the environment as ``FRISTVAGT_<NAME>``, else from a file of that name (either case) in the
folder ``FRISTVAGT_SECRETS_DIR``, else it has its default. Passwords are secrets: never printed, never logged.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from deploy.errors import BadInputError
from stream.clock import Clock, ClockSettingError, parse_clock

PREFIX: Final = "FRISTVAGT_"
SECRETS_DIR: Final = "FRISTVAGT_SECRETS_DIR"
LOCAL_NAMES: Final = frozenset({"localhost"})


def _readable_file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


def _clock_setting(text: str) -> str:
    parse_clock(text)
    return text


File = Annotated[Path, AfterValidator(_readable_file)]
Seconds = Annotated[float, Field(ge=0)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """The settings. Durations are in the unit that their name ends in."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    transport: Literal["embedded", "kafka"] = Field("embedded", description="embedded: one process; kafka: a cluster")
    data_dir: Path = Field(Path("data"), description="folder of the embedded log and read model")

    kafka_brokers: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1:9092",), description="host:port, several with commas"
    )
    kafka_security: Literal["plaintext", "ssl", "sasl_ssl"] = Field("plaintext", description="how brokers are reached")
    kafka_ca: File | None = Field(None, description="certificate authority of the brokers (PEM file)")
    kafka_cert: File | None = Field(None, description="own certificate (PEM file)")
    kafka_key: File | None = Field(None, description="key of the own certificate (PEM file)")
    kafka_key_password: SecretStr | None = Field(None, description="password of the key")
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism"
    )
    kafka_username: str | None = Field(None, description="SASL user")
    kafka_password: SecretStr | None = Field(None, description="SASL password")
    instance: str | None = Field(None, description="stable name of this process (pod name): fewer rebalances")

    partitions: int = Field(12, ge=1, le=1000, description="partitions of every topic; fixed once topics exist")
    replication: int = Field(3, ge=1, le=9, description="copies of every topic on a cluster")
    inbox_retention_days: int = Field(7, ge=1, description="days that events from hospitals are kept as received")
    facts_retention_days: int | None = Field(None, ge=365, description="days that accepted events are kept; empty: all")

    redis_url: str = Field("redis://127.0.0.1:6379/0", description="read model; rediss:// for TLS, no password here")
    redis_username: str | None = Field(None, description="Redis user")
    redis_password: SecretStr | None = Field(None, description="Redis password")
    redis_ca: File | None = Field(None, description="certificate authority of Redis (PEM file)")

    records_url: str = Field(
        "",
        description="SQL of ledger and notes, sqlite:/// or postgresql+psycopg://; empty: a file in data_dir",
    )
    records_username: str | None = Field(None, description="its user")
    records_password: SecretStr | None = Field(None, description="its password")

    page_url: str = Field("http://127.0.0.1:8000", description="where links in messages lead: address of the page")
    mail_server: str | None = Field(None, description="host:port of the server that takes mail; empty: mail waits")
    mail_from: str | None = Field(None, description="address that mail comes from")
    mail_security: Literal["starttls", "tls", "plaintext"] = Field(
        "starttls", description="how the mail server is reached; plaintext: no login, for a server on this machine"
    )
    mail_username: str | None = Field(None, description="its user")
    mail_password: SecretStr | None = Field(None, description="its password")
    mail_ca: File | None = Field(None, description="certificate authority of the mail server (PEM file)")
    webhook_ca: File | None = Field(None, description="certificate authority of webhooks (PEM file)")

    clock: Annotated[str, AfterValidator(_clock_setting)] = Field(
        "wall", description="wall, fixed:T or scaled:START,ORIGIN,FACTOR"
    )
    unverified_after_seconds: Seconds = Field(
        600.0, description="a timer fires, marked unverified, when the input could not be read up to it for this long"
    )
    source_silent_hours: float = Field(
        72.0, gt=0, description="a hospital's system that sends nothing for longer is reported as silent"
    )
    source_silent_hours_of: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="SOURCE=HOURS for systems that differ, several with commas; 0 hours: never reported"
    )
    stop_seconds: float = Field(10.0, gt=0, le=300, description="a graceful stop may take this long, then a hard exit")

    rulebook: File | None = Field(None, description="rulebook file instead of the built-in one")
    policy: File | None = Field(None, description="alert policy file instead of the built-in one")
    units: File | None = Field(None, description="unit file instead of the built-in one")
    signs: File | None = Field(None, description="file of what differs from the built-in leading signs")
    reading: str | None = Field(None, description="reading of the rules in force, if not the rulebook's own")

    max_event_bytes: int = Field(65_536, ge=1_024, le=900_000, description="a larger event is refused as too_large")

    http_host: str = Field("127.0.0.1", description="address of page and API")
    http_port: Port = Field(8000, description="port of page and API")
    http_names: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1", "localhost", "[::1]"), description="names that page and API answer to, with commas, no port"
    )
    max_lag_seconds: Seconds = Field(
        120.0, description="answers that are further behind say that they are not complete"
    )
    hide_small_counts: bool = Field(default=False, description="hide counts below five in every figure")
    health_host: str = Field("127.0.0.1", description="address of a process's /healthz, /readyz and /metrics")
    health_port: Port | None = Field(
        None, description="its port; empty: worker 8101, intake 8102, projector 8103, notifier 8104"
    )
    allow_remote: bool = Field(
        default=False, description="bind other addresses than loopback, although there is no login"
    )

    log_format: Literal["json", "text"] = Field("json", description="format of the logs on stderr")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")

    @field_validator("kafka_brokers", "http_names", "source_silent_hours_of", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("kafka_brokers")
    @classmethod
    def _brokers_have_ports(cls, brokers: tuple[str, ...]) -> tuple[str, ...]:
        for broker in brokers:
            if not broker.rpartition(":")[0] or not broker.rpartition(":")[2].isdigit():
                raise ValueError(f"{broker!r} is no host:port")
        if not brokers:
            raise ValueError("name at least one broker as host:port")
        return brokers

    @field_validator("source_silent_hours_of")
    @classmethod
    def _sources_have_hours(cls, limits: tuple[str, ...]) -> tuple[str, ...]:
        for limit in limits:
            source, _, hours = limit.rpartition("=")
            if not source or not hours.replace(".", "", 1).isdigit():
                raise ValueError(f"{limit!r} is no SOURCE=HOURS")
        return limits

    @field_validator("redis_url")
    @classmethod
    def _redis_url_is_plain(cls, url: str) -> str:
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("write redis://host:port/db, rediss://host:port/db or unix:///path")
        if "@" in url:
            raise ValueError("the URL is printed and logged; put user and password in redis_username, redis_password")
        return url

    @field_validator("records_url")
    @classmethod
    def _records_url_is_plain(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("write sqlite:///path/records.db or postgresql+psycopg://host/database")
        if "@" in url or "password=" in url:
            raise ValueError("the URL is printed and logged; put the login in records_username, records_password")
        return url

    @field_validator("mail_server")
    @classmethod
    def _mail_server_has_a_port(cls, server: str | None) -> str | None:
        if server is not None and not (server.rpartition(":")[0] and server.rpartition(":")[2].isdigit()):
            raise ValueError(f"{server!r} is no host:port")
        return server

    @field_validator("clock")
    @classmethod
    def _clock_runs_by_itself(cls, setting: str) -> str:
        if setting == "feed":
            raise ValueError("the feed clock is for playing history; a process needs wall, fixed: or scaled:")
        return setting

    @model_validator(mode="after")
    def _sasl_is_complete(self) -> Self:
        if self.kafka_security == "sasl_ssl" and not (self.kafka_username and self.kafka_password):
            needed = f"{variable('kafka_username')} and {variable('kafka_password')}"
            raise ValueError(f"{variable('kafka_security')} is sasl_ssl: set {needed} too")
        if (self.kafka_cert is None) != (self.kafka_key is None):
            raise ValueError(f"{variable('kafka_cert')} and {variable('kafka_key')} belong together: set both or none")
        return self

    @model_validator(mode="after")
    def _nothing_is_given_in_vain(self) -> Self:
        login = ("kafka_username", "kafka_password")
        files = ("kafka_ca", "kafka_cert", "kafka_key", "kafka_key_password")
        unused = {"plaintext": (*login, *files), "ssl": login, "sasl_ssl": ()}[self.kafka_security]
        wanted = {"plaintext": "ssl or sasl_ssl", "ssl": "sasl_ssl", "sasl_ssl": ""}[self.kafka_security]
        for name in unused:
            if self.transport == "kafka" and getattr(self, name) is not None:
                security = variable("kafka_security")
                raise ValueError(
                    f"{variable(name)} has no effect while {security} is {self.kafka_security}: use {wanted}"
                )
        return self

    @model_validator(mode="after")
    def _only_a_server_has_a_login(self) -> Self:
        for name in ("records_username", "records_password"):
            if not self.records_url.startswith("postgresql") and getattr(self, name) is not None:
                raise ValueError(f"{variable(name)} has no effect unless {variable('records_url')} is a PostgreSQL")
        return self

    @model_validator(mode="after")
    def _mail_is_complete(self) -> Self:
        if self.mail_server is not None and not self.mail_from:
            raise ValueError(f"{variable('mail_server')} is set: set {variable('mail_from')} too")
        if (self.mail_username is None) != (self.mail_password is None):
            names = f"{variable('mail_username')} and {variable('mail_password')}"
            raise ValueError(f"{names} belong together: set both or none")
        if self.mail_security == "plaintext" and self.mail_username is not None:
            raise ValueError(f"{variable('mail_security')} is plaintext: a login is not sent without TLS")
        return self

    @model_validator(mode="after")
    def _no_login_no_remote(self) -> Self:
        for name in ("http_host", "health_host"):
            if not (self.allow_remote or is_loopback(getattr(self, name))):
                raise ValueError(
                    f"{variable(name)}: {getattr(self, name)} can be reached from other machines, and this version has"
                    f" no login; use 127.0.0.1, or {variable('allow_remote')}=true behind a proxy with sign-in"
                )
        return self

    def make_clock(self) -> Clock:
        """Return the clock that law and deadlines ask."""
        return parse_clock(self.clock)


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a server on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL_NAMES


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def with_variables(text: str) -> str:
    """Return a message of the stream, which knows settings by their names, with the names that people set."""
    return re.sub(r"\bkafka_\w+", lambda name: variable(name[0]) if name[0] in Settings.model_fields else name[0], text)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process. Raises BadInputError, one line naming the variable and what is wrong."""
    environ = os.environ if environ is None else environ
    _refuse_unknown(environ)
    folder = environ.get(SECRETS_DIR)
    if folder is not None and not Path(folder).is_dir():
        raise BadInputError(f"{SECRETS_DIR}: there is no folder {folder}")
    try:
        return Settings(_secrets_dir=folder)
    except (ValidationError, ClockSettingError) as error:
        raise BadInputError(_one_line(error)) from error


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = [variable(name) for name in Settings.model_fields] + [SECRETS_DIR]
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`fristvagt settings` lists all"
            raise BadInputError(f"{name} is no setting; {hint}")


def _one_line(error: ValidationError | ClockSettingError) -> str:
    if isinstance(error, ClockSettingError):
        return f"{variable('clock')}: {error}"
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    return f"{variable(str(first['loc'][0]))}: {message}" if first["loc"] else message
