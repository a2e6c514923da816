"""POST /v1/events takes what the CloudEvents SDK writes, in each mode and of either generation."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import msgspec
import pytest
from cloudevents.core.bindings import http as sdk
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.conversion import to_binary as old_binary
from cloudevents.v1.conversion import to_structured as old_structured
from cloudevents.v1.http import CloudEvent as OldCloudEvent

from stream.facts.transports import BATCH
from stream.worker.intake import Output
from tests.web.samples import event
from tests.web.test_api_events import publisher, written

__all__ = ["publisher", "written"]

pytestmark = pytest.mark.redis

Request = tuple[dict[str, str], bytes]

KEPT = ("id", "source", "type", "subject", "partitionkey", "data")


def attributes(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name != "data"}


def modern(sent: dict[str, Any]) -> CloudEvent:
    return CloudEvent(attributes(sent) | {"time": datetime.fromisoformat(sent["time"])}, sent["data"])


def structured(sent: dict[str, Any]) -> Request:
    message = sdk.to_structured_event(modern(sent))
    return message.headers, message.body


def binary(sent: dict[str, Any]) -> Request:
    message = sdk.to_binary_event(modern(sent | {"datacontenttype": "application/json"}))
    return message.headers, message.body


def batch(sent: dict[str, Any]) -> Request:
    """Write a batch; the SDK has no word for it but writes its members."""
    return {"content-type": BATCH}, b"[" + JSONFormat().write(modern(sent)) + b"]"


def old(write: Callable[..., Request]) -> Callable[[dict[str, Any]], Request]:
    return lambda sent: write(OldCloudEvent(attributes(sent | {"datacontenttype": "application/json"}), sent["data"]))


ODD = {"subject": "pw-æ ø", "id": "50% of a 'name'"}
"""Names that a header cannot hold as they are. The old SDK does not encode them: its binary mode is for plain ones."""


@pytest.mark.parametrize(
    ("write", "names"),
    [(structured, ODD), (binary, ODD), (batch, ODD), (old(old_structured), ODD), (old(old_binary), {})],
    ids=["structured", "binary", "batch", "old structured", "old binary"],
)
async def test_what_the_sdk_writes_is_taken_as_it_was_meant(
    open_site: Callable[..., httpx.AsyncClient],
    publisher: Any,
    written: list[Output],
    write: Callable[[dict[str, Any]], Request],
    names: dict[str, str],
) -> None:
    sent = event(**names)
    headers, body = write(sent)
    async with open_site(publish=publisher) as site:
        answer = await site.post("/v1/events", content=body, headers=headers)
    told = msgspec.json.decode(written[0].value)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert {name: told[name] for name in KEPT} == {name: sent[name] for name in KEPT}
