"""A recovery that the log does not answer ends the app: half-dead, it would only look alive."""

import asyncio

import pytest

from stream.worker.transport import TransportOptions
from stream.worker.transport.consuming import OwnedConsumer
from stream.worker.transport.running import crash_reason
from tests.unit.worker.transport.support import Copier, make_topics, running, until


async def test_an_app_that_is_never_told_where_to_go_on_from_ends_and_says_so(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: OwnedConsumer) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(OwnedConsumer, "perform_seek", never)
    copier = Copier(options)
    copier.app.conf.broker_request_timeout = 1.0
    await make_topics(copier)
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert crash_reason(copier.app).startswith("the log did not say within 1 s where to go on from")
