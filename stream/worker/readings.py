"""What the watch shows at each scrape: read from memory and from the transport, never from the table."""

import time
from collections.abc import Iterable, Iterator

from stream.law.fact import local_date
from stream.worker.metrics import Reading
from stream.worker.names import WATCHED
from stream.worker.transport import highwater, lost_to_retention, owned, settled_upto
from stream.worker.watch import Watch


def readings(watch: Watch) -> Iterator[Reading]:
    """Yield the gauges of a watch process."""
    yield from _clocks(watch)
    yield from _deadlines(watch)
    yield from _intake(watch)
    yield from _transport(watch)
    yield _single("fristvagt_quarantined_patients", "Patients with records not applied", len(watch.quarantined))


def _single(name: str, text: str, value: float) -> Reading:
    return Reading(name, text, (), [((), value)])


def _clocks(watch: Watch) -> Iterator[Reading]:
    today = local_date(watch.folder.clock.now())
    clocks = watch.clocks
    yield Reading("fristvagt_open_clocks", "Open clocks", ("right", "region", "tier"), list(clocks.by_kind().items()))
    due = [((right, str(days)), count) for (right, days), count in clocks.due_in(today).items()]
    yield Reading("fristvagt_open_clocks_due", "Open clocks by days left", ("right", "days"), due)
    passed = [((right,), count) for right, count in clocks.passed(today).items()]
    yield Reading("fristvagt_passed_clocks", "Open clocks whose deadline has passed", ("right",), passed)


def _deadlines(watch: Watch) -> Iterator[Reading]:
    now, partitions = watch.folder.clock.now(), watch.deadlines.partitions
    yield _single("fristvagt_partitions", "Partitions that all workers together must own", watch.folder.partitions)
    yield _single("fristvagt_due_moments", "Patients with a due moment", sum(len(p.heap) for p in partitions.values()))
    yield _single("fristvagt_ticks_sent", "Ticks sent by this process", watch.deadlines.sent)
    outstanding = [due for p in partitions.values() if (due := p.heap.oldest_outstanding()) is not None]
    overdue = max((now - due).total_seconds() for due in outstanding) if outstanding else 0.0
    yield _single("fristvagt_oldest_due_age_seconds", "Age of the oldest due moment not looked at", overdue)
    ages = {n: (now - moment).total_seconds() for n, p in partitions.items() if (moment := p.caught_up_at())}
    yield Reading(
        "fristvagt_caught_up_age_seconds",
        "How long ago everything was applied, on the law's clock",
        ("partition",),
        [((str(number),), age) for number, age in ages.items()],
    )
    yield Reading(
        "fristvagt_caught_up",
        "Whether the partition has been read to an end since it was assigned",
        ("partition",),
        [((str(number),), float(number in ages)) for number in partitions],
    )


def _intake(watch: Watch) -> Iterator[Reading]:
    """Yield what this process knows of intake; nothing as long as it knows nothing."""
    judged, waiting = watch.deadlines.judged, watch.deadlines.waiting
    if judged is not None:
        age = (watch.folder.clock.now() - judged.upto).total_seconds()
        yield _single("fristvagt_intake_judged_age_seconds", "How long ago the whole inbox was judged", age)
    if waiting is not None:
        yield _single("fristvagt_inbox_waiting_records", "Records in the inbox not judged yet", waiting)


def _transport(watch: Watch) -> Iterator[Reading]:
    app = watch.app
    yield Reading("fristvagt_lag_records", "Records not yet settled", ("topic", "partition"), list(_lag(watch)))
    lost = [((topic, str(number)), float(count)) for (topic, number), count in lost_to_retention(app).items()]
    yield Reading("fristvagt_records_lost", "Records deleted before they were read", ("topic", "partition"), lost)
    idle = time.monotonic() - watch.stored_at
    yield _single("fristvagt_last_store_age_seconds", "Seconds since a run was stored", idle)
    yield _single("fristvagt_rebalancing", "Whether partitions are being handed out", float(app.rebalancing))
    yield _single("fristvagt_recovered", "Whether the rows have been recovered", float(watch.is_recovered))
    remaining = app.tables.recovery.active_remaining_total()
    yield _single("fristvagt_recovery_remaining_records", "Changelog records still to recover", remaining)


def _lag(watch: Watch) -> Iterable[tuple[tuple[str, str], float]]:
    for topic in WATCHED:
        for number in owned(watch.app, topic):
            end, settled = highwater(watch.app, topic, number), settled_upto(watch.app, topic, number)
            if end is not None and settled is not None:
                yield (topic, str(number)), float(max(0, end.offset - settled))
