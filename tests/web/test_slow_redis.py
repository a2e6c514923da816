"""A Redis that hangs, which is worse than one that is away: the clocks go on, and the read model catches up."""

import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from api.projection.app import build_projector_app
from api.projection.keys import Keys, Store
from deploy.redis import redis_client
from deploy.settings import Settings
from stream.worker.apps import Setup
from stream.worker.names import ALERTS, INBOX
from stream.worker.settings import StreamSettings
from tests.embedded.feeds import referral
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.servers.redis import RedisServer
from tests.unit.engine.events import ENGINE
from tests.web.department import SIGN_RULES
from tests.web.test_projector_app import has_clocks, until

pytestmark = pytest.mark.redis

NOON = datetime(2026, 2, 3, 11, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 4, 23, 0, 1, tzinfo=UTC)
"""In Copenhagen, a second into the first day on which seven staffed days are left."""
AT_ONCE = 10.0
"""Seconds; a busy machine is slow, but Redis does not answer at all."""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("slow")) as made:
        yield made


@asynccontextmanager
async def projecting(stack: Stack, store: Store) -> AsyncIterator[None]:
    setup = Setup(stack.options, stack.clock, StreamSettings(partitions=PARTITIONS))
    app = build_projector_app(setup, store, CollectorRegistry(), SIGN_RULES).app
    await app.start()
    try:
        yield
    finally:
        await app.stop()


def tell(server: RedisServer, number: signal.Signals) -> None:
    assert server._process is not None
    server._process.send_signal(number)


async def ledger(stack: Stack) -> set[Any]:
    return {(record["patient"], record["to"], record["late"]) for record in await stack.read(ALERTS)}


async def has_alerts(store: Store, number: int) -> bool:
    return int(await store.redis.hlen(store.keys.alerts)) == number


async def test_while_redis_hangs_every_alert_is_in_the_ledger_on_time(tmp_path: Path, server: RedisServer) -> None:
    clock = ManualClock(NOON)
    async with (
        redis_client(Settings(redis_url=server.url)) as client,
        Stack(tmp_path, clock, ENGINE, intake=True) as stack,
        projecting(stack, store := Store(client, Keys())),
    ):
        await stack.send(INBOX, [referral("1", "k1:a")])
        await until(lambda: has_clocks(store, 2))
        tell(server, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            await stack.send(INBOX, [referral("2", "k1:b")])
            await stack.settle()
            clock.moment = MIDNIGHT
            await stack.settle()
            took = time.monotonic() - begun
            raised = await ledger(stack)
        finally:
            tell(server, signal.SIGCONT)
        await until(lambda: has_clocks(store, 4))
        alerts = {record["alert_id"] for record in await stack.read(ALERTS)}
        await until(lambda: has_alerts(store, len(alerts)))
    assert raised == {("k1:a", "plan", False), ("k1:b", "plan", False)}
    assert took < AT_ONCE
