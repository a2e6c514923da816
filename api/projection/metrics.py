"""Figures of the projector. Base units; labels are topics, never a patient."""

from dataclasses import dataclass
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


@dataclass(frozen=True, slots=True)
class ProjectorMetrics:
    """The projector's counters and gauges in one registry."""

    applied: Counter
    repeated: Counter
    unreadable: Counter
    shared: Counter
    fills: Counter
    seconds: Histogram
    as_of: Gauge

    @classmethod
    def create(cls, registry: CollectorRegistry) -> Self:
        """Register the projector's figures."""
        return cls(
            applied=Counter(
                "fristvagt_projector_records", "Records applied to the read model", ["topic"], registry=registry
            ),
            repeated=Counter(
                "fristvagt_projector_repeats", "Records that were known already", ["topic"], registry=registry
            ),
            unreadable=Counter(
                "fristvagt_projector_unreadable", "Records not as the contract says", ["topic"], registry=registry
            ),
            shared=Counter(
                "fristvagt_projector_shared_pathways",
                "Records of a pathway whose reference another patient uses too",
                registry=registry,
            ),
            fills=Counter("fristvagt_projector_fills", "Fills of the read model from the topics", registry=registry),
            seconds=Histogram(
                "fristvagt_projector_run_seconds", "Time to apply a run of records", ["topic"], registry=registry
            ),
            as_of=Gauge(
                "fristvagt_projector_as_of_timestamp_seconds",
                "Moment up to which everything is in the read model",
                registry=registry,
            ),
        )
