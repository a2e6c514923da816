"""What a dry run saw leave, counted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from deploy.dryrun.department import Department
from deploy.dryrun.figures import difference, difference_json, sections, to_json
from deploy.dryrun.sent import Hole, Notice, Outcome, Outgoing
from deploy.dryrun.tally import Span, Tally, count
from tests.unit.alerts.notifier.situations import MONDAY, rules

WEEK = Span(date(2026, 2, 2), date(2026, 2, 8))


def notice(alert: str = "a1", **changes: Any) -> Notice:
    values = {"clock_id": f"c-{alert}", "what": "raised", "tier": "plan", "unit": "u1", "right": "cancer.workup"}
    return Notice(**{"alert_id": alert, "since": MONDAY, "digest": False} | values | changes)


def sent(*notices: Notice, to: str = "secretary", **later: float) -> Outgoing:
    return Outgoing(MONDAY + timedelta(**later), to, notices)


def tally(*messages: Outgoing, holes: tuple[Hole, ...] = ()) -> Tally:
    return count(Outcome(list(messages), list(holes)), WEEK)


def test_messages_are_counted_by_recipient_and_local_day() -> None:
    late = datetime(2026, 2, 2, 23, 30, tzinfo=UTC)  # half past midnight in Denmark
    found = tally(sent(notice()), Outgoing(late, "secretary", (notice("a2"),)))
    assert found.messages == {("secretary", date(2026, 2, 2)): 1, ("secretary", date(2026, 2, 3)): 1}


def test_what_left_on_other_days_is_not_counted() -> None:
    found = tally(sent(notice(), days=-1), sent(notice("a2"), days=7))
    assert (found.sent, found.items, found.alerts.total()) == (0, 0, 0)


def test_every_item_counts_by_tier_and_what_it_says() -> None:
    found = tally(sent(notice()), sent(notice(what="over", tier=None), hours=1))
    assert found.told == {("plan", "raised"): 1, ("none", "over"): 1}


def test_an_alert_at_a_tier_counts_once_however_many_are_told() -> None:
    found = tally(sent(notice()), sent(notice(), to="lead"), sent(notice(what="not_acknowledged"), to="lead", days=1))
    assert found.alerts == {("u1", "plan"): 1}


def test_an_alert_first_told_before_the_span_is_no_alert_of_the_span() -> None:
    assert not tally(sent(notice(), days=-1), sent(notice(), to="lead")).alerts


def test_an_alert_that_comes_to_its_tier_again_counts_again() -> None:
    again = notice(what="reopened", since=MONDAY + timedelta(days=1))
    assert tally(sent(notice()), sent(again, days=1)).alerts == {("u1", "plan"): 2}


def test_good_news_are_no_alert() -> None:
    assert not tally(sent(notice(what="over")), sent(notice(what="wrong")), sent(notice(what="lowered"))).alerts


def test_a_digest_and_a_merge_are_told_apart() -> None:
    morning = sent(notice(digest=True), notice("a2", digest=True))
    merged = sent(notice("a3"), notice("a4"), notice("a5", digest=True))
    found = tally(morning, merged)
    assert (found.digested, found.merged) == (2, 3)


def test_two_news_of_one_alert_in_a_message_are_no_merge() -> None:
    found = tally(sent(notice(), notice(what="risen", tier="act")))
    assert (found.digested, found.merged) == (0, 0)


def test_holes_are_counted_by_unit_and_tier() -> None:
    hole = Hole(MONDAY, "a1", None, "act")
    assert tally(holes=(hole, hole)).holes == {("unknown unit", "act"): 2}


def test_a_recipient_has_a_mean_and_a_busiest_day() -> None:
    found = to_json(tally(sent(notice()), sent(notice("a2")), sent(notice("a3"), days=2)))
    assert found["recipients"] == [{"recipient": "secretary", "messages": 3.0, "a_day": 0.43, "busiest_day": 2.0}]


def test_tiers_are_shown_from_mild_to_grave() -> None:
    found = tally(sent(notice(tier="passed")), sent(notice(tier="act")), sent(notice()))
    assert [row["tier"] for row in to_json(found)["items"]] == ["plan", "act", "passed"]


def test_the_difference_is_what_the_other_has_more() -> None:
    ours, theirs = tally(sent(notice())), tally(sent(notice()), sent(notice("a2", tier="act"), to="lead"))
    found = difference_json(ours, theirs)
    assert found["recipients"] == [{"recipient": "lead", "messages": 1.0, "a_day": 0.14, "busiest_day": 1.0}]


def test_the_same_run_twice_differs_in_nothing() -> None:
    pairs = zip(sections(tally(sent(notice()))), sections(tally(sent(notice()))), strict=True)
    assert not any(difference(here, there).rows for here, there in pairs)


def record(to: str | None, at: str = "2026-02-02T09:00:00Z") -> dict[str, Any]:
    return {"alert_id": "a1", "transition_id": "t1", "kind": "raised", "to": to, "at": at}


def department(minutes: float | None, *records: dict[str, Any]) -> Department:
    found = Department(rules().times, minutes)
    found.hear(records)
    found.read([sent(notice(), days=0), sent(notice(), to="lead", hours=1)])
    return found


def test_whoever_is_told_first_acknowledges_after_working_time() -> None:
    acting = department(480, record("plan"))  # told at 10 on Monday: the eighth working hour is over at 10 on Tuesday
    assert acting.next_moment == MONDAY + timedelta(days=1)
    assert [each["actor"] for each in acting.acknowledged(MONDAY + timedelta(days=2))] == ["secretary"]


def test_what_holds_no_more_is_not_acknowledged() -> None:
    moved = record("act", "2026-02-02T10:00:00Z")
    assert department(60, record("plan"), moved).acknowledged(MONDAY + timedelta(days=1)) == []


def test_nobody_acknowledges_unless_it_is_asked_for() -> None:
    assert department(None, record("plan")).next_moment is None
