"""The replay under measurement, as a process: the one place that says which code it is.

Arguments: bootstrap, partitions, moment, number of processes. Prints one JSON object. Time counts from after the
imports to the last clock.
"""

import json
import os
import sys
import time

from deploy.replaying.running import Order, replayed
from deploy.replaying.topics import Topics
from deploy.rules import rule_files
from deploy.settings import load_settings
from stream.clock import parse_moment


def main(bootstrap: str, partitions: str, at: str, processes: str) -> None:
    """Fold all facts as `fristvagt replay --topics` does: clocks and outcomes of every pathway, counted."""
    settings = {"TRANSPORT": "kafka", "KAFKA_BROKERS": bootstrap, "PARTITIONS": partitions}
    os.environ.update({f"FRISTVAGT_{name}": value for name, value in settings.items()})
    began = time.perf_counter()
    source = Topics.of(load_settings())
    with replayed(Order(rule_files(), parse_moment(at)), source, int(processes), lambda _: None) as (tally, _written):
        seconds = time.perf_counter() - began
    outcomes = {" ".join(name): number for name, number in tally.clocks.items()}
    answer = {"events": source.total, "seconds": seconds, "outcomes": outcomes}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
