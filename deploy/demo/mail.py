"""The demo's mail: every message is a file in the data folder, and nothing leaves the machine."""

import asyncio
from pathlib import Path
from typing import Final

from alerts.delivery.channels import Sent
from alerts.delivery.envelope import envelope
from alerts.delivery.links import Page
from alerts.delivery.message import Message
from alerts.delivery.payload import payload
from alerts.delivery.render import render
from stream.law.fact import COPENHAGEN

SENDER: Final = "fristvagt@example.invalid"


class FolderChannel:
    """Writes mail as ``.eml``, which mail programs open, and what a webhook would get as ``.json``."""

    def __init__(self, folder: Path, page: Page) -> None:
        self._folder = folder
        self._page = page

    async def send(self, message: Message) -> Sent:
        """Write one file; the same message has the same file."""
        await asyncio.to_thread(self._write, message)
        return Sent(self._name(message))

    def _write(self, message: Message) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / self._name(message)
        beside = file.with_suffix(".new")
        beside.write_bytes(self._content(message))
        beside.replace(file)

    def _content(self, message: Message) -> bytes:
        if message.recipient.channel == "webhook":
            return payload(message, self._page)
        return envelope(message, render(message, self._page), SENDER).as_bytes()

    def _name(self, message: Message) -> str:
        ending = "json" if message.recipient.channel == "webhook" else "eml"
        at = message.at.astimezone(COPENHAGEN)
        return f"{at:%Y-%m-%d %H.%M} {message.recipient.name} {message.notice_id[:8]}.{ending}"
