"""Gives the API what it needs from outside."""

from collections.abc import Sequence
from datetime import timedelta

from api.deps import ApiSettings, Deps, Probe
from api.publisher import Commander, Publisher
from deploy.notes import Notes
from deploy.rooms import Rooms
from deploy.sending import SenderPart
from deploy.settings import Settings


def api_settings(settings: Settings, *, simulated: bool = False, speed: float = 1.0) -> ApiSettings:
    """Return the API's own settings. Where time runs `speed` times as fast, so do the seconds that it may lag."""
    return ApiSettings(
        allowed_hosts=frozenset(settings.http_names),
        max_lag=timedelta(seconds=settings.max_lag_seconds * max(1.0, speed)),
        hide_small=settings.hide_small_counts,
        simulated=simulated,
    )


def api_deps(
    rooms: Rooms, sender: SenderPart, settings: ApiSettings, probes: Sequence[Probe] = (), notes: Notes | None = None
) -> Deps:
    """Return what the API works with: the rules and clock of this process, its read model and its way into the log.

    Without `notes` there is no place for free text.
    """
    engine = rooms.engine
    return Deps(
        store=rooms.store,
        clock=rooms.clock,
        rulebook=engine.rulebook,
        calendar=engine.calendar,
        units=engine.units,
        publish=Publisher(rooms.judge(), sender.store),
        command=Commander(sender.store, rooms.settings.partitions),
        thresholds=engine.policy.thresholds,
        keep_note=None if notes is None else notes.keep,
        read_notes=None if notes is None else notes.read,
        settings=settings,
        registries=(rooms.registry,),
        probes=(*probes, sender),
    )
