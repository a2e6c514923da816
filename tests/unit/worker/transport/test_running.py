"""An app ends in good order or takes its process with it; it never lives on half-dead."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from stream.worker.transport import (
    Outbox,
    Run,
    StoreLockedError,
    TransportError,
    TransportOptions,
    committed,
    run_app,
)
from stream.worker.transport.running import EXIT_CRASHED, EXIT_HUNG
from tests.unit.worker.transport.support import IN, Copier, feed, make_topics, numbers, until


class Exits:
    """Takes down the code with which the process would end."""

    def __init__(self) -> None:
        self.codes: list[int] = []

    def __call__(self, code: int) -> None:
        self.codes.append(code)


async def test_a_stop_commits_and_ends_without_an_exit(options: TransportOptions) -> None:
    copier, stop, exits = Copier(options), asyncio.Event(), Exits()
    await make_topics(copier)
    await feed(options, numbers(7))
    app = asyncio.ensure_future(run_app(copier.app, stop=stop, exit_process=exits))
    await copier.saw(7)
    stop.set()
    await app
    assert exits.codes == []
    assert copier.app.consumer.cursor((IN, 0)).committed == 7


async def test_a_crash_ends_the_process(options: TransportOptions) -> None:
    copier, exits = Copier(options), Exits()
    await make_topics(copier)
    app = asyncio.ensure_future(run_app(copier.app, stop=asyncio.Event(), exit_process=exits))
    await until(lambda: copier.app.consumer.cursor((IN, 0)) is not None)
    await copier.app.crash(TransportError("broken"))
    await app
    assert exits.codes == [EXIT_CRASHED]
    await copier.app.stop()


async def test_a_stop_that_hangs_ends_the_process(options: TransportOptions) -> None:
    go_on = asyncio.Event()

    async def hang(run: Run, box: Outbox) -> None:
        await go_on.wait()

    copier, stop, exits = Copier(options, before_store=hang), asyncio.Event(), Exits()
    await make_topics(copier)
    await feed(options, numbers(1))
    app = asyncio.ensure_future(run_app(copier.app, stop=stop, grace=0.3, exit_process=exits))
    await copier.saw(1)
    stop.set()
    await app
    assert exits.codes == [EXIT_HUNG]
    assert committed(copier.app, IN, 0) is None
    go_on.set()
    await copier.app.stop()


async def test_an_app_that_cannot_start_says_why(options: TransportOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Any) -> None:
        raise StoreLockedError("in use")

    monkeypatch.setattr("stream.worker.transport.embedded.sharing.acquire", refuse)
    copier = Copier(options)
    with pytest.raises(StoreLockedError, match="in use"):
        await run_app(copier.app, stop=asyncio.Event(), exit_process=Exits())


async def test_an_app_that_cannot_reach_kafka_says_where_it_looked(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> None:
        raise KafkaConnectionError("refused")

    monkeypatch.setattr("stream.worker.transport.embedded.sharing.acquire", refuse)
    copier = Copier(options)
    with pytest.raises(TransportError, match=f"copier cannot start: cannot reach {options.url}"):
        await run_app(copier.app, stop=asyncio.Event(), exit_process=Exits())


async def test_a_stop_during_the_start_is_obeyed(options: TransportOptions) -> None:
    copier, stop, exits = Copier(options), asyncio.Event(), Exits()
    await make_topics(copier)
    stop.set()
    await run_app(copier.app, stop=stop, exit_process=exits)
    assert exits.codes == []
