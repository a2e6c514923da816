"""A client of the Redis that the settings name."""

from typing import Any

from redis.asyncio import Redis

from deploy.settings import Settings


def redis_client(settings: Settings) -> Redis:
    """Return a client; whoever asks closes it. Nothing is connected yet."""
    password = settings.redis_password
    tls: dict[str, Any] = {} if settings.redis_ca is None else {"ssl_ca_certs": str(settings.redis_ca)}
    return Redis.from_url(
        settings.redis_url,
        username=settings.redis_username,
        password=None if password is None else password.get_secret_value(),
        socket_connect_timeout=5.0,
        health_check_interval=30,
        **tls,
    )
