"""What became of warnings, told by the facts themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.dryrun.sent import Notice, Outgoing
from deploy.dryrun.tally import Span
from deploy.rules import RuleFiles
from stream.facts.parse import Accepted, parse_event
from stream.replay import History, Line
from tests.bench.month import POLICY
from tests.bench.warned import Acted, Truth, acted, waits, warnings

END = datetime(2026, 2, 20, tzinfo=UTC)


def event(step: str, on: str, **data: Any) -> Line:
    outcome = parse_event(
        {
            "specversion": "1.0",
            "source": "urn:test",
            "id": step,
            "type": f"dk.fristvagt.{step}.v1",
            "subject": "pw1",
            "partitionkey": "pt1",
            "time": f"{on}T12:00:00+01:00",
            "data": {"occurred_at": f"{on}T11:00:00+01:00", "unit": "440781000016009", **data},
        }
    )
    return Line(1, outcome)


REFERRED = event("referral-received", "2026-01-05", purpose="workup", condition="cancer", package="B01")
IN_TIME = event("workup-started", "2026-01-15", attendance="physical")
TOO_LATE = event("workup-started", "2026-01-26", attendance="physical")


class Story:
    """A work-up of which a warning was sent, by what was recorded."""

    def __init__(self, *lines: Line) -> None:
        engine = RuleFiles(policy=POLICY).load_engine()
        records = list(History(engine).play(lines, END))
        self.ledger = [record for record in records if record["right"] == "cancer.workup"]
        facts = [line.outcome.fact for line in lines if isinstance(line.outcome, Accepted)]
        self.truth = Truth(engine, {"pt1": facts}, {self.ledger[0]["alert_id"]: "pt1"})

    def sent(self, day: int, tier: Any = "plan", what: Any = "raised") -> Outgoing:
        first = self.ledger[0]
        since = datetime.fromisoformat(first["at"])
        notice = Notice(first["alert_id"], first["clock_id"], what, tier, None, first["right"], since, digest=False)
        return Outgoing(datetime(2026, 1, day, 12, 0, tzinfo=UTC), "somebody", (notice,))

    def acted(self) -> Acted:
        return acted(warnings([self.sent(12)]), self.ledger, self.truth, END)


@pytest.mark.parametrize(("day", "safe"), [(4, True), (12, False), (16, True)])
def test_a_clock_is_safe_before_it_exists_and_after_its_start(day: int, *, safe: bool) -> None:
    story = Story(REFERRED, IN_TIME)
    assert [story.truth.was_safe(each) for each in warnings([story.sent(day)])] == [safe]


@pytest.mark.parametrize(("tier", "another"), [("plan", False), ("refer", True)])
def test_a_warning_of_a_tier_that_does_not_hold_is_found(tier: str, *, another: bool) -> None:
    story = Story(REFERRED, IN_TIME)
    (told,) = warnings([story.sent(9, tier)])
    assert story.truth.was_at_another_tier(told) is another


def test_good_news_are_no_warning() -> None:
    assert not list(warnings([Story(REFERRED, IN_TIME).sent(16, None, "over")]))


def test_a_start_by_the_deadline_is_in_time_and_a_later_one_too_late() -> None:
    found = Story(REFERRED, IN_TIME).acted(), Story(REFERRED, TOO_LATE).acted()
    assert [(each.in_time.total(), each.too_late.total(), each.left_out) for each in found] == [(1, 0, 0), (0, 1, 0)]


def test_what_was_interrupted_is_left_out() -> None:
    story = Story(REFERRED, event("pathway-ended", "2026-01-16", reason="refuted"))
    assert (story.acted().in_time.total(), story.acted().left_out) == (0, 1)


def test_the_wait_is_that_of_whoever_was_told_first() -> None:
    story = Story(REFERRED, IN_TIME)
    first, later = story.sent(12), story.sent(13)
    found = waits(warnings([first, later]), Span(first.at.date(), later.at.date()))
    assert found == {"plan": [first.at - first.notices[0].since]}
    assert found["plan"][0] > timedelta()
