"""POST /v1/events and /v1/count: what comes in, and what is turned away before it is judged."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.deps import ApiSettings
from api.publisher import Publisher
from stream.clock import FixedClock
from stream.facts.transports import BATCH, STRUCTURED
from stream.worker.intake import Intake, Output
from stream.worker.metrics import IntakeMetrics, dead_letter_counter
from stream.worker.names import ACTIONS, DEADLETTERS, FACTS
from stream.worker.transport import SendError
from tests.web.department import NOW, Post
from tests.web.samples import event

pytestmark = pytest.mark.redis

OFFER_ATTRIBUTES = {
    "ce-specversion": "1.0",
    "ce-id": "e1",
    "ce-source": "urn:test",
    "ce-type": "dk.fristvagt.consent-given.v1",
    "ce-subject": "pw-1",
    "ce-partitionkey": "k1:pt-1",
    "ce-time": "2026-01-26T10:00:00+01:00",
}


@pytest.fixture
def written() -> list[Output]:
    return []


@pytest.fixture
def publisher(written: list[Output]) -> Publisher:
    registry = CollectorRegistry()
    intake = Intake(FixedClock(NOW), 4, IntakeMetrics(registry, dead_letter_counter(registry)))

    async def store(outputs: Any) -> None:
        written.extend(outputs)

    return Publisher(intake, store)


async def send(site: httpx.AsyncClient, body: Any, kind: str, **headers: str) -> httpx.Response:
    return await site.post("/v1/events", content=json.dumps(body), headers={"content-type": kind, **headers})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (event(), STRUCTURED),
        (event(), f"{STRUCTURED}; charset=utf-8"),
        (event(), "application/json"),
        ([event()], BATCH),
        ([event()], "application/json"),
    ],
)
async def test_an_event_is_taken_in_every_shape(
    open_site: Any, publisher: Publisher, written: list[Output], body: Any, kind: str
) -> None:
    async with open_site(publish=publisher) as site:
        answer = await send(site, body, kind)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert [output.topic for output in written] == [FACTS]


async def test_an_event_is_taken_in_binary_mode(open_site: Any, publisher: Publisher) -> None:
    async with open_site(publish=publisher) as site:
        answer = await send(site, event()["data"], "application/json", **OFFER_ATTRIBUTES)
    assert answer.json()["results"][0]["id"] == "e1"


async def test_each_event_of_a_batch_has_its_own_result(open_site: Any, publisher: Publisher) -> None:
    async with open_site(publish=publisher) as site:
        answer = (await send(site, [event(), event("e2", step="nonsense"), event("e3")], BATCH)).json()
    assert [result["status"] for result in answer["results"]] == ["accepted", "refused", "accepted"]
    assert (answer["accepted"], answer["refused"]) == (2, 1)


async def test_a_refused_event_says_why_and_what_to_do(
    open_site: Any, publisher: Publisher, written: list[Output]
) -> None:
    async with open_site(publish=publisher) as site:
        result = (await send(site, event(step="nonsense"), STRUCTURED)).json()["results"][0]
    assert (result["reason"], result["field"]) == ("unknown_step", "type")
    assert sorted(output.topic for output in written) == [ACTIONS, DEADLETTERS]


async def test_a_cpr_number_is_not_repeated_in_the_answer(open_site: Any, publisher: Publisher) -> None:
    async with open_site(publish=publisher) as site:
        answer = await send(site, event(partitionkey="010190-1234"), STRUCTURED)
    assert answer.json()["results"][0]["reason"] == "cpr_number"
    assert "010190" not in answer.text


async def test_another_content_type_is_turned_away(site: httpx.AsyncClient, post: Post) -> None:
    answer = await send(site, event(), "text/plain")
    assert (answer.status_code, post.sent) == (415, [])


async def test_too_much_at_once_is_turned_away(open_site: Any, post: Post) -> None:
    async with open_site(settings=ApiSettings(max_body_bytes=100)) as site:
        answer = await send(site, event(), STRUCTURED)
    assert (answer.status_code, post.sent) == (413, [])
    assert (answer.json()["type"], answer.json()["detail"]) == (
        "urn:fristvagt:problem:too_large",
        "Send at most 100 bytes; split the batch.",
    )


async def test_too_much_without_an_announced_length_is_turned_away_too(open_site: Any, post: Post) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"[" * 10

    async with open_site(settings=ApiSettings(max_body_bytes=100)) as site:
        answer = await site.post("/v1/events", content=endless(), headers={"content-type": BATCH})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert post.sent == []


async def test_the_largest_batch_that_is_taken_lets_others_have_their_turn(
    open_site: Any, publisher: Publisher
) -> None:
    moments: list[float] = []
    batch = [event(f"e{number}") for number in range(9_000)]
    body = json.dumps(batch)
    async with open_site(publish=publisher) as site:
        others = asyncio.create_task(turns(moments))
        answer = await site.post("/v1/events", content=body, headers={"content-type": BATCH})
        others.cancel()
    longest = max(after - before for before, after in itertools.pairwise(moments))
    assert (answer.json()["accepted"], longest < (moments[-1] - moments[0]) / 3) == (9_000, True)


async def turns(moments: list[float]) -> None:
    while True:
        moments.append(time.monotonic())
        await asyncio.sleep(0)


async def test_a_log_that_cannot_be_reached_is_said_so(site: httpx.AsyncClient, post: Post) -> None:
    post.error = SendError("not stored")
    answer = await send(site, event(), STRUCTURED)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_deadline_is_counted(site: httpx.AsyncClient) -> None:
    asked = {"right": "cancer.treatment", "referral": "2026-02-02", "consent": "2026-02-09"}
    answer = (await site.post("/v1/count", json=asked)).json()
    assert (answer["deadline"], answer["binding"], len(answer["days"])) == ("2026-02-23", "consent", 15)


async def test_a_pause_moves_the_counted_deadline(site: httpx.AsyncClient) -> None:
    pause = {"from": "2026-02-10", "to": "2026-02-13"}
    asked = {"right": "cancer.treatment", "consent": "2026-02-09", "paused": [pause]}
    answer = (await site.post("/v1/count", json=asked)).json()
    assert (answer["nominal_deadline"], answer["deadline"]) == ("2026-02-23", "2026-02-26")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"right": "cancer.workup"}, "count"),
        ({"right": "no.such", "referral": "2026-02-02"}, "count"),
        ({"right": "cancer.workup", "referral": "1815-02-02"}, "count"),
        ({"right": "cancer.workup", "referral": "yesterday"}, "fields"),
        ({"referral": "2026-02-02"}, "fields"),
        ({"right": "cancer.workup", "referral": "2026-02-02", "cpr": "1"}, "fields"),
    ],
)
async def test_what_cannot_be_counted_says_why(site: httpx.AsyncClient, asked: dict[str, str], code: str) -> None:
    answer = await site.post("/v1/count", json=asked)
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:fristvagt:problem:{code}")
