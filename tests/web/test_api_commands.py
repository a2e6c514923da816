"""Commands and offers over HTTP, up to the log: what is taken, what is turned away, and what is remembered of it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import msgspec
import pytest

from alerts.commands import Note, Snooze
from api.problems import unavailable
from api.projection.keys import ANSWER_KEPT, Store
from stream.worker.transport import SendError
from tests.web.circle import Notebook
from tests.web.department import NOW, Post

pytestmark = pytest.mark.redis

OpenSite = Callable[..., httpx.AsyncClient]
CPR = "010190-1234"
OFFER = {"actor": "AB", "for": "treatment", "offered_date": "2026-02-06", "place": "own", "concrete": True}
NOTE = {"actor": "AB", "reason": "other"}


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def noting(open_site: OpenSite, notebook: Notebook) -> AsyncIterator[httpx.AsyncClient]:
    """A site that keeps the text of notes."""
    async with open_site(keep_note=notebook) as client:
        yield client


async def ask(
    site: httpx.AsyncClient, what: str = "acknowledge", key: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await site.post(f"/v1/alerts/a1/{what}", json={"actor": "AB"} | body, headers=headers)


async def state(site: httpx.AsyncClient, command_id: str) -> Any:
    answer = await site.get(f"/v1/commands/{command_id}")
    return answer.json().get("status", answer.status_code) if answer.status_code == 200 else answer.status_code


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def test_a_command_is_taken_for_its_patient_at_the_moment_of_the_clock(
    site: httpx.AsyncClient, post: Post
) -> None:
    answer = await ask(site, "snooze", until="2026-02-02T12:00:00+01:00", reason="waiting_for_patient", seen_tier="act")
    (command,) = post.commands
    assert (answer.status_code, answer.json()) == (202, {"command_id": command.command_id, "status": "pending"})
    assert isinstance(command, Snooze)
    assert (command.patient, command.alert_id, command.at, command.seen_tier) == ("k1:pt-1", "a1", NOW, "act")


async def test_a_command_on_its_way_is_pending_and_one_never_taken_is_unknown(site: httpx.AsyncClient) -> None:
    await ask(site, key="k-1")
    assert [await state(site, "k-1"), await state(site, "k-2")] == ["pending", 404]


async def test_each_command_without_a_key_is_one_of_its_own(site: httpx.AsyncClient, post: Post) -> None:
    await ask(site)
    await ask(site)
    assert len({each.command_id for each in post.commands}) == 2


async def test_an_unknown_alert_is_a_problem_and_nothing_is_sent(site: httpx.AsyncClient, post: Post) -> None:
    answer = await site.post("/v1/alerts/nobody/acknowledge", json={"actor": "AB"}, headers={"Idempotency-Key": "k"})
    assert problem(answer) == (404, "not_found")
    assert (post.commands, await state(site, "k")) == ([], 404)


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "a/b", CPR])
async def test_a_key_is_short_plain_and_no_cpr_number(site: httpx.AsyncClient, post: Post, key: str) -> None:
    answer = await site.post("/v1/alerts/a1/watch", json={"actor": "AB"}, headers={"Idempotency-Key": key})
    assert problem(answer) == (422, "fields")
    assert (CPR in answer.text, post.commands) == (False, [])


async def test_the_same_key_with_the_same_content_gets_the_same_answer(site: httpx.AsyncClient) -> None:
    first, again = await ask(site, key="k-1"), await ask(site, key="k-1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())


@pytest.mark.parametrize("change", [{"actor": "CD"}, {"seen_tier": "act"}])
async def test_the_same_key_with_other_content_is_a_conflict(
    site: httpx.AsyncClient, post: Post, change: dict[str, str]
) -> None:
    await ask(site, key="k-1")
    assert problem(await ask(site, key="k-1", **change)) == (409, "key_used")
    assert len(post.commands) == 1


async def test_the_same_key_for_another_alert_is_a_conflict(site: httpx.AsyncClient) -> None:
    await ask(site, key="k-1")
    other = await site.post("/v1/alerts/a2/acknowledge", json={"actor": "AB"}, headers={"Idempotency-Key": "k-1"})
    assert problem(other) == (409, "key_used")


async def test_a_log_that_is_away_is_said_so_and_the_key_is_free_again(site: httpx.AsyncClient, post: Post) -> None:
    post.error = SendError("away")
    assert problem(await ask(site, key="k-1")) == (503, "unavailable")
    assert await state(site, "k-1") == 404
    post.error = None
    assert (await ask(site, key="k-1", actor="CD")).status_code == 202


async def test_what_is_remembered_of_a_command_holds_nothing_of_it_and_goes(
    noting: httpx.AsyncClient, department: Store
) -> None:
    await ask(noting, "note", key="k-1", actor="Anna", reason="other", text="Ringer igen torsdag")
    kept = department.keys.sent("k-1")
    value = await department.redis.get(kept)
    assert msgspec.json.decode(value).keys() == {"at", "salt", "digest", "event"}
    assert not any(word in value for word in (b"Anna", b"torsdag", b"k1:pt-1"))
    left = await department.redis.ttl(kept)
    assert ANSWER_KEPT.total_seconds() - 120 < left <= ANSWER_KEPT.total_seconds()


async def test_what_is_remembered_stands_outside_of_what_the_projector_clears(
    site: httpx.AsyncClient, department: Store
) -> None:
    await ask(site, key="k-1")
    await department.redis.delete(*[key async for key in department.redis.scan_iter(match=department.keys.name("*"))])
    assert await state(site, "k-1") == "pending"


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("acknowledge", {"actor": CPR}, "body.actor"),
        ("hand-over", {"to": f"Anna {CPR}"}, "body.to"),
        ("note", {"reason": "other", "text": f"om {CPR}"}, "body.text"),
        ("registration-error", {"reason": "other", "text": CPR}, "body.text"),
    ],
)
async def test_a_cpr_number_is_refused_by_the_name_of_its_field_and_never_repeated(
    noting: httpx.AsyncClient, post: Post, what: str, body: dict[str, str], field: str
) -> None:
    answer = await ask(noting, what, **body)
    assert problem(answer) == (422, "fields")
    assert [each["field"] for each in answer.json()["fields"]] == [field]
    assert (CPR in answer.text, post.commands) == (False, [])


async def test_a_cpr_number_as_a_name_of_a_field_is_not_repeated_either(site: httpx.AsyncClient) -> None:
    answer = await ask(site, **{CPR: "x"})
    assert (problem(answer), CPR in answer.text) == ((422, "fields"), False)


async def test_a_note_travels_by_its_id(noting: httpx.AsyncClient, post: Post, notebook: Notebook) -> None:
    await ask(noting, "note", key="k-1", reason="other", text="Ringer igen")
    (command,) = post.commands
    (writing,) = notebook.kept
    assert isinstance(command, Note)
    assert command.text_id == f"{1:064x}"
    assert (writing.command_id, writing.patient, writing.actor, writing.at) == ("k-1", "k1:pt-1", "AB", NOW)


async def test_where_no_notes_are_kept_a_text_is_refused_and_a_reason_is_taken(
    site: httpx.AsyncClient, post: Post
) -> None:
    refused = await ask(site, "note", reason="other", text="Ringer igen")
    assert problem(refused) == (503, "no_notes")
    assert (await ask(site, "note", reason="other", text="  ")).status_code == 202
    assert [getattr(each, "text_id", "") for each in post.commands] == [None]


async def test_a_note_that_cannot_be_kept_now_stops_its_command(open_site: OpenSite, post: Post) -> None:
    async def away(_: Any) -> str:
        raise unavailable("The place for notes")

    async with open_site(keep_note=away) as site:
        assert problem(await ask(site, "note", key="k-1", reason="other", text="Ringer igen")) == (503, "unavailable")
        assert (post.commands, await state(site, "k-1")) == ([], 404)


# -- offers


async def offer(site: httpx.AsyncClient, pathway: str = "pw-treat", key: str = "o-1", **changes: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await site.post(f"/v1/pathways/{pathway}/offers", json=OFFER | changes, headers=headers)


async def test_an_offer_becomes_an_event_of_ours_for_the_pathways_patient(site: httpx.AsyncClient, post: Post) -> None:
    answer = await offer(site, unit="440781000016009")
    event = msgspec.json.decode(post.sent[0].value or b"")
    assert answer.status_code == 202
    assert (event["source"], event["id"], event["type"]) == ("urn:fristvagt:api", "o-1", "dk.fristvagt.date-offered.v1")
    assert (event["subject"], event["partitionkey"]) == ("pw-treat", "k1:pt-1")
    assert event["data"] == {
        "occurred_at": "2026-02-02T09:00:05Z",
        "for": "treatment",
        "offered_date": "2026-02-06",
        "place": "own",
        "concrete": True,
        "unit": "440781000016009",
    }


async def test_an_offer_is_accepted_as_soon_as_intake_accepted_it(site: httpx.AsyncClient) -> None:
    await offer(site)
    found = (await site.get("/v1/commands/o-1")).json()
    assert (found["status"], found["event"]) == ("accepted", {"source": "urn:fristvagt:api", "id": "o-1"})
    assert found["text"]["da"].startswith("Den tilbudte dato er registreret.")


async def test_an_offer_for_a_pathway_that_nobody_knows_is_a_problem(site: httpx.AsyncClient, post: Post) -> None:
    assert problem(await offer(site, "pw-nobody")) == (404, "not_found")
    assert post.sent == []


async def test_an_offer_for_a_reference_that_two_patients_share_is_for_neither(
    site: httpx.AsyncClient, department: Store, post: Post
) -> None:
    one = msgspec.json.decode(await department.redis.hget(department.keys.pathways, "pw-treat"))
    others = msgspec.json.encode([one | {"patient": "k1:pt-2"}])
    await department.redis.hset(department.keys.shared, "pw-treat", others)
    assert problem(await offer(site)) == (409, "shared_pathway")
    assert post.sent == []


async def test_an_offer_that_intake_refuses_says_why_and_leaves_the_key_free(
    site: httpx.AsyncClient, post: Post
) -> None:
    post.results = [{"status": "refused", "source": None, "id": None, "reason": "cpr_number", "hint": "Leave it out."}]
    answer = await offer(site)
    assert (problem(answer), answer.json()["detail"]) == ((422, "cpr_number"), "Leave it out.")
    assert await state(site, "o-1") == 404


async def test_an_offer_under_one_key_is_one_event_and_another_offer_a_conflict(
    site: httpx.AsyncClient, post: Post
) -> None:
    first, again, other = await offer(site), await offer(site), await offer(site, place="private")
    assert first.json() == again.json()
    assert problem(other) == (409, "key_used")
    assert len(post.sent) == 1


async def test_an_offer_that_could_not_be_stored_is_the_same_event_when_it_comes_again(
    site: httpx.AsyncClient, post: Post
) -> None:
    post.error = SendError("away")
    assert problem(await offer(site)) == (503, "unavailable")
    post.error = None
    await offer(site)
    assert post.sent[0].value == post.sent[1].value


async def test_the_document_names_every_path_of_the_contract(site: httpx.AsyncClient) -> None:
    paths = (await site.get("/openapi.json")).json()["paths"]
    acts = ("acknowledge", "snooze", "note", "rung", "registration-error", "hand-over", "watch", "unwatch")
    assert {f"/v1/alerts/{{alert_id}}/{act}" for act in acts} <= paths.keys()
    assert {"/v1/commands/{command_id}", "/v1/pathways/{pathway}/offers"} <= paths.keys()
