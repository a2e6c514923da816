from deploy.rooms import Rooms
from deploy.settings import Settings
from stream.clock import ScaledClock
from stream.reconcile import sampling
from tests.unit.law.build import moment


def test_a_worker_of_the_deployment_takes_samples_at_the_pace_of_its_clock(monkeypatch) -> None:
    attached = []
    monkeypatch.setattr("deploy.rooms.attach", lambda *given: attached.append(given))
    rooms = Rooms(Settings(), ScaledClock(moment("2026-02-02"), moment("2026-02-02"), 60.0))
    room = rooms.watch()
    ((app, watch, engine, registry, pace),) = attached
    assert (app, engine, registry, pace) == (room.app, rooms.engine, rooms.registry, 60.0)
    assert sampling.make_sampler(app, watch, engine, registry, pace).comparer.patience.total_seconds() == 60 * 720
