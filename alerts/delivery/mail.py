"""The mail channel: one SMTP connection a message, encrypted and checked unless plaintext is allowed by name."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal

from aiosmtplib import SMTP, SMTPException

from alerts.delivery.channels import ChannelSettingsError, Sent
from alerts.delivery.envelope import envelope
from alerts.delivery.links import Page
from alerts.delivery.mail_failures import failure
from alerts.delivery.message import Message
from alerts.delivery.plain import is_mail_address, one_line
from alerts.delivery.render import render

LONGEST_RECEIPT: Final = 200
GOODBYE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail leaves. Raises ChannelSettingsError for what would be unsafe or cannot work.

    `security`: `tls` from the first byte, or `starttls` as the first command, both with the server's certificate
    checked against `ca_file` (PEM; the system's authorities where it is None). `plaintext` needs `allow_plaintext` too
    and has no login: for a server on the same machine. `timeout_seconds` is for the whole attempt.
    """

    server: str
    port: int
    sender: str
    page: Page
    security: Literal["starttls", "tls", "plaintext"] = "starttls"
    allow_plaintext: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not is_mail_address(self.sender):
            raise ChannelSettingsError(
                "the sender is not a mail address in ASCII; give it like fristvagt@region.example"
            )
        if self.security == "plaintext" and not self.allow_plaintext:
            raise ChannelSettingsError("mail without TLS has to be allowed by name; use starttls or tls")
        if self.security == "plaintext" and self.username is not None:
            raise ChannelSettingsError("a login is not sent without TLS; use starttls or tls")
        if (self.username is None) != (self.password is None):
            raise ChannelSettingsError("a login is a user name and a password; give both or none")


class MailChannel:
    """Sends messages as mail through one server. Raises ChannelSettingsError when the authorities cannot be read."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._tls = None if settings.security == "plaintext" else _tls(settings.ca_file)

    async def send(self, message: Message) -> Sent:
        """Send one mail to one recipient. Raises TemporaryFailureError or PermanentFailureError."""
        mail = envelope(message, render(message, self._settings.page), self._settings.sender)
        client = self._client()
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                answer = await self._hand_over(client, mail, message.recipient.address)
            # The server has it: whatever goes wrong from here on must not send it again.
            with suppress(SMTPException, OSError):
                await client.quit(timeout=GOODBYE_SECONDS)
        except (SMTPException, OSError) as error:
            raise failure(message.recipient.name, error) from None
        finally:
            client.close()
        return Sent(_receipt(answer))

    async def _hand_over(self, client: SMTP, mail: EmailMessage, address: str) -> str:
        await client.connect()
        _, answer = await client.send_message(mail, sender=self._settings.sender, recipients=[address])
        return answer

    def _client(self) -> SMTP:
        settings = self._settings
        return SMTP(
            hostname=settings.server,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._tls,
            username=settings.username,
            password=settings.password,
            timeout=settings.timeout_seconds,
        )


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ChannelSettingsError(f"{ca_file}: no certificates can be read from it; give a PEM file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _receipt(answer: str) -> str:
    """Keep what the mail can be found by in the server's log, without the addresses some servers repeat."""
    return " ".join(word for word in one_line(answer).split() if "@" not in word)[:LONGEST_RECEIPT]
