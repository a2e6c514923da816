"""What a webhook says: a thin payload, and its signature by Standard Webhooks. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from standardwebhooks.webhooks import Webhook

from alerts.delivery.arrange import urgency
from alerts.delivery.links import Page
from alerts.delivery.message import Item, Message
from alerts.delivery.plain import token
from alerts.delivery.words import tier_key
from alerts.ledger import moment_text
from alerts.tiers import TIERS


def payload(message: Message, page: Page) -> bytes:
    """Return the body as JSON, the same in every attempt. `counts` has each tier that holds, and `none`."""
    data: dict[str, Any] = {"about": message.about, "tier": _highest(message.items), "counts": _counts(message.items)}
    data["items"] = [_item(item, page) for item in sorted(message.items, key=_place)]
    if message.head is not None:
        data["head"] = message.head
    body = {"type": f"fristvagt.{message.about}", "timestamp": moment_text(message.at), "data": data}
    return msgspec.json.encode(body)


def signed_headers(message: Message, body: bytes, secrets: Sequence[Webhook], at: datetime) -> dict[str, str]:
    """Return the headers of an attempt at an aware moment, signed with each secret: one of them is the receiver's."""
    # The library takes the digits of whatever zone for UTC.
    moment = at.astimezone(UTC)
    notice, text = token(message.notice_id), body.decode("utf-8")
    signatures = [secret.sign(notice, moment, text) for secret in secrets]
    return {
        "webhook-id": notice,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _item(item: Item, page: Page) -> dict[str, Any]:
    return {
        "alert_id": item.alert_id,
        "clock_id": item.clock_id,
        "right": item.right,
        "unit": item.unit,
        "tier": item.tier,
        "what": item.what,
        "reason": item.reason,
        "late": item.late,
        "unverified": item.unverified,
        "link": page.clock(item.clock_id),
    }


def _highest(items: Sequence[Item]) -> str | None:
    highest = min(items, key=urgency, default=None)
    return None if highest is None or tier_key(highest) == "none" else tier_key(highest)


def _counts(items: Sequence[Item]) -> dict[str, int]:
    keys = [tier_key(item) for item in items]
    return {key: keys.count(key) for key in (*reversed(TIERS), "none") if key in keys}


def _place(item: Item) -> tuple[int, datetime, str]:
    return urgency(item), item.at, item.alert_id
