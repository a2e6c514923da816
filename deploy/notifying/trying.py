"""A test message to the policy's test route: what came of it, one recipient at a time."""

import secrets
from dataclasses import dataclass

from alerts.delivery.channels import Channel, DeliveryError
from alerts.delivery.message import Message
from alerts.recipients import Recipient
from deploy.errors import BadInputError
from deploy.notifying.channels import channels
from deploy.rules import RuleFiles
from deploy.settings import Settings
from stream.clock import WallClock


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test message."""

    good: bool
    text: str


async def try_route(settings: Settings) -> list[Tried]:
    """Send to everybody on the test route. Raises BadInputError where nobody is."""
    policy = RuleFiles.of(settings).load_policy()
    if not policy.test_route:
        raise BadInputError('the policy has no test route; give it [test_route] with to = ["NAME"]')
    channel = channels(settings, lambda: policy, WallClock().now)
    return [await _tried(channel, recipient) for recipient in policy.test_route]


async def _tried(channel: Channel, recipient: Recipient) -> Tried:
    message = Message(secrets.token_hex(16), recipient, "test", WallClock().now())
    try:
        sent = await channel.send(message)
    except DeliveryError as error:
        return Tried(good=False, text=str(error))
    return Tried(good=True, text=f"{recipient.name}: taken ({sent.receipt})")
