"""One example patient for every tier, so that the worklist shows all of them whatever the day of the year."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from deploy.demo.feed import Item
from stream.clock import format_moment
from stream.engine import Engine
from stream.facts.parse import parse_event
from stream.replay import Line, Replay
from stream.simulate import line

SOURCE: Final = "urn:fristvagt:demo:examples"
DAYS_BACK: Final = 30


def examples(engine: Engine, start: datetime) -> Iterator[Item]:
    """Give the referral of one patient a tier: the earliest day before `start` on which it leads to that tier."""
    found: set[str] = set()
    for days in range(1, DAYS_BACK):
        referred = start - timedelta(days=days)
        event = line(_referral(engine, referred, days)).encode()
        tier = tier_at(engine, event, start)
        if tier is not None and tier not in found:
            found.add(tier)
            yield Item(referred, event)


def tier_at(engine: Engine, event: bytes, at: datetime) -> str | None:
    """Return the tier of the treatment's clock of a patient of whom only this event is known."""
    replay = Replay(engine, at)
    replay.take(Line(1, parse_event(event)))
    rights = {clock["clock_id"]: clock["right"] for clock in replay.clocks()}
    tiers = [alert["tier"] for alert in replay.alerts() if not rights[alert["clock_id"]].startswith("information.")]
    return tiers[0] if tiers else None


def _referral(engine: Engine, at: datetime, number: int) -> dict[str, Any]:
    unit = min(engine.units)
    return {
        "specversion": "1.0",
        "id": f"example-{number}",
        "source": SOURCE,
        "type": "dk.fristvagt.referral-received.v1",
        "subject": f"demo:example-{number}",
        "partitionkey": f"demo:example-{number}",
        "time": format_moment(at),
        "data": {"occurred_at": format_moment(at), "unit": unit, "purpose": "workup", "condition": "cancer"},
    }
