"""What can be done on a clock's page, as the server takes and renders it: complete without JavaScript."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
import pytest

from alerts.records.database import open_database
from api.deps import ApiSettings, Writing
from api.projection.alerts import Alert
from api.projection.keys import Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Projector
from api.reading.reader import Reader
from deploy.notes import Notes
from stream.worker.names import ALERTS
from stream.worker.transport import SendError
from tests.web.circle import Notebook
from tests.web.department import NOW, Post
from tests.web.samples import MemoryLog, act
from tests.web.test_pages import order, page

pytestmark = pytest.mark.redis

OpenSite = Callable[..., httpx.AsyncClient]
PATIENT = ApiSettings(answer_wait_seconds=0.0)


@pytest.fixture
async def here(open_site: OpenSite) -> AsyncIterator[httpx.AsyncClient]:
    """A site that waits for no answer and keeps the text of notes."""
    async with open_site(settings=PATIENT, keep_note=Notebook()) as client:
        yield client


@pytest.fixture
def told(department: Store, log: MemoryLog, registry: Any) -> Callable[..., Any]:
    """Have the ledger tell of an act upon the alert of `treat`."""

    async def tell(*acts: bytes) -> None:
        projector = Projector(department, log, ProjectorMetrics.create(type(registry)()))
        await projector.apply(ALERTS, 0, log.write(ALERTS, *acts))

    return tell


def did(kind: str, transition_id: str = "t20") -> bytes:
    """A record of what AB did about the alert of `treat`."""
    return act(kind, transition_id, clock_id="treat", pathway="pw-treat")


async def do(site: httpx.AsyncClient, what: str, clock_id: str = "treat", **fields: str) -> httpx.Response:
    return await site.post(f"/frist/{clock_id}/{what}", data={"initialer": "AB"} | fields)


async def test_an_open_alert_can_be_taken_with_one_button(here: httpx.AsyncClient) -> None:
    text = await page(here, "/frist/treat")
    assert "Hvad gør du?" in text
    assert re.search(r'<form class="fv-take" method="post" action="/frist/treat/tag">.*?Jeg tager den</button>', text)


@pytest.mark.parametrize("clock_id", ["done", "heart"])
async def test_where_there_is_no_open_alert_nothing_can_be_done(here: httpx.AsyncClient, clock_id: str) -> None:
    assert "<form" not in await page(here, f"/frist/{clock_id}")


async def test_taking_leads_back_to_the_page_and_remembers_who_it_was(here: httpx.AsyncClient, post: Post) -> None:
    answer = await do(here, "tag", initialer="Åse", set_varsel="act")
    (command,) = post.commands
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/frist/treat?kommando={command.command_id}#handling"
    assert (command.actor, command.seen_tier) == ("Åse", "act")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("initialer=%C3%85se", "HttpOnly", "Path=/", "SameSite=strict"))


async def test_who_acted_last_need_not_type_it_again(here: httpx.AsyncClient) -> None:
    await do(here, "tag", initialer="Åse")
    assert 'id="tag-initialer" name="initialer" value="Åse"' in await page(here, "/frist/treat")


@pytest.mark.parametrize("cookie", ["010190-1234", "%00", "x" * 100, "%E2%80%AE"])
async def test_a_strange_cookie_is_as_good_as_none(here: httpx.AsyncClient, cookie: str) -> None:
    here.cookies.set("initialer", cookie)
    assert 'id="tag-initialer" name="initialer" value=""' in await page(here, "/frist/treat")


async def test_until_it_is_answered_the_page_says_that_it_is_on_its_way(here: httpx.AsyncClient) -> None:
    answer = await do(here, "tag")
    text = await page(here, answer.headers["location"])
    command_id = answer.headers["location"].partition("kommando=")[2].removesuffix("#handling")
    assert "Sendt. Overvågningen svarer om lidt." in text
    assert f'hx-get="/kommando/{command_id}?frist=treat" hx-trigger="every 1s"' in text
    assert f'<a href="/frist/treat?kommando={command_id}&amp;igen=1#handling">Se, om svaret er kommet</a>' in text
    again = await page(here, f"/frist/treat?kommando={command_id}&igen=1")
    assert f'<a href="/frist/treat?kommando={command_id}#handling">Se, om svaret er kommet</a>' in again


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("acknowledged", ["alert-success", "Du har taget varslet."]),
        ("refused", ["alert-warning", "Det blev ikke gjort", "Varslet er nu: Handl."]),
    ],
)
async def test_the_answer_is_on_the_page_and_asks_no_further(
    here: httpx.AsyncClient, told: Callable[..., Any], log: MemoryLog, kind: str, words: list[str]
) -> None:
    log.written_at = 4e9
    await told(did(kind))
    text = await page(here, "/frist/treat?kommando=c-t20")
    assert all(word in text for word in words)
    assert "hx-get" not in text


async def test_the_part_that_asks_reads_the_page_again_once_it_is_answered(
    here: httpx.AsyncClient, told: Callable[..., Any], log: MemoryLog
) -> None:
    log.written_at = 4e9
    await told(did("acknowledged"))
    text = await page(here, "/kommando/c-t20?frist=treat")
    assert 'hx-get="/frist/treat?kommando=c-t20" hx-trigger="load" hx-select="#indhold"' in text


async def test_an_answer_that_comes_while_the_page_is_read_does_not_stand_beside_the_alert_of_before(
    here: httpx.AsyncClient, told: Callable[..., Any], log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.written_at = 4e9
    read = Reader.alerts_of

    async def and_then_it_is_taken(reader: Reader, clock_ids: Sequence[str]) -> dict[str, Alert]:
        alerts = await read(reader, clock_ids)
        await told(did("acknowledged"))
        return alerts

    with monkeypatch.context() as patched:
        patched.setattr(Reader, "alerts_of", and_then_it_is_taken)
        before = await page(here, "/frist/treat?kommando=c-t20")
    after = await page(here, "/frist/treat?kommando=c-t20")
    assert [("Du har taget varslet." in text, "tager sig af det" in text) for text in (before, after)] == [
        (False, False),
        (True, True),
    ]


async def test_an_answer_about_another_alert_is_not_shown(
    here: httpx.AsyncClient, told: Callable[..., Any], log: MemoryLog
) -> None:
    log.written_at = 4e9
    await told(did("acknowledged"))
    assert "Du har taget varslet." not in await page(here, "/frist/workup?kommando=c-t20")


async def test_a_command_that_nobody_knows_any_more_ends_the_asking(here: httpx.AsyncClient) -> None:
    text = await page(here, "/kommando/nothing?frist=treat")
    assert "Svaret kendes ikke længere." in text
    assert "hx-get" not in text


async def test_a_mistake_is_said_at_its_field_and_nothing_typed_is_lost(here: httpx.AsyncClient, post: Post) -> None:
    answer = await do(here, "notat", initialer="", tekst="Ringer igen\ni morgen", aarsag="patient_contacted")
    text = answer.text
    assert (answer.status_code, post.commands) == (422, [])
    assert 'aria-invalid="true" aria-describedby="fejl-notat-initialer"' in text
    assert "Ringer igen\ni morgen</textarea>" in text
    assert '<option value="patient_contacted" selected>' in text
    assert '<a href="#notat-initialer">Skriv dine initialer.</a>' in text


async def test_a_cpr_number_in_a_note_is_not_kept_nor_shown(here: httpx.AsyncClient, post: Post) -> None:
    answer = await do(here, "notat", aarsag="other", tekst="Ring til 010190-1234")
    assert (answer.status_code, post.commands, "010190-1234" in answer.text) == (422, [], False)
    assert "Ring til [CPR]</textarea>" in answer.text


async def test_a_snooze_is_chosen_from_what_the_worker_takes(here: httpx.AsyncClient, post: Post) -> None:
    text = await page(here, "/frist/treat")
    assert re.findall(r'name="indtil" value="([a-z-]+)"', text) == ["to-timer", "i-morgen", "naeste-trin"]
    assert (await do(here, "udsaet", indtil="i-morgen", aarsag="other")).status_code == 303
    assert str(getattr(post.commands[0], "until", "")) == "2026-02-03 07:00:00+00:00"


async def test_a_form_sent_twice_is_one_command_and_a_changed_one_another(here: httpx.AsyncClient, post: Post) -> None:
    key = "ab" * 16
    for initials in ("AB", "AB", "CD"):
        assert (await do(here, "tag", noegle=key, initialer=initials)).status_code == 303
    assert [each.command_id == key for each in post.commands] == [True, True, False]


async def test_what_cannot_be_sent_now_stays_on_the_page(here: httpx.AsyncClient, post: Post) -> None:
    post.error = SendError("away")
    answer = await do(here, "giv-videre", til="Camilla")
    assert answer.status_code == 503
    assert "Det kunne ikke sendes lige nu." in answer.text
    assert 'value="Camilla"' in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8000"}, 303),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"host": "evil.example"}, 421),
    ],
)
async def test_only_this_sites_own_forms_are_taken(
    here: httpx.AsyncClient, post: Post, headers: dict[str, str], status: int
) -> None:
    answer = await here.post("/frist/treat/tag", data={"initialer": "AB"}, headers=headers)
    assert (answer.status_code, len(post.commands)) == (status, int(status == 303))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"initialer": "AB"}', "application/json", 415),
        (b"initialer=AB", "multipart/form-data; boundary=x", 415),
        (b"initialer=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a%d=1" % number for number in range(100)), "application/x-www-form-urlencoded", 400),
        (b"initialer=\xff", "application/x-www-form-urlencoded", 400),
    ],
)
async def test_what_is_no_form_of_ours_is_turned_away(
    here: httpx.AsyncClient, post: Post, body: bytes, kind: str, status: int
) -> None:
    answer = await here.post("/frist/treat/tag", content=body, headers={"content-type": kind})
    assert (answer.status_code, post.commands) == (status, [])


@pytest.mark.parametrize("path", ["/frist/nobody/tag", "/frist/heart/tag", "/frist/treat/slet"])
async def test_what_cannot_be_done_is_not_there(here: httpx.AsyncClient, path: str) -> None:
    assert (await here.post(path, data={"initialer": "AB"})).status_code == 404


async def test_where_no_notes_are_kept_the_page_asks_for_none(open_site: OpenSite) -> None:
    async with open_site(settings=PATIENT) as site:
        assert "<textarea" not in await page(site, "/frist/treat")


async def test_who_has_taken_an_alert_is_on_its_page_and_in_the_list(
    here: httpx.AsyncClient, told: Callable[..., Any]
) -> None:
    await told(did("acknowledged"))
    text = await page(here, "/frist/treat")
    assert "<strong>AB</strong> tager sig af det" in text
    assert "Jeg tager den</button>" not in text
    assert re.search(r'#person"></use></svg>AB</span>', await page(here, "/?ret=cancer.treatment"))


async def test_the_history_tells_of_acts_and_refusals_in_danish(
    here: httpx.AsyncClient, told: Callable[..., Any]
) -> None:
    await told(did("rung"), did("refused", "t21"))
    text = await page(here, "/frist/treat")
    assert "Regionen, konkret dato og sted, patienten sagde nej (AB)" in text
    assert "Tag varslet: varslet var blevet mere alvorligt." in text


async def test_the_ladder_shows_what_was_tried(here: httpx.AsyncClient, told: Callable[..., Any]) -> None:
    await told(did("rung"))
    text = await page(here, "/frist/treat")
    assert text.count("fv-rung-taken") == 1
    assert text.count("Ikke spurgt endnu") == 3


async def test_the_list_can_be_narrowed_to_what_nobody_takes_care_of(
    here: httpx.AsyncClient, told: Callable[..., Any]
) -> None:
    await told(did("acknowledged"))
    text = await page(here, "/?ansvar=ingen")
    assert order(text) == ["workup", "late", "heart"]
    assert re.findall(r'fv-count">(\d+)<', text) == ["1", "0", "1", "0", "1"]


async def test_what_is_typed_is_escaped(here: httpx.AsyncClient) -> None:
    answer = await do(here, "giv-videre", initialer="", til='"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text


async def test_the_text_of_a_note_is_read_in_the_history(open_site: OpenSite, told, tmp_path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/records.db")
    database.migrate()
    notes = Notes(database)
    text_id = await notes.keep(Writing("c1", "k1:pt", "AB", NOW, "Ringer <b>i morgen</b>"))
    await told(act("noted", "t20", clock_id="treat", pathway="pw-treat", reason="other", detail={"text_id": text_id}))
    async with open_site(settings=PATIENT, keep_note=notes.keep, read_notes=notes.read) as site:
        assert '<p class="fv-quote">Ringer &lt;b&gt;i morgen&lt;/b&gt;</p>' in await page(site, "/frist/treat")
    database.close()
