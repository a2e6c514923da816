"""A handful of hand-written clocks as they stood on Monday 2 February 2026 at 10, and the site that shows them."""

from datetime import UTC, datetime, timedelta

from alerts.commands import Command
from api.deps import ApiSettings, Deps
from api.projection.app import SignRules
from api.projection.as_of import AsOf
from api.projection.keys import Store
from api.projection.projector import Projector
from stream.clock import FixedClock
from stream.signs import Looker, SignSettings
from stream.worker.intake import Raw
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS
from tests.unit.engine.events import ENGINE
from tests.web.samples import MemoryLog, clock, closed, fact, pathway, progress, transition

SIGN_RULES = SignRules(Looker(ENGINE.rulebook, ENGINE.calendar, SignSettings.load()), ENGINE.units)
NOW = datetime(2026, 2, 2, 9, 0, 5, tzinfo=UTC)
AS_OF = "2026-02-02T09:00:00Z"
AARHUS, HERLEV, NOWHERE = "440781000016009", "99061000016007", "123456000016001"

CLOCKS_THERE = {
    "treat": clock("treat", pathway="pw-treat"),
    "workup": clock(
        "workup", pathway="pw-workup", right="cancer.workup", binding="referral", unit=HERLEV, package=None,
        started_on="2026-01-16", deadline="2026-01-30", nominal_deadline="2026-01-30", target="2026-01-30",
        state="overdue", tier="passed", reason="deadline_passed",
    ),
    "heart": clock(
        "heart", pathway="pw-heart", right="heart.post_mi", condition="post_mi", package=None, deadline="2026-02-11",
        nominal_deadline="2026-02-11", target="2026-02-11", tier="plan",
    ),
    "inform": clock(
        "inform", pathway="pw-treat", right="information.referral", binding=None, deadline="2026-02-10",
        nominal_deadline="2026-02-10", target="2026-02-10", tier=None, reason="time_enough", day_unit="working",
    ),
    "late": clock(
        "late", pathway="pw-late", unit=NOWHERE, deadline="2026-02-05", nominal_deadline="2026-02-05",
        target="2026-02-05", tier="refer", offered_date="2026-02-12", late_offer=True, reason="late_offer",
        incomplete=True,
    ),
    "done": closed("done", pathway="pw-done"),
}  # fmt: skip


def write(log: MemoryLog) -> None:
    """Write the department to the topics."""
    for name in sorted({each["pathway"] for each in CLOCKS_THERE.values()}):
        held = [each for each in CLOCKS_THERE.values() if each["pathway"] == name]
        log.write(CLOCKS, pathway(*held, name=name), key=name.encode())
    log.write(FACTS, fact("e1", subject="pw-treat"))
    of_treat = {"clock_id": "treat", "pathway": "pw-treat"}
    log.write(ALERTS, transition("t1", to="plan", at="2026-01-29T23:00:00Z", **of_treat))
    log.write(ALERTS, transition("t2", kind="changed", to="act", **{"from": "plan"}, **of_treat))
    log.write(ALERTS, transition("t3", alert_id="a2", clock_id="workup", pathway="pw-workup", unit=HERLEV, to="passed"))
    log.write(ALERTS, transition("t4", alert_id="a3", clock_id="done", pathway="pw-done"))
    log.write(ALERTS, transition("t5", alert_id="a3", clock_id="done", kind="closed", to=None, reason="closed"))
    log.write(PROGRESS, progress(0, AS_OF), key=b"0")


async def fill(projector: Projector, as_of: AsOf) -> None:
    """Bring the read model up to date."""
    await projector.fill()
    await as_of.look()


class Post:
    """Stands where the log is: keeps what was sent and answers as it is told."""

    def __init__(self) -> None:
        self.sent: list[Raw] = []
        self.commands: list[Command] = []
        self.error: Exception | None = None
        self.results: list[dict[str, object]] = [{"status": "accepted", "source": "urn:test", "id": "e1", "marks": []}]

    async def __call__(self, raw: Raw) -> list[dict[str, object]]:
        self.sent.append(raw)
        if self.error is not None:
            raise self.error
        return self.results

    async def command(self, command: Command) -> None:
        self.commands.append(command)
        if self.error is not None:
            raise self.error


def deps(department: Store, post: Post, **changes: object) -> Deps:
    """Return what the site is given."""
    given = {
        "store": department,
        "clock": FixedClock(NOW),
        "rulebook": ENGINE.rulebook,
        "calendar": ENGINE.calendar,
        "units": ENGINE.units,
        "publish": post,
        "command": post.command,
        "thresholds": ENGINE.policy.thresholds,
        "settings": ApiSettings(max_lag=timedelta(seconds=60)),
    }
    return Deps(**(given | changes))
