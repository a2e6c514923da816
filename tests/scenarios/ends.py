"""The other ends: a mail server and the owner of a webhook, who keep what arrives and may refuse it."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerts.delivery.message import Message
from deploy.notifying.channels import KEYS_FILE
from tests.servers.mail import Mailbox, mail_server
from tests.servers.receiver import Receiver

KEY = b64encode(bytes(range(32))).decode()


@dataclass
class Ends:
    """Both ends, on loopback. `mail_server` is host and port, `webhook` the URL; the key lies in `secrets`."""

    secrets: Path
    mailbox: Mailbox = field(default_factory=Mailbox)
    hooks: dict[str, Any] = field(default_factory=dict)
    busy: bool = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Ends"]:
        """Take messages until the end of the block."""
        self.secrets.mkdir()
        (self.secrets / f"{KEYS_FILE}register").write_text(KEY, "ascii")
        with mail_server(self.mailbox) as port:
            self.mail_server = f"127.0.0.1:{port}"
            async with Receiver(self._judge).open() as receiver:
                self.webhook = f"http://127.0.0.1:{receiver.port}/fristvagt"
                yield self

    def refuse(self, end: str, *, refuses: bool) -> None:
        """Let an end be busy from now on, or no more."""
        if end == "webhook":
            self.busy = refuses
        else:
            self.mailbox.answers = {"MAIL": "451 4.3.0 later"} if refuses else {}

    def language(self, message: Message) -> str:
        """Return the language in which a message arrived, "" by webhook. Raises AssertionError if it did not."""
        if message.recipient.channel == "webhook":
            items = [(each["alert_id"], each["what"], each["tier"]) for each in self.hooks[message.notice_id]["items"]]
            assert sorted(items) == sorted((each.alert_id, each.what, each.tier) for each in message.items)
            return ""
        (mail,) = [each for each in self.mailbox.mails() if each["X-Fristvagt-Notice"] == message.notice_id]
        assert mail["To"] == message.recipient.address
        return str(mail["Content-Language"])

    async def _judge(self, request: web.Request) -> web.Response:
        """Take what is signed with the key, as the owner of a webhook does."""
        if self.busy:
            return web.Response(status=500)
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            Webhook(KEY).verify(await request.read(), headers)
        except WebhookVerificationError:
            return web.Response(status=401)
        self.hooks[headers["webhook-id"]] = json.loads(await request.read())["data"]
        return web.Response(status=204)
