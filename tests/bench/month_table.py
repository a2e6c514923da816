"""The table of a simulated month, as Markdown. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from statistics import median

from alerts.tiers import TIERS
from deploy.dryrun.tally import Span, Tally
from tests.bench.table import number
from tests.bench.warned import INFORM, WAIT, Acted

HEAD = """\
# A simulated month of warnings

Made by `python -m tests.bench.month --keep`. The events are simulated and the policy is `deploy/examples/policy.toml`,
so the figures say what the product does with such a country, and nothing about a real one. The simulated people do not
read the warnings: what is acted on in time would have been without them too.
"""
AT_ONCE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One play of the month. `safe`: warnings for a clock that asked for nothing when they left."""

    acknowledged_after: float | None
    tally: Tally
    waits: Mapping[str, list[timedelta]]
    acted: Acted
    warnings: int
    safe: int
    other_tier: int

    @property
    def name(self) -> str:
        minutes = self.acknowledged_after
        return "nobody acknowledges" if minutes is None else f"acknowledged after {minutes:g} working minutes"


@dataclass(frozen=True, slots=True)
class Month:
    """What was measured. `factor`: how many times as many pathways the country has."""

    measured: date
    seed: int
    pathways: int
    events: int
    factor: float
    span: Span
    runs: Sequence[Run]


def to_markdown(month: Month) -> str:
    """Write all tables."""
    first = month.runs[0]
    lines = [HEAD, _size(month), ""]
    lines += _table(("", *(run.name for run in month.runs)), _totals(month))
    lines += [
        "",
        "## Alerts a day by tier",
        "",
        "An alert that comes to a tier counts once, however many are told.",
        "",
    ]
    lines += _table(("tier", "a day", "a day in the whole country (times the factor)"), _by_tier(month, first))
    lines += ["", "## From when it could be told to when it was first sent, in the law's time", "", WAITS, ""]
    lines += _table(("tier", "alerts", "at once", "median, hours", "longest, hours"), _waits(first))
    lines += ["", "## Acted on in time", "", ACTED.format(left_out=first.acted.left_out), ""]
    lines += _table(
        ("about", "gravest tier told before the deadline", "in time", "too late", "share in time"), _acted(first.acted)
    )
    lines += ["", "## Alerts a day by unit and tier", "", "As measured, not scaled; `–`: none.", ""]
    lines += _table(("unit", *TIERS), _by_unit(first.tally))
    return "\n".join(lines) + "\n"


WAITS = (
    "The example policy holds `plan` for the morning's digest, and `act` and `refer` while it is quiet: 16 to 7 and on"
    " days off. At once: within a minute."
)
ACTED = (
    "Alerts told in the month and before their deadline: a timely date, or a start by the deadline (moved by documented"
    " health pauses). Left out are {left_out}: the patient's choice, a pause, an interruption, or it still runs."
)


def _size(month: Month) -> str:
    span = month.span
    return (
        f"Measured on {month.measured}: {span.first} to {span.last} ({span.days} days), seed {month.seed},"
        f" {number(month.pathways)} pathways with {number(month.events)} events from eight weeks before to its end."
        f" The country has {month.factor:.1f} times as many (some 40,000 work-ups a quarter)."
    )


def _totals(month: Month) -> Iterable[Sequence[str]]:
    rows = {
        "**warnings sent for a clock that was already safe**": lambda run: f"**{run.safe}**",
        "warnings that said another tier than held": lambda run: str(run.other_tier),
        "warnings sent, one a recipient": lambda run: number(run.warnings),
        "messages a day, all recipients": lambda run: _a_day(run.tally.sent, month.span),
        "most messages to one recipient on a day": lambda run: str(max(run.tally.messages.values(), default=0)),
        "of which told since nobody acknowledged, a day": lambda run: _a_day(_pressed(run.tally), month.span),
        "items in a morning's digest": lambda run: number(run.tally.digested),
        "items merged by the rate limit": lambda run: number(run.tally.merged),
        "alerts of which nobody was told": lambda run: str(run.tally.holes.total()),
    }
    return ((name, *map(value, month.runs)) for name, value in rows.items())


def _pressed(tally: Tally) -> int:
    return sum(number for (_, what), number in tally.told.items() if what == "not_acknowledged")


def _by_tier(month: Month, run: Run) -> Iterable[Sequence[str]]:
    for tier in TIERS:
        found = sum(number for (_, each), number in run.tally.alerts.items() if each == tier)
        yield tier, _a_day(found, month.span), number(found / month.span.days * month.factor)


def _waits(run: Run) -> Iterable[Sequence[str]]:
    for tier in TIERS:
        if found := run.waits.get(tier):
            share = sum(each < AT_ONCE for each in found) / len(found)
            yield tier, number(len(found)), f"{share:.0%}", f"{median(found) / HOUR:.1f}", f"{max(found) / HOUR:.1f}"


def _acted(acted: Acted) -> Iterable[Sequence[str]]:
    for about, tier in product((WAIT, INFORM), TIERS):
        name = (about, tier)
        yield from _share(name, acted.in_time[name], acted.too_late[name])
    yield from _share(("all", ""), acted.in_time.total(), acted.too_late.total())


def _share(name: Sequence[str], good: int, bad: int) -> Iterable[Sequence[str]]:
    if good + bad:
        yield *name, str(good), str(bad), f"{good / (good + bad):.0%}"


def _by_unit(tally: Tally) -> Iterable[Sequence[str]]:
    for unit in sorted({unit for unit, _ in tally.alerts}):
        counts = (tally.alerts[unit, tier] for tier in TIERS)
        yield unit, *(_a_day(count, tally.span) if count else "–" for count in counts)


def _a_day(count: int, span: Span) -> str:
    return f"{count / span.days:.2f}"


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *rows)]
