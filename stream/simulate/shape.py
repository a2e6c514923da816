"""The shape of the simulated country, read from `shape.toml`: shares and weights."""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final

import msgspec

SHAPE_FILE: Final = Path(__file__).with_name("shape.toml")


class Weighted:
    """Names drawn by weight."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.names = tuple(weights)
        self._upto = tuple(accumulate(weights.values()))

    def pick(self, rng: Random) -> str:
        """Draw a name."""
        return self.names[bisect_right(self._upto, rng.random() * self._upto[-1])]


class Chances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of 1, each for one thing that may happen."""

    interrupted_workup: float
    interrupted_other: float
    cancer_found: float
    no_treatment: float
    more_workup: float
    consent_alone: float
    aftertreatment_after_surgery: float
    relapse: float
    phone_first: float
    transferred: float
    ended_when_refuted: float
    diagnosis_set: float
    not_covered: float
    melanoma: float
    excluded: float
    second_pathway: float
    other_residence: float
    mistyped: float
    mistaken: float
    package_markers: float
    informed_late: float
    never_informed: float
    weekend_answer: float
    marker_hospitals: float


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The figures as they stand in the file."""

    pathways: dict[str, float]
    outcomes: dict[str, float]
    ways: dict[str, float]
    interruptions: dict[str, float]
    chances: Chances
    recorded: dict[str, float]
    modalities: dict[str, float]
    routes: dict[str, float]
    elsewhere: dict[str, float]
    reasons: dict[str, float]
    diagnoses: dict[str, float]
    packages: dict[str, float]
    packages_of_treatment: dict[str, float]
    regions: dict[str, float]


class Shape:
    """The figures in the form in which they are drawn from."""

    def __init__(self, figures: Figures) -> None:
        self.chances = figures.chances
        self.outcomes = figures.outcomes
        self.regions = figures.regions
        self.pathway = Weighted(figures.pathways)
        self.outcome = Weighted(figures.outcomes)
        self.way = Weighted(figures.ways)
        self.interruption = Weighted(figures.interruptions)
        self.recorded = Weighted(figures.recorded)
        self.modality = Weighted(figures.modalities)
        self.route = Weighted(figures.routes)
        self.elsewhere = Weighted(figures.elsewhere)
        self.reason = Weighted(figures.reasons)
        self.diagnosis = Weighted(figures.diagnoses)
        self.package = Weighted(figures.packages)
        self.package_of_treatment = Weighted(figures.packages_of_treatment)


def published_figures() -> Figures:
    """Read the figures that come with the product."""
    return msgspec.convert(tomllib.loads(SHAPE_FILE.read_text("utf-8")), Figures)


@cache
def published_shape() -> Shape:
    """Return the shape that comes with the product."""
    return Shape(published_figures())
