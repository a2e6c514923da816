"""Leading signs of the department, as a round would have left them."""

from datetime import date

import msgspec

from api.projection.keys import Store
from api.projection.sign_figures import Round
from stream.signs import Sign
from tests.web.department import AARHUS, HERLEV, NOWHERE

WISH = {"wished": 12, "closed": 100, "past_wished": 3, "past_closed": 400}


def sign(name: str, clock_id: str, **changes: object) -> Sign:
    """A sign at a clock of the department."""
    given = {"right": "cancer.treatment", "unit": AARHUS, "since": date(2026, 1, 20), "detail": {"working_days": 9}}
    there = {"name": name, "pathway": f"pw-{clock_id}", "clock_id": clock_id, "owner": "department"}
    return Sign(**there | given | changes)


SIGNS = [
    sign("consent_without_date", "treat"),
    sign("no_event", "treat", since=date(2026, 1, 15), detail={"days": 18}),
    sign("no_event", "workup", right="cancer.workup", unit=HERLEV, detail={"days": 13}),
    sign("no_event", "done", detail={"days": 13}),
]
LATE = sign("late_offer_unanswered", "late", unit=NOWHERE, since=date(2026, 1, 30), detail={"offered": "2026-02-12"})


async def stand(department: Store, *further: Sign) -> None:
    """Put signs at three clocks (one is closed) and of a unit into the read model, and `further` ones."""
    redis, keys = department.redis, department.keys
    await redis.hset(keys.signs, "k1:pt-1", msgspec.json.encode([*SIGNS, *further]))
    unit = Sign("patient_wish_rising", None, None, None, HERLEV, date(2025, 12, 1), "hospital", WISH)
    await redis.set(keys.unit_signs, msgspec.json.encode([unit]))
    looked = Round("2026-11-01T00:00:00Z", "2026-02-02T09:00:00Z", (), 0)
    await redis.set(keys.signs_round, msgspec.json.encode(looked))
