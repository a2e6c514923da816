from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from deploy.apps import PATIENCE_SECONDS, AppProbe
from stream.worker.transport import Highwater

TOPIC = "fristvagt.inbox"


class FakeConsumer:
    """One partition: where it ends, what is settled and what is committed."""

    def __init__(self, end: int | None = 0, settled: int = 0, committed: int | None = None) -> None:
        self.end, self.settled, self.committed = end, settled, committed

    def owned(self) -> set[TP]:
        return {TP(TOPIC, 0)}

    def cursor(self, _: TP) -> Any:
        return SimpleNamespace(settled_upto=lambda: self.settled, committed=self.committed)

    def highwater_of(self, _: TP) -> Highwater | None:
        return None if self.end is None else Highwater.now(self.end)


class Bench:
    """A probe over a fake app, with a clock that is moved by hand."""

    def __init__(self, consumer: FakeConsumer, **state: Any) -> None:
        self.now = 0.0
        self.consumer = consumer
        self.app = SimpleNamespace(
            consumer=consumer, **{"crashed": False, "started": True, "rebalancing": False} | state
        )
        self.probe = AppProbe("intake", self.app, [TOPIC], monotonic=lambda: self.now)


def test_an_app_that_has_read_everything_is_ready() -> None:
    assert Bench(FakeConsumer(end=5, settled=5, committed=5)).probe.not_ready() == []


def test_a_crashed_app_is_dead_and_not_ready() -> None:
    probe = Bench(FakeConsumer(), crashed=True).probe
    assert probe.dead() == probe.not_ready() == ["intake: the app crashed"]


@pytest.mark.parametrize("state", [{"started": False}, {"rebalancing": True}])
def test_an_app_without_settled_partitions_is_not_ready(state: dict[str, bool]) -> None:
    assert Bench(FakeConsumer(), **state).probe.not_ready() == ["intake: partitions are being handed out"]


def test_an_app_that_owns_nothing_is_not_ready() -> None:
    bench = Bench(FakeConsumer())
    bench.consumer.owned = set  # type: ignore[method-assign]  # nothing is assigned
    assert bench.probe.not_ready() == ["intake: has no partition yet"]


def test_a_partition_whose_end_is_not_known_is_not_ready() -> None:
    assert Bench(FakeConsumer(end=None)).probe.not_ready() == [f"intake: {TOPIC}-0 is not being read yet"]


def test_a_partition_that_was_never_read_to_its_end_is_not_ready() -> None:
    assert Bench(FakeConsumer(end=9, settled=2)).probe.not_ready() == [f"intake: {TOPIC}-0 has 7 records still to read"]


def test_steady_traffic_does_not_make_an_app_unready() -> None:
    bench = Bench(FakeConsumer(end=5, settled=5, committed=5))
    bench.probe.not_ready()
    bench.consumer.end, bench.now = 8, 1.0
    assert bench.probe.not_ready() == []


def test_an_app_that_stays_behind_becomes_unready() -> None:
    bench = Bench(FakeConsumer(end=5, settled=5, committed=5))
    bench.probe.not_ready()
    bench.consumer.end, bench.now = 8, PATIENCE_SECONDS + 1
    assert "3 records still to read" in bench.probe.not_ready()[0]


def test_an_app_that_reads_but_does_not_commit_becomes_unready() -> None:
    bench = Bench(FakeConsumer(end=5, settled=5, committed=2))
    bench.probe.not_ready()
    bench.now = PATIENCE_SECONDS + 1
    assert "has committed nothing" in bench.probe.not_ready()[0]


def test_an_idle_app_need_not_commit() -> None:
    bench = Bench(FakeConsumer(end=5, settled=5, committed=5))
    bench.probe.not_ready()
    bench.now = 10 * PATIENCE_SECONDS
    assert bench.probe.not_ready() == []


def test_a_probe_passes_on_what_its_room_adds() -> None:
    bench = Bench(FakeConsumer())
    bench.probe.further = lambda: ["watch: the rows are being recovered"]
    assert bench.probe.not_ready() == ["watch: the rows are being recovered"]


def test_the_backlog_is_what_is_still_to_read() -> None:
    assert Bench(FakeConsumer(end=9, settled=2)).probe.backlog() == 7


def test_without_partitions_the_backlog_is_unknown() -> None:
    assert Bench(FakeConsumer(), rebalancing=True).probe.backlog() is None
