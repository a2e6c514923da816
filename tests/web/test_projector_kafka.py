"""The projector over a real Kafka: the same promises as over the embedded log."""

import uuid
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from api.projection.keys import Store
from stream.worker.names import CLOCKS, PROGRESS
from stream.worker.transport import TransportOptions
from tests.servers.kafka import kafka  # noqa: F401 - a fixture is found by its name
from tests.web.samples import clock, pathway, progress
from tests.web.test_projector_app import empty, has, has_clocks, running, until, write

pytestmark = [pytest.mark.redis, pytest.mark.kafka]


@pytest.fixture
def options(kafka: str) -> TransportOptions:  # noqa: F811 - the fixture of that name
    return TransportOptions(url=f"kafka://{kafka}", replication=1, commit_interval=0.1, end_interval=0.1)


async def test_a_redis_that_is_empty_at_the_start_is_filled_and_kept_up_to_date(
    options: TransportOptions, store: Store
) -> None:
    async with running(options, store, CollectorRegistry()) as worker:
        await write(worker, CLOCKS, pathway(clock()))
        await write(worker, PROGRESS, progress(0))
        await write(worker, PROGRESS, progress(1), partition=1)
        await until(lambda: has(store, store.keys.clocks))
        await until(lambda: has(store, store.keys.as_of))
    await empty(store)
    again = replace(options, instance_id=f"again-{uuid.uuid4().hex}")
    async with running(again, store, CollectorRegistry()) as worker:
        await until(lambda: has_clocks(store, 1))
        await write(worker, CLOCKS, pathway(clock("c2", pathway="pw-2"), name="pw-2"), key=b"pw-2")
        await until(lambda: has_clocks(store, 2))
        await until(lambda: has(store, store.keys.as_of))
