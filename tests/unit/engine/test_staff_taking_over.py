"""Promises of when an alert has to be acknowledged by somebody else than who did so before."""

from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.engine.test_staff import RAISED, acts, answer, done, snooze
from tests.unit.law.build import SOURCE, moment


def test_when_a_snooze_has_ended_whoever_takes_over_may_acknowledge() -> None:
    row = done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-06T08:00")).row
    ended = ENGINE.tick(row, moment("2026-02-06T08:00")).row
    assert (acts(ended).owner, acts(ended).acknowledged) == ("hk", None)
    assert answer(done(ended, "acknowledge", "2026-02-06T13:00", actor="lead")) == ("acknowledged", "acknowledged")


def test_at_another_unit_nobody_has_acknowledged() -> None:
    row = done(RAISED, "acknowledge", "2026-02-05").row
    transfer = event("unit-transferred", "2026-02-06", to_unit="99061000016007")
    result = ENGINE.fact(row, kept(transfer), moment("2026-02-06"))
    (record,) = result.ledger
    assert (record["kind"], record["from"], record["to"], record["reason"]) == (
        "changed",
        "plan",
        "plan",
        "unit_changed",
    )
    assert (record["unit"], record["cause"]) == ("99061000016007", {"fact": {"source": SOURCE, "id": transfer["id"]}})
    assert (acts(result.row).owner, acts(result.row).acknowledged) == (None, None)
