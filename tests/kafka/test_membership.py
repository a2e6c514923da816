"""On a real Kafka: a worker that its group gave up, and that does not know it, stores nothing more."""

from dataclasses import replace

import pytest

from stream.worker.transport import TransportOptions, owned
from stream.worker.transport.running import crash_reason
from tests.unit.worker.transport.support import Copier, feed_all, make_topics, numbers, running, stored, until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def options(options: TransportOptions) -> TransportOptions:
    """Those of the other tests on Kafka; the session is waited for."""
    return replace(options, session_timeout=20, send_timeout=16)


def silence(copier: Copier) -> list[str]:
    """Let no heartbeat of a worker reach its coordinator any more, as when only that broker is out of its reach."""
    coordinator = copier.app.consumer._thread._consumer._coordinator
    held: list[str] = []

    async def nothing() -> bool:
        held.append("heartbeat")
        return False

    coordinator._do_heartbeat = nothing
    return held


def speak(copier: Copier) -> None:
    del copier.app.consumer._thread._consumer._coordinator._do_heartbeat


@pytest.mark.parametrize("hears_of_it", [False, True], ids=["the-coordinator-stays-away", "the-coordinator-is-back"])
async def test_what_others_own_by_now_is_left_alone(
    options: TransportOptions, prefix: str, *, hears_of_it: bool
) -> None:
    one, two = Copier(options, prefix=prefix), Copier(options, prefix=prefix)
    await make_topics(one)
    async with running(one):
        await feed_all(options, one.source, 10)
        await one.saw(30)
        held = silence(one)
        async with running(two):
            await until(lambda: owned(two.app, two.source) == {0, 1, 2})
            assert owned(one.app, one.source) == {0, 1, 2}, "it does not know"
            assert held
            await feed_all(options, one.source, 10, 10)
            await one.saw(31)
            if hears_of_it:
                speak(one)
            await until(lambda: two.counts == {b"k%d" % p: 20 for p in range(3)})
            await until(lambda: bool(one.app.crashed))
            assert ("gave this worker up" in crash_reason(one.app)) == hears_of_it
    assert sorted(await stored(options, one.out)) == sorted(numbers(20) * 3)
