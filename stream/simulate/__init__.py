"""A simulated country: synthetic pathway events shaped by the published figures, for demonstrations, tests and load."""

from stream.simulate.feed import SimulationError, line, simulate

__all__ = ["SimulationError", "line", "simulate"]
