"""GET /v1/stream: news as they happen, from where the listener was, for a bounded time."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry

from api.deps import ApiSettings
from api.projection.keys import Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Projector
from api.reading.news import News, NewsReader
from stream.worker.names import ALERTS
from tests.web.samples import MemoryLog, transition

pytestmark = pytest.mark.redis

BRIEF = ApiSettings(stream_seconds=0.4, stream_poll_seconds=0.02)

LASTING = ApiSettings(stream_seconds=60, stream_poll_seconds=0.02)

OpenSite = Callable[..., httpx.AsyncClient]


class Asking:
    """How often listeners asked for news. They can be held back from it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self.may = asyncio.Event()
        self.may.set()
        real = NewsReader.after

        async def after(reader: NewsReader, news_id: str) -> list[News]:
            self.times += 1
            await self.may.wait()
            return await real(reader, news_id)

        monkeypatch.setattr(NewsReader, "after", after)

    async def more(self, times: int) -> None:
        upto = self.times + times
        async with asyncio.timeout(60):
            while self.times < upto:  # noqa: ASYNC110 - another task asks
                await asyncio.sleep(0.01)

    async def heard(self) -> None:
        """Return when what there is now was told: one question may be under way, the next one's answer is sent."""
        await self.more(3)

    async def hold(self) -> None:
        """Return when no question is under way, and none will be until `may` is set."""
        self.may.clear()
        await self.more(1)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Asking:
    return Asking(monkeypatch)


def parse(text: str) -> list[dict[str, Any]]:
    """Read server-sent events as a browser does."""
    events = []
    for block in text.split("\n\n"):
        fields = [line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":")]
        if fields:
            events.append(dict(fields))
    return events


async def listen(site: httpx.AsyncClient, last: str | None = None) -> list[dict[str, Any]]:
    answer = await site.get("/v1/stream", headers={} if last is None else {"last-event-id": last})
    assert answer.headers["content-type"].startswith("text/event-stream")
    return parse(answer.text)


async def append(store: Store, log: MemoryLog, *values: bytes) -> None:
    projector = Projector(store, log, ProjectorMetrics.create(CollectorRegistry()))
    await projector.apply(ALERTS, 0, log.write(ALERTS, *values))


async def test_a_new_listener_hears_what_happens_from_now_on(
    open_site: OpenSite, department: Store, log: MemoryLog, asking: Asking
) -> None:
    stopping = asyncio.Event()
    async with open_site(settings=LASTING, stopping=stopping) as site:
        listening = asyncio.ensure_future(listen(site))
        await asking.more(1)
        await append(department, log, transition("t9", kind="changed", to="refer"))
        await asking.heard()
        stopping.set()
        events = await listening
    assert [event["event"] for event in events] == ["hello", "alert"]
    assert msgspec.json.decode(events[1]["data"])["to"] == "refer"


async def test_a_listener_that_comes_back_hears_what_it_missed(
    open_site: OpenSite, department: Store, log: MemoryLog
) -> None:
    async with open_site(settings=BRIEF) as site:
        last = (await listen(site))[-1]["id"]
        await append(department, log, transition("t8", to="refer"), transition("t9", to="escalate"))
        events = await listen(site, last)
    assert [event["event"] for event in events] == ["hello", "alert", "alert"]


@pytest.mark.parametrize("last", ["1-1", "nonsense", "99999999999999-0", f"{2**64}-0"])
async def test_an_id_that_is_not_known_is_answered_with_reset(open_site: OpenSite, last: str) -> None:
    async with open_site(settings=BRIEF) as site:
        events = await listen(site, last)
    assert [event["event"] for event in events] == ["reset"]


async def test_a_listener_of_a_read_model_that_is_made_anew_is_told_to_read_again(
    open_site: OpenSite, department: Store, log: MemoryLog, asking: Asking
) -> None:
    stopping = asyncio.Event()
    async with open_site(settings=LASTING, stopping=stopping) as site:
        listening = asyncio.ensure_future(listen(site))
        await asking.more(1)
        await department.redis.hset(department.keys.meta, "schema", "0")
        await append(department, log, transition("t9", to="refer"))
        await asking.heard()
        stopping.set()
        events = await listening
    first, *others = (event["event"] for event in events)
    # Who looks while it is being made is told then, and once more when it is ready.
    assert (first, set(others)) == ("hello", {"reset"})


async def test_a_listener_that_is_left_behind_is_told_to_read_everything_again(
    open_site: OpenSite, department: Store, log: MemoryLog, asking: Asking
) -> None:
    stopping = asyncio.Event()
    async with open_site(settings=LASTING, stopping=stopping) as site:
        listening = asyncio.ensure_future(listen(site))
        await asking.more(1)
        await asking.hold()
        await append(department, log, transition("t8", to="refer"), transition("t9", to="escalate"))
        await department.redis.xtrim(department.keys.news, maxlen=1, approximate=False)
        asking.may.set()
        await asking.heard()
        stopping.set()
        events = await listening
    assert [event["event"] for event in events] == ["hello", "reset"]


async def test_a_stream_ends_when_the_process_stops(open_site: OpenSite, asking: Asking) -> None:
    stopping = asyncio.Event()
    async with open_site(settings=LASTING, stopping=stopping) as site:
        listening = asyncio.ensure_future(listen(site))
        await asking.more(1)
        stopping.set()
        assert len(await asyncio.wait_for(listening, 30)) == 1


async def test_too_many_listeners_are_turned_away(open_site: OpenSite) -> None:
    async with open_site(settings=ApiSettings(max_streams=0)) as site:
        answer = await site.get("/v1/stream")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:fristvagt:problem:streams")


async def test_a_listener_that_left_makes_room(open_site: OpenSite) -> None:
    async with open_site(settings=ApiSettings(max_streams=1, stream_seconds=0.05)) as site:
        await listen(site)
        assert len(await listen(site)) == 1
