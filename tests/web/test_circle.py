"""From a command over HTTP to its answer: asked here, decided by the worker, told by the ledger, read again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.projection.keys import Store
from stream.worker.names import ACTIONS, ALERTS, FACTS
from tests.web.circle import NOW, Circle, circle
from tests.web.samples import event
from tests.web.test_projector_app import until

pytestmark = pytest.mark.redis


@pytest.fixture
async def here(tmp_path: Path, store: Store) -> AsyncIterator[Circle]:
    async with circle(tmp_path, store) as made:
        await made.consent()
        yield made


def at(**later: float) -> str:
    return (NOW + timedelta(**later)).isoformat()


async def test_who_takes_an_alert_is_answered_and_stands_on_it(here: Circle) -> None:
    answer = await here.asked("acknowledge", seen_tier="act")
    alert = await here.alert()
    assert (answer["status"], answer["kind"], answer["actor"]) == ("accepted", "acknowledged", "AB")
    assert (alert["owner"], alert["acknowledged"], alert["is_acknowledged"]) == ("AB", "act", True)


@pytest.mark.parametrize(
    ("what", "body", "reason"),
    [
        ("snooze", {"until": at(hours=2), "reason": "waiting_for_patient"}, "waiting_for_patient"),
        ("note", {"reason": "patient_contacted"}, "patient_contacted"),
        ("rung", {"to": "region", "concrete": True, "answer": "declined"}, "duty_to_act"),
        ("registration-error", {"reason": "wrong_date"}, "registration_error"),
        ("hand-over", {"to": "CD"}, "handed_over"),
        ("watch", {}, "watched"),
        ("unwatch", {}, "unwatched"),
    ],
)
async def test_every_command_is_decided_and_answered(
    here: Circle, what: str, body: dict[str, Any], reason: str
) -> None:
    answer = await here.asked(what, **body)
    assert (answer["status"], answer["reason"]) == ("accepted", reason)


async def test_a_snooze_past_the_next_tier_is_refused_and_says_until_when_it_may_rest(here: Circle) -> None:
    answer = await here.asked("snooze", until=at(days=5), reason="other")
    assert (answer["status"], answer["reason"]) == ("refused", "past_next_tier")
    assert answer["detail"] == {"latest": "2026-02-03T23:00:00Z", "command": "snooze"}
    assert answer["text"]["en"].endswith("Choose an earlier time.")


async def test_of_two_who_want_the_same_alert_the_second_is_told_who_has_it(here: Circle) -> None:
    await here.asked("acknowledge")
    answer = await here.asked("acknowledge", actor="CD")
    assert (answer["reason"], answer["detail"]["owner"]) == ("acknowledged_by_another", "AB")
    assert (await here.alert())["owner"] == "AB"


async def test_who_saw_a_milder_tier_is_told_that_it_moved(here: Circle) -> None:
    here.clock.moment = NOW + timedelta(days=2)
    await here.stack.settle()
    answer = await here.asked("acknowledge", seen_tier="act")
    assert (answer["reason"], answer["detail"]["tier"]) == ("tier_moved", "refer")


async def test_a_key_that_comes_again_is_one_command(here: Circle) -> None:
    for _ in range(3):
        await here.ask("rung", key="k-1", to="region")
    await here.answer("k-1")
    await here.ask("rung", key="k-1", to="region")
    await here.stack.settle()
    rungs = [each for each in await here.stack.read(ALERTS) if each["kind"] == "rung"]
    assert len(rungs) == len((await here.alert())["rungs"]) == 1


async def test_a_key_used_for_something_else_is_refused_also_after_the_answer(here: Circle) -> None:
    await here.asked("watch", key="k-1")
    again = await here.ask("unwatch", key="k-1")
    assert (again.status_code, again.json()["type"]) == (409, "urn:fristvagt:problem:key_used")


async def test_a_command_that_was_lost_on_its_way_is_sent_again_under_its_key(here: Circle) -> None:
    taken = await here.ask("acknowledge", key="k-1")
    await here.answer("k-1")
    await here.store.redis.delete(here.store.keys.command("k-1"))  # as if the worker had not got it yet
    again = await here.ask("acknowledge", key="k-1")
    assert (taken.json(), again.status_code) == (again.json(), 202)
    assert [each["command_id"] for each in await here.stack.read(ACTIONS)] == ["k-1", "k-1"]


async def test_the_text_of_a_note_stays_out_of_the_log(here: Circle) -> None:
    answer = await here.asked("note", reason="other", text="Ringer igen torsdag")
    assert [(each.text, each.patient) for each in here.notebook.kept] == [("Ringer igen torsdag", "k1:pt-1")]
    assert answer["detail"] == {"text_id": f"{1:064x}"}
    assert b"torsdag" not in b"".join([record.value or b"" for record in await here.stack.records(ACTIONS)])


async def test_an_offered_date_is_a_fact_of_ours_and_calms_the_clock(here: Circle) -> None:
    offer = {"actor": "AB", "for": "treatment", "offered_date": "2026-02-06", "place": "own", "concrete": True}
    taken = await here.http.post("/v1/pathways/pw-1/offers", json=offer, headers={"Idempotency-Key": "o-1"})
    assert taken.json() == {
        "command_id": "o-1",
        "status": "accepted",
        "event": {"source": "urn:fristvagt:api", "id": "o-1"},
    }
    assert (await here.http.get("/v1/commands/o-1")).json()["status"] == "accepted"
    await until(lambda: has_no_tier(here))


async def test_the_page_says_why_a_date_abroad_was_declined(here: Circle) -> None:
    offer = {"actor": "AB", "for": "treatment", "offered_date": "2026-02-06", "place": "abroad", "concrete": True}
    await here.http.post("/v1/pathways/pw-1/offers", json=offer, headers={"Idempotency-Key": "o-1"})
    said = {"offer": "o-1", "offer_source": "urn:fristvagt:api", "answer": "declined", "reason": "distance"}
    told = event("e2", "offer-answered", at=NOW.isoformat(), data=said | {"documented": True})
    assert (await here.http.post("/v1/events", json=told)).json()["accepted"] == 1
    clock_id = (await here.alert())["clock_id"]

    async def is_told() -> bool:
        text = (await here.http.get(f"/frist/{clock_id}")).text
        return "<td>Udlandet</td>" in text and "Afslået, dokumenteret" in text and "Afstanden" in text

    await until(is_told)


async def has_no_tier(here: Circle) -> bool:
    return (await here.alert())["tier"] is None


async def test_an_offer_sent_twice_under_one_key_is_one_fact(here: Circle) -> None:
    offer = {"actor": "AB", "for": "treatment", "offered_date": "2026-02-06", "place": "own", "concrete": True}
    for _ in range(2):
        await here.http.post("/v1/pathways/pw-1/offers", json=offer, headers={"Idempotency-Key": "o-1"})
    assert [each["source"] for each in await here.stack.read(FACTS)].count("urn:fristvagt:api") == 1


async def test_after_a_hand_over_the_other_one_can_take_it(here: Circle) -> None:
    await here.asked("acknowledge")
    await here.asked("hand-over", to="CD")
    assert ((await here.alert())["owner"], (await here.alert())["is_acknowledged"]) == ("CD", False)
    assert (await here.asked("acknowledge", actor="CD"))["status"] == "accepted"
