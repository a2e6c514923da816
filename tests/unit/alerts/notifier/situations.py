"""A policy with people, and situations in which somebody may have to be told."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from alerts.notifier.draft import Draft, Pending, Situation, Why, WhyNot, Word
from alerts.notifier.planner import Rules
from alerts.notifier.planning import Plan, plan
from alerts.notifier.watched import Watched
from alerts.policy import Policy

PEOPLE: Final = """\
version = "1"
silent_after_days = 30
late_after_seconds = 60
[owners]
plan = ["department"]
act = ["department_lead"]
refer = ["hospital", "region"]
escalate = ["region", "specialist_unit"]
passed = ["department_lead", "region"]
[recipients]
secretary = { mail = "secretary@ward.example" }
lead = { mail = "lead@ward.example", language = "en" }
clinic = { mail = "clinic@hospital.example" }
watchman = { mail = "watchman@region.example" }
anna = { mail = "anna@ward.example" }
berit = { mail = "berit@ward.example", deputy = "anna", away = [{ from = 2026-02-01, to = 2026-02-28 }] }
keeper = { mail = "keeper@archive.example" }
[[routes]]
role = "department"
to = ["secretary"]
[[routes]]
role = "department_lead"
to = ["lead"]
[[routes]]
role = "hospital"
to = ["clinic"]
[[routes]]
role = "region"
to = ["watchman"]
[hand_over]
plan = 480
act = 240
refer = 120
escalate = 60
passed = 60
[quiet_hours]
from = "16:00"
to = "07:00"
days_off = true
tiers = ["plan", "act", "refer"]
[digest]
tiers = ["plan"]
at = "07:30"
[[thresholds]]
rights = ["*"]
plan = 7
act = 5
refer = 3
escalate = 1
"""

KEPT: Final = PEOPLE + '[heads]\nto = ["keeper"]\n'
"""The same, and somebody keeps the daily heads."""

MONDAY: Final = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, 10:00 in Denmark."""
NIGHT: Final = datetime(2026, 2, 2, 22, 0, tzinfo=UTC)
MORNING: Final = datetime(2026, 2, 3, 6, 0, tzinfo=UTC)
"""When it is quiet no more."""


def rules(text: str = PEOPLE) -> Rules:
    return Rules.of(Policy.parse(text), lambda _: True)


def alert(tier: str | None = "act", **changes: Any) -> Watched:
    values: dict[str, Any] = {
        "alert_id": "a1",
        "clock_id": "c1",
        "unit": "u1",
        "region": "r1",
        "right": "cancer.workup",
        "tier": tier,
        "status": "open",
        "silent": False,
        "reason": "staffed_days_left",
        "late": False,
        "unverified": False,
        "since": MONDAY,
    }
    return Watched(**values | changes)


def planned(
    news: str,
    at: Watched,
    *,
    words: Mapping[str, Word] | None = None,
    pending: Iterable[Pending] = (),
    now: datetime = MONDAY,
    text: str = PEOPLE,
    step: int = 0,
    to: str | None = None,
    why: Why = Why.ROLE,
) -> Plan:
    found = rules(text)
    situation = Situation(at, news, "t1", now, found.policy, found.times, words or {}, tuple(pending), step, to, why)
    return plan(situation)


def told(found: Plan) -> dict[str, str]:
    """Who is told, and why."""
    return {draft.name: str(draft.why) for draft in found.drafts if draft.stands}


def left_out(found: Plan) -> dict[str, WhyNot | None]:
    """Who is not told, and why."""
    return {draft.name: draft.why_not for draft in found.drafts if not draft.stands}


def only(found: Plan) -> Draft:
    """The one draft that stands."""
    (draft,) = [draft for draft in found.drafts if draft.stands]
    return draft


def without(role: str) -> str:
    """The policy where nobody has a role."""
    return PEOPLE.replace(f'role = "{role}"\n', 'role = "specialist_unit"\nunits = ["nowhere"]\n')
