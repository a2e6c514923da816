"""From the settings to the choice of transport."""

import ssl
from datetime import timedelta
from pathlib import Path

from deploy.errors import BadInputError
from deploy.settings import Settings, variable
from stream.worker.settings import DAY, StreamSettings
from stream.worker.sources import Silences
from stream.worker.transport import OptionsError, Sasl, TransportOptions


def log_folder(data_dir: Path) -> Path:
    """Return where the embedded log lies in the data folder."""
    return data_dir / "log"


def transport_options(settings: Settings) -> TransportOptions:
    """Return how the log of records is reached. Raises BadInputError."""
    try:
        if settings.transport == "embedded":
            return TransportOptions(url=f"embedded:{log_folder(settings.data_dir)}", replication=1)
        return _kafka(settings)
    except OptionsError as error:
        raise BadInputError(str(error)) from error


def stream_settings(settings: Settings) -> StreamSettings:
    """Return the stream's own settings."""
    kept = settings.facts_retention_days
    return StreamSettings(
        partitions=settings.partitions,
        inbox_retention=settings.inbox_retention_days * DAY,
        facts_retention=None if kept is None else kept * DAY,
        unverified_after=settings.unverified_after_seconds,
        silences=_silences(settings),
    )


def _silences(settings: Settings) -> Silences:
    given = [each.rpartition("=") for each in settings.source_silent_hours_of]
    limits = {source: timedelta(hours=float(hours)) if float(hours) else None for source, _, hours in given}
    return Silences(timedelta(hours=settings.source_silent_hours), limits)


def _kafka(settings: Settings) -> TransportOptions:
    return TransportOptions(
        url=f"kafka://{','.join(settings.kafka_brokers)}",
        instance_id=settings.instance,
        replication=settings.replication,
        tls=None if settings.kafka_security == "plaintext" else tls_context(settings),
        sasl=_sasl(settings),
    )


def _sasl(settings: Settings) -> Sasl | None:
    if settings.kafka_security != "sasl_ssl" or settings.kafka_username is None or settings.kafka_password is None:
        return None
    return Sasl(settings.kafka_username, settings.kafka_password.get_secret_value(), settings.kafka_mechanism)


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Return the TLS context for the brokers: their authority, and our certificate if we have one."""
    try:
        context = ssl.create_default_context(cafile=settings.kafka_ca)
    except (ssl.SSLError, OSError) as error:
        name = variable("kafka_ca")
        raise BadInputError(f"{name}: the certificate files of the brokers cannot be used: {error}") from error
    if settings.kafka_cert is not None:
        _show(context, settings.kafka_cert, settings)
    return context


def _show(context: ssl.SSLContext, cert: Path, settings: Settings) -> None:
    """Let `context` show our certificate. OpenSSL would ask the terminal for a password that is not given."""
    secret = settings.kafka_key_password
    try:
        context.load_cert_chain(cert, settings.kafka_key, "" if secret is None else secret.get_secret_value())
    except (ssl.SSLError, OSError) as error:
        names = f"{variable('kafka_cert')}, {variable('kafka_key')}"
        hint = f"do they belong together, and is {variable('kafka_key_password')} right?"
        raise BadInputError(f"{names}: our certificate files cannot be used ({error}): {hint}") from error
