"""Who is told: a name of the policy with its channel, address and language. Values only."""

from dataclasses import dataclass
from typing import Literal

Channel = Literal["mail", "webhook"]
Language = Literal["da", "en"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of the policy. `name` is unique in it; `address` is a mail address or a URL."""

    name: str
    channel: Channel
    address: str
    language: Language = "da"
