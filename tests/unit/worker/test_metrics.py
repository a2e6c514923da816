import pytest
from prometheus_client import CollectorRegistry, generate_latest

from stream.worker.metrics import IntakeMetrics, Reading, Readings, WatchMetrics, dead_letter_counter


def test_intake_and_watch_of_one_process_share_the_dead_letter_counter() -> None:
    registry = CollectorRegistry()
    letters = dead_letter_counter(registry)
    intake, watch = IntakeMetrics(registry, letters), WatchMetrics(registry, letters)
    intake.dead_letters.labels("no_date").inc()
    watch.dead_letters.labels("quarantined").inc()
    shown = generate_latest(registry).decode()
    assert 'fristvagt_dead_letters_total{reason="no_date"} 1.0' in shown
    assert 'fristvagt_dead_letters_total{reason="quarantined"} 1.0' in shown


def test_readings_are_taken_at_each_scrape() -> None:
    registry, values = CollectorRegistry(), [1.0]
    registry.register(Readings(lambda: [Reading("fristvagt_x", "X", ("right",), [(("a",), values[0])])]))
    first = registry.get_sample_value("fristvagt_x", {"right": "a"})
    values[0] = 2.0
    assert (first, registry.get_sample_value("fristvagt_x", {"right": "a"})) == (1.0, 2.0)


def test_nothing_is_read_before_the_first_scrape() -> None:
    def fail() -> list[Reading]:
        raise AssertionError

    registry = CollectorRegistry()
    registry.register(Readings(fail))
    with pytest.raises(AssertionError):
        generate_latest(registry)


def test_an_older_event_does_not_set_its_source_back() -> None:
    registry = CollectorRegistry()
    metrics = IntakeMetrics(registry, dead_letter_counter(registry))
    metrics.seen("urn:h", 200.0)
    metrics.seen("urn:h", 100.0)
    name = "fristvagt_source_last_event_timestamp_seconds"
    assert registry.get_sample_value(name, {"source": "urn:h"}) == 200.0
