"""A webhook's body is thin, and its signature is one that the library's own verify accepts, wherever we are."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerts.delivery.message import Message
from alerts.delivery.payload import payload, signed_headers
from stream.clock import WallClock
from tests.unit.alerts.delivery.made import HOOK, PAGE, item, message

SECRET, OTHER = Webhook(b"s" * 32), Webhook(b"t" * 32)
MADE = message(item(), recipient=HOOK)


def said(made: Message) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(payload(made, PAGE))
    return body


@pytest.fixture(params=["UTC", "Europe/Copenhagen", "Pacific/Auckland", "America/Los_Angeles"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine keeps another zone than UTC."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_the_body_says_what_where_and_how_urgent_and_nothing_more() -> None:
    assert said(MADE) == {
        "type": "fristvagt.alert",
        "timestamp": "2026-02-02T07:00:00Z",
        "data": {
            "about": "alert",
            "tier": "act",
            "counts": {"act": 1},
            "items": [
                {
                    "alert_id": "a1",
                    "clock_id": "c1",
                    "right": "cancer.treatment",
                    "unit": "440781000016009",
                    "tier": "act",
                    "what": "raised",
                    "reason": "staffed_days_left",
                    "late": False,
                    "unverified": False,
                    "link": "https://fristvagt.region.example/frist/c1",
                }
            ],
        },
    }


def test_a_digest_has_the_most_urgent_first_and_counts_its_tiers() -> None:
    data = said(message(item(what="over"), item(tier="plan"), item(tier="passed")))["data"]
    assert [each["tier"] for each in data["items"]] == ["passed", "plan", "act"]
    assert (data["tier"], data["counts"]) == ("passed", {"passed": 1, "plan": 1, "none": 1})


@pytest.mark.parametrize("made", [message(), message(item(what="over", tier=None))])
def test_without_anything_to_do_there_is_no_tier(made: Message) -> None:
    assert said(made)["data"]["tier"] is None


def test_the_head_of_the_ledger_is_told() -> None:
    assert said(message(about="head", head="3f78"))["data"]["head"] == "3f78"


def test_every_attempt_has_the_same_body() -> None:
    assert payload(MADE, PAGE) == payload(MADE, PAGE)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Europe/Copenhagen"), timezone(timedelta(hours=-7))])
def test_a_signature_holds_in_every_zone_of_ours(machine_zone: str, zone: Any) -> None:
    body, now = payload(MADE, PAGE), WallClock().now().astimezone(zone)
    headers = signed_headers(MADE, body, [SECRET], now)
    assert SECRET.verify(body, headers)["type"] == "fristvagt.alert"
    assert headers["webhook-id"] == "n1"


def test_while_secrets_change_the_old_and_the_new_one_verify() -> None:
    body = payload(MADE, PAGE)
    headers = signed_headers(MADE, body, [SECRET, OTHER], WallClock().now())
    assert SECRET.verify(body, headers) == OTHER.verify(body, headers)


def test_a_changed_body_another_secret_or_an_old_moment_do_not_verify() -> None:
    body, now = payload(MADE, PAGE), WallClock().now()
    headers = signed_headers(MADE, body, [SECRET], now)
    old = signed_headers(MADE, body, [SECRET], now - timedelta(minutes=6))
    for secret, text, signed in ((SECRET, body + b" ", headers), (OTHER, body, headers), (SECRET, body, old)):
        with pytest.raises(WebhookVerificationError):
            secret.verify(text, signed)


def test_the_moment_of_a_signature_is_that_of_the_attempt() -> None:
    at = datetime(2026, 2, 2, 9, 30, 15, 900000, tzinfo=ZoneInfo("Europe/Copenhagen"))
    assert signed_headers(MADE, b"{}", [SECRET], at)["webhook-timestamp"] == "1770021015"
