"""The webhook channel: one signed POST, to public addresses only, that follows nothing and reads no answer's body."""

import ssl
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.resolver import ThreadedResolver
from standardwebhooks.webhooks import Webhook
from yarl import URL

from alerts.delivery.addresses import PublicResolver, check_literal
from alerts.delivery.channels import ChannelSettingsError, PermanentFailureError, Sent, TemporaryFailureError
from alerts.delivery.links import Page
from alerts.delivery.message import Message
from alerts.delivery.payload import payload, signed_headers
from alerts.delivery.webhook_failures import failure, judge
from alerts.recipients import Recipient

BUFFER_BYTES: Final = 4096
"""What is taken from the connection before anybody reads it; nobody reads the body."""

SECRET_BYTES: Final = range(24, 65)
"""How long a secret may be. Source: the Standard Webhooks specification."""


@dataclass(frozen=True, slots=True)
class Hook:
    """What belongs to one recipient. Raises ChannelSettingsError without a good secret.

    `secrets`: base64, with or without ``whsec_``; two while one takes over from the other. `allow_private`: it may be
    on a private network or this machine, and without TLS.
    """

    secrets: tuple[str, ...] = field(repr=False)
    allow_private: bool = False
    signers: tuple[Webhook, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signers", _signers(self.secrets))


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How webhooks leave. `hook_of` is asked in each attempt, by the recipient's name, so a changed policy counts.

    `ca_file` (PEM) is trusted beside nothing else; the system's authorities are where it is None. `timeout_seconds` is
    for the whole attempt, the look-up of the name included.
    """

    page: Page
    hook_of: Callable[[str], Hook | None]
    ca_file: Path | None = None
    timeout_seconds: float = 10.0


class WebhookChannel:
    """Sends messages as signed POSTs. `now` returns the real time of the attempt: receivers refuse an old one."""

    def __init__(self, settings: WebhookSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._tls = _tls(settings.ca_file)

    async def send(self, message: Message) -> Sent:
        """Send one POST. Raises TemporaryFailureError or PermanentFailureError."""
        recipient = message.recipient
        hook = self._settings.hook_of(recipient.name)
        if hook is None:
            raise TemporaryFailureError("settings", f"{recipient.name}: the webhook has no secret; give it one")
        try:
            status, retry_after = await self._post(message, _url(recipient, hook), hook)
        except (ClientError, OSError) as error:
            raise failure(recipient.name, error) from None
        return judge(recipient.name, status, retry_after, self._now())

    async def _post(self, message: Message, url: URL, hook: Hook) -> tuple[int, str | None]:
        body = payload(message, self._settings.page)
        headers = {"content-type": "application/json"} | signed_headers(message, body, hook.signers, self._now())
        async with (
            self._session(hook) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            response.close()
            return response.status, response.headers.get("Retry-After")

    def _session(self, hook: Hook) -> ClientSession:
        names = ThreadedResolver()
        resolver = names if hook.allow_private else PublicResolver(names)
        return ClientSession(
            connector=TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True, ssl=self._tls),
            timeout=ClientTimeout(total=self._settings.timeout_seconds),
            cookie_jar=DummyCookieJar(),
            headers={"user-agent": "fristvagt"},
            auto_decompress=False,
            trust_env=False,
            read_bufsize=BUFFER_BYTES,
        )


def _url(recipient: Recipient, hook: Hook) -> URL:
    problem = None
    try:
        url = URL(recipient.address)
    except ValueError:
        url, problem = URL(), "is no URL"
    if url.scheme not in {"http", "https"} or not url.raw_host:
        problem = "is no http(s) URL with a host"
    elif url.scheme == "http" and not hook.allow_private:
        problem = "is not https"
    elif url.raw_user is not None or url.raw_password is not None:
        problem = "holds a login; the signature is what proves us"
    if problem:
        raise PermanentFailureError("address", f"{recipient.name}: the address {problem}; correct it in the policy")
    if not hook.allow_private:
        check_literal(url.raw_host or "")
    return url


def _signers(secrets: Sequence[str]) -> tuple[Webhook, ...]:
    if not secrets:
        raise ChannelSettingsError("a webhook has no secret; give one, or two while they change")
    try:
        keys = [b64decode(secret.removeprefix("whsec_"), validate=True) for secret in secrets]
    except ValueError:
        raise ChannelSettingsError("a webhook's secret is not base64; make one of 32 random bytes") from None
    if any(len(key) not in SECRET_BYTES for key in keys):
        raise ChannelSettingsError("a webhook's secret is not 24 to 64 bytes; make one of 32 random bytes")
    return tuple(map(Webhook, keys))


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ChannelSettingsError(f"{ca_file}: no certificates can be read from it; give a PEM file") from error
