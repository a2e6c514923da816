"""Metrics of the stream, in base units. Labels are bounded: never a patient, a pathway or an event."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stream.worker.deadletters import REASONS

MAX_SOURCES: Final = 200
"""Sources named one by one; any further ones are counted together, so that a sender cannot fill the memory."""

TICK_TIMINGS: Final = ("on_time", "late", "unverified")

REBUILD_RESULTS: Final = ("done", "stale")

_FOLD_BUCKETS: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0)


def dead_letter_counter(registry: CollectorRegistry) -> Counter:
    """Return the counter of dead letters, made once a process and shared by intake and watch."""
    counter = Counter("fristvagt_dead_letters", "Records that were not applied", ["reason"], registry=registry)
    return _seen_from_the_start(counter, REASONS)


def _seen_from_the_start(counter: Counter, values: Iterable[str]) -> Counter:
    """Make a counter say 0 for each value: Prometheus sees no increase in a series that begins with a burst."""
    for value in values:
        counter.labels(value)
    return counter


class IntakeMetrics:
    """What came in, and what became of it."""

    def __init__(self, registry: CollectorRegistry, dead_letters: Counter) -> None:
        self.dead_letters = dead_letters
        self.accepted = Counter("fristvagt_events_accepted", "Events accepted", registry=registry)
        self.refused = Counter("fristvagt_events_refused", "Events refused", ["reason"], registry=registry)
        self.marks = Counter("fristvagt_event_marks", "Oddities in accepted events", ["mark"], registry=registry)
        self._source = Gauge(
            "fristvagt_source_last_event_timestamp_seconds",
            "Latest time of recording among the events of a source",
            ["source"],
            registry=registry,
        )
        self._latest: dict[str, float] = {}

    def seen(self, source: str, timestamp: float) -> None:
        """Note that a source sent an event recorded at `timestamp` (seconds since 1970)."""
        if source not in self._latest and len(self._latest) >= MAX_SOURCES:
            source = "other"
        if timestamp > self._latest.get(source, 0.0):
            self._latest[source] = timestamp
            self._source.labels(source).set(timestamp)


class WatchMetrics:
    """What the watch agent does."""

    def __init__(self, registry: CollectorRegistry, dead_letters: Counter) -> None:
        self.registry = registry
        self.dead_letters = dead_letters
        self.runs = Counter("fristvagt_runs", "Runs of records stored", ["topic"], registry=registry)
        self.records = Counter("fristvagt_records", "Records read", ["topic"], registry=registry)
        self.skipped = Counter("fristvagt_records_skipped", "Records that the rows had already", registry=registry)
        self.fold = Histogram(
            "fristvagt_fold_seconds", "Time to fold one patient", buckets=_FOLD_BUCKETS, registry=registry
        )
        self.store = Histogram("fristvagt_run_store_seconds", "Time to store a run", registry=registry)
        self.ledger = Counter("fristvagt_ledger_records", "Ledger records", ["kind", "tier"], registry=registry)
        ticks = Counter("fristvagt_ticks", "Ticks looked at", ["timing"], registry=registry)
        self.ticks = _seen_from_the_start(ticks, TICK_TIMINGS)
        rebuilds = Counter("fristvagt_rebuilds", "Rows that reconcile sent", ["result"], registry=registry)
        self.rebuilds = _seen_from_the_start(rebuilds, REBUILD_RESULTS)
        self.late_rows = Counter("fristvagt_late_rows", "Rows of former owners, written over anew", registry=registry)
        self.loop_delay = Gauge("fristvagt_loop_delay_seconds", "Wait for a turn of the event loop", registry=registry)


class Reading(NamedTuple):
    """A gauge computed when it is asked for: label names, and values by label values."""

    name: str
    help: str
    labels: tuple[str, ...]
    values: Iterable[tuple[tuple[str, ...], float]]


class Readings(Collector):
    """Exposes what a function reads from the process at each scrape."""

    def __init__(self, read: Callable[[], Iterable[Reading]]) -> None:
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance: the process may not be ready when it registers."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read everything now."""
        for reading in self._read():
            family = GaugeMetricFamily(reading.name, reading.help, labels=reading.labels)
            for labels, value in reading.values:
                family.add_metric(labels, value)
            yield family
