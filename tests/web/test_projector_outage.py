"""A Redis that dies under the projector and comes back: nothing is lost, and the projector lives on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from api.projection.keys import Keys, Store
from stream.worker.names import CLOCKS
from tests.servers.redis import RedisServer
from tests.web.samples import clock, pathway
from tests.web.test_projector_app import has, has_clocks, running, until, write

pytestmark = pytest.mark.redis


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("mortal")) as made:
        yield made


async def test_what_came_while_redis_was_down_is_there_when_it_is_back(tmp_path: Path, server: RedisServer) -> None:
    async with Redis.from_url(server.url) as client:
        store = Store(client, Keys())
        async with running(tmp_path, store, CollectorRegistry()) as worker:
            await write(worker, CLOCKS, pathway(clock()))
            await until(lambda: has(store, store.keys.clocks))
            server.kill()
            await write(worker, CLOCKS, pathway(clock("c2", pathway="pw-2"), name="pw-2"), key=b"pw-2")
            server.start()
            await until(lambda: has_clocks(store, 2))
            assert not worker.app.crashed
