"""A real SMTP server in this process (aiosmtpd), and one that speaks only as far as it is told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Certificate
from tests.servers.loopback import free_port

HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """Keeps what arrives.

    `answers` says what the server replies to a command, where it is not the usual; `unknown` are addresses it refuses.
    """

    answers: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    taken: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    def mails(self) -> list[EmailMessage]:
        """Return the mails that arrived, as a receiver reads them."""
        read = [message_from_bytes(bytes(each.content or b""), policy=SMTP_POLICY) for each in self.taken]
        return [each for each in read if isinstance(each, EmailMessage)]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = "550 5.1.1 unknown" if address in self.unknown else self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.get("DATA", "250 2.0.0 queued as 4F2A <kirurgi@region.example>")
        if answer.startswith("250"):
            self.taken.append(envelope)
            self.encrypted.append(session.ssl is not None)
        return answer


def server_tls(certificate: Certificate) -> ssl.SSLContext:
    """Return what a server needs to speak TLS with a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert, certificate.key)
    return context


def only(user: str, password: str) -> Callable[..., AuthResult]:
    """Return a check that lets one login in."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        right = isinstance(login, LoginPassword) and (login.login, login.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return check


@contextmanager
def mail_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """Run a mail server until the end of the block; give its port."""
    port = free_port()
    usual = {"server_hostname": "post.region.example", "ready_timeout": 60}
    controller = Controller(mailbox, hostname=HOST, port=port, **(usual | options))
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[int]:
    """Run a server that treats each connection by `talk` until the end of the block; give its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
