"""Items and messages as the tests of delivery need them."""

from datetime import UTC, datetime
from typing import Any

from alerts.delivery.links import Page
from alerts.delivery.message import Item, Message
from alerts.recipients import Recipient

AT = datetime(2026, 2, 2, 7, 0, tzinfo=UTC)
PAGE = Page("https://fristvagt.region.example")
RECIPIENT = Recipient("kirurgi", "mail", "kirurgi@region.example")
HOOK = Recipient("henvisning", "webhook", "https://system.region.example/varsler")


def item(**changes: Any) -> Item:
    usual: dict[str, Any] = {
        "what": "raised",
        "alert_id": "a1",
        "clock_id": "c1",
        "tier": "act",
        "reason": "staffed_days_left",
        "right": "cancer.treatment",
        "right_name": "behandling for kræft",
        "unit": "440781000016009",
        "unit_name": "Kirurgisk afd.",
        "at": AT,
    }
    return Item(**(usual | changes))


def message(*items: Item, **changes: Any) -> Message:
    about = "alert" if len(items) == 1 else "digest" if items else "test"
    usual: dict[str, Any] = {"notice_id": "n1", "recipient": RECIPIENT, "about": about, "at": AT, "items": items}
    return Message(**(usual | changes))
