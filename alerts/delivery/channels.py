"""What a channel is: it sends one message once, and says what came of it.

A failure is temporary where the same message may still arrive later: the other end is busy or away, or our own settings
(login, certificate, secret) have to be mended first. It is permanent where only another address or another message
would help. No failure's text holds an address, an answer of the other end or a secret: recipients are named as in the
policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from alerts.delivery.message import Message
from alerts.recipients import Channel as ChannelName

Why = Literal["address", "refused", "gone", "busy", "connection", "timeout", "tls", "login", "settings"]
"""Why a message was not sent. `address`: it may not be sent there. `busy`: the other end asks for a later attempt."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The other end has taken the message. `receipt` is what it can be found by there, one line, no address in it."""

    receipt: str


class DeliveryError(Exception):
    """A message was not sent. The message of the error says what to do next; `why` is for counting."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why = why


class TemporaryFailureError(DeliveryError):
    """The same message may arrive later. `retry_after`: the other end asks to wait for these seconds, bounded."""

    def __init__(self, why: Why, text: str, retry_after: float | None = None) -> None:
        super().__init__(why, text)
        self.retry_after = retry_after


class PermanentFailureError(DeliveryError):
    """The same message to the same address will not arrive: change the address in the policy."""


class ChannelSettingsError(ValueError):
    """A channel cannot be opened with these settings. The message says what is accepted."""


class Channel(Protocol):
    """Sends a message once. It neither tries again nor remembers."""

    async def send(self, message: Message) -> Sent:
        """Send, or raise TemporaryFailureError or PermanentFailureError."""
        ...


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels that are set up, by name; itself a channel."""

    by_name: Mapping[ChannelName, Channel]

    async def send(self, message: Message) -> Sent:
        """Send through the recipient's channel. One that is not set up is a temporary failure: settings can mend it."""
        channel = self.by_name.get(message.recipient.channel)
        if channel is None:
            name, recipient = message.recipient.channel, message.recipient.name
            raise TemporaryFailureError("settings", f"{recipient}: the channel {name} is not set up; give its settings")
        return await channel.send(message)
