"""What has come due waits for its tick: no record that moves no clock decides it before older events are read."""

from typing import Any

import msgspec
import pytest

from stream.clock import FixedClock, format_moment
from stream.worker.folded import Folded
from stream.worker.folding import Folder
from stream.worker.names import FACTS, TICKS
from stream.worker.partition import partition_of
from stream.worker.quarantine import Item
from stream.worker.rows import EngineRows
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.law.build import moment

PATIENT = b"pt-1"
NUMBER = partition_of(PATIENT, 12)
CONSENT = kept(event("consent-given", "2026-02-02", id="c", line="initial", modality="surgery"))
KNOWN = ENGINE.fact(None, CONSENT, moment("2026-02-02T13:00")).row
LATER = moment("2026-02-13T08:00")
NAME = {"command_id": "r", "at": format_moment(LATER), "patient": "pt-1", "source": "urn:x", "id": "1"}


def told(ledger: Any) -> list[tuple[str, str | None]]:
    return [(each["to"], each["cause"].get("due")) for each in ledger]


@pytest.mark.parametrize("kinds", [["refused"], ["refused", "dismiss"]])
def test_a_refused_event_and_its_dismissal_decide_nothing_that_has_come_due(kinds: list[str]) -> None:
    row, ledger = KNOWN, ()
    for kind in kinds:
        result = ENGINE.command(row, NAME | {"kind": kind, "command_id": kind}, LATER)
        assert {message["incomplete"] for message in result.clocks} == {kind == "refused"}
        row, ledger = result.row, (*ledger, *result.ledger)
    assert (ledger, row.next_due) == ((), KNOWN.next_due)
    assert told(ENGINE.tick(row, LATER).ledger) == told(ENGINE.tick(KNOWN, LATER).ledger) != []


def fold(at: str, stored: Folded | None, item: tuple[str, bytes]) -> Folded:
    folder = Folder(ENGINE, EngineRows(), FixedClock(moment(at)), 12)
    mark = None if stored is None or stored.mark is None else stored.mark.encode()
    data = KNOWN.encode() if stored is None else stored.data
    return folder.fold(PATIENT, NUMBER, (data, mark), [Item(item[0], NUMBER, 0, item[1])])


def test_a_tick_of_a_quarantined_patient_decides_no_more_than_that_of_another() -> None:
    assert KNOWN.next_due is not None
    upto = format_moment(moment("2026-02-05T10:00"))
    tick = {"patient": "pt-1", "due": format_moment(KNOWN.next_due), "upto": upto, "unverified": False}
    marked = fold("2026-02-02T14:00", None, (FACTS, b"junk"))
    ticks = [fold("2026-02-13T08:00", stored, (TICKS, msgspec.json.encode(tick))) for stored in (None, marked)]
    ledgers = [told(map(msgspec.json.decode, folded.ledger)) for folded in ticks]
    assert marked.mark is not None
    assert ledgers[0] == ledgers[1] == [("plan", format_moment(KNOWN.next_due))]
