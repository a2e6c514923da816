"""The events of a dry run, and the days that it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from deploy.dryrun.tally import Span
from deploy.errors import BadInputError
from stream.due import midnight
from stream.facts.parse import Accepted
from stream.law.fact import local_date
from stream.replay import Line


@dataclass(frozen=True, slots=True)
class Days:
    """The local dates that are asked for; None: those of the first and the last event."""

    first: date | None = None
    last: date | None = None

    def span(self, lines: Sequence[Line]) -> Span:
        """Return the days to count. Raises BadInputError."""
        times = [line.outcome.fact.time for line in lines if isinstance(line.outcome, Accepted)]
        if not times:
            raise BadInputError("--events: there is no event that can be read; `fristvagt replay FILE` says why")
        span = Span(self.first or local_date(min(times)), self.last or local_date(max(times)))
        if span.days < 1:
            raise BadInputError(f"--to: {span.last} lies before the first day, {span.first}")
        return span


def end_of(span: Span) -> datetime:
    """Return the moment (UTC) at which the last local day is over."""
    return midnight(span.last + timedelta(days=1))


def begin_of(lines: Sequence[Line]) -> datetime:
    """Return when the first event was recorded."""
    return min(line.outcome.fact.time for line in lines if isinstance(line.outcome, Accepted))
