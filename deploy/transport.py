"""From the settings to the choice of transport."""

import ssl
from pathlib import Path

from deploy.errors import BadInputError
from deploy.settings import Settings
from stream.worker.settings import DAY, StreamSettings
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
    )


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
    password = settings.kafka_key_password
    try:
        context = ssl.create_default_context(cafile=settings.kafka_ca)
        if settings.kafka_cert is not None:
            key_password = None if password is None else password.get_secret_value()
            context.load_cert_chain(settings.kafka_cert, settings.kafka_key, key_password)
    except (ssl.SSLError, OSError) as error:
        raise BadInputError(f"the certificate files of the brokers cannot be used: {error}") from error
    return context
