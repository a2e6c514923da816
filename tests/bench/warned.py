"""What became of warnings: whether the clock was safe already, how long they took, and who acted in time. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from alerts.notifier.news import WARNINGS
from alerts.tiers import rank
from deploy.dryrun.sent import Notice, Outgoing
from deploy.dryrun.tally import Span
from stream.engine import Engine, Judged
from stream.law.fact import Fact
from stream.refold import Refold

IN_TIME = frozenset({"within", "over_health"})
"""Outcomes of a start that came on or before the deadline, moved by a documented pause."""
FREED = frozenset({"interrupted", "not_covered"})
"""Outcomes after which there was nothing to act on."""

WAIT = "waiting times"
INFORM = "duty to inform"


class Told(NamedTuple):
    """A warning as one recipient got it."""

    at: datetime
    notice: Notice


def warnings(sent: Iterable[Outgoing]) -> Iterator[Told]:
    """Yield every warning that left, one a recipient."""
    for message in sent:
        yield from (Told(message.at, notice) for notice in message.notices if notice.what in WARNINGS)


def waits(found: Iterable[Told], span: Span) -> Mapping[str, list[timedelta]]:
    """Return by tier how long each alert took from when it could be told to when somebody was first told in a span."""
    first: dict[tuple[str, str | None, datetime], Told] = {}
    for each in found:
        first.setdefault((each.notice.alert_id, each.notice.tier, each.notice.since), each)
    by_tier: dict[str, list[timedelta]] = defaultdict(list)
    for each in first.values():
        if span.holds(each.at):
            by_tier[str(each.notice.tier)].append(each.at - each.notice.since)
    return by_tier


@dataclass(slots=True)
class Truth:
    """The facts themselves, folded anew for each question: it knows nothing of ledger, rows or notices."""

    engine: Engine
    facts: Mapping[str, Sequence[Fact]]
    patients: Mapping[str, str]
    """The patient of an alert."""

    def clock(self, notice: Notice, at: datetime) -> Judged | None:
        """Return the clock as it was at an aware moment, by what was recorded by then; None: there was none."""
        patient = self.patients[notice.alert_id]
        refold = Refold(self.engine, patient, at)
        for fact in self.facts[patient]:
            if fact.time <= at:
                refold.take(fact)
        return next((each for each in refold.judged()[1] if each.clock_id == notice.clock_id), None)

    def was_safe(self, warning: Told) -> bool:
        """Tell whether nothing was asked of anybody when a warning left."""
        found = self.clock(warning.notice, warning.at)
        return found is None or found.verdict.tier is None

    def was_at_another_tier(self, warning: Told) -> bool:
        """Tell whether the clock asked for something else than the warning said."""
        found = self.clock(warning.notice, warning.at)
        return found is not None and found.verdict.tier not in {None, warning.notice.tier}


@dataclass(slots=True)
class Acted:
    """Alerts that were told before the deadline, by what they are about and the gravest tier told until then."""

    in_time: Counter[tuple[str, str]] = field(default_factory=Counter)
    too_late: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: int = 0
    """The patient's choice, a pause, an interruption, a correction; or it still runs."""


def acted(found: Iterable[Told], ledger: Iterable[Mapping[str, Any]], truth: Truth, end: datetime) -> Acted:
    """Say what became of the alerts that were told before their deadline: a date or a start in time, or not."""
    told: dict[str, Notice] = {}
    for _, notice in found:
        if notice.tier != "passed" and rank(notice.tier) > rank(_tier(told.get(notice.alert_id))):
            told[notice.alert_id] = notice
    history: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for record in ledger:
        history[record["alert_id"]].append(record)
    answer = Acted()
    for alert_id, notice in told.items():
        _judge(answer, notice, history[alert_id], truth.clock(notice, end))
    return answer


def _tier(notice: Notice | None) -> Any:
    return notice and notice.tier


def _judge(answer: Acted, notice: Notice, history: Sequence[Mapping[str, Any]], last: Judged | None) -> None:
    name = (_about(notice.right), str(notice.tier))
    before = [record for record in history if not _is_passed(record)]
    dated = any(record["to"] is None and record["reason"] == "timely_date_stands" for record in before)
    passed = len(before) < len(history)
    outcome = last.clock.outcome if last is not None else None
    if outcome in IN_TIME or (dated and not passed):
        answer.in_time[name] += 1
    elif last is not None and outcome not in FREED and (passed or outcome == "not_complied"):
        answer.too_late[name] += 1
    else:
        answer.left_out += 1


def _about(right: str) -> str:
    return INFORM if right.startswith("information.") else WAIT


def _is_passed(record: Mapping[str, Any]) -> bool:
    return record["to"] == "passed" or record["from"] == "passed"
