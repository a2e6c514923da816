"""The pages in a real Chromium, with JavaScript and without: what a secretary does, and what a screen reader needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect
from prometheus_client import CollectorRegistry

from api.app import create_app
from api.deps import ApiSettings
from api.projection.keys import Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Projector
from stream.worker.names import ALERTS, CLOCKS
from tests.servers.loopback import free_port, program
from tests.web.department import Post, deps
from tests.web.samples import MemoryLog, clock, pathway, transition
from tests.web.standing import LATE, stand

pytestmark = [pytest.mark.redis, pytest.mark.browser]

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


PAGES = ["/", "/frist/treat", "/overblik", "/tegn", "/taelle?ret=cancer.workup&henvisning=2026-02-02"]


@pytest.fixture
async def address(department: Store) -> AsyncIterator[str]:
    """A site that is served on loopback."""
    await stand(department, LATE)
    port = free_port()
    stopping = asyncio.Event()
    settings = ApiSettings(simulated=True, stream_poll_seconds=0.05)
    app = create_app(deps(department, Post(), settings=settings, stopping=stopping))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    stopping.set()
    server.should_exit = True
    await serving


expect.set_options(timeout=60_000)  # milliseconds, on a slow machine that does other things too


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program("chromium"), args=QUIET, timeout=120_000)
        yield launched
        await launched.close()


@asynccontextmanager
async def opened(browser: Browser, expected: int = 0, **options: Any) -> AsyncIterator[Page]:
    """Open a page; what it complains of (a blocked script, a missing file) more often than expected fails the test."""
    complaints: list[str] = []
    context = await browser.new_context(viewport={"width": 1366, "height": 900}, locale="da-DK", **options)
    context.set_default_timeout(60_000)
    page = await context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints[expected:] == []


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_a_secretary_finds_a_clock_sees_why_and_counts_a_deadline(
    browser: Browser, address: str, *, javascript: bool
) -> None:
    async with opened(browser, java_script_enabled=javascript) as page:
        await page.goto(address)
        await expect(page.locator("tbody tr")).to_have_count(4)
        await page.get_by_role("link", name="Behandling for kræft i forløb pw-treat").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Behandling for kræft")
        await expect(page.locator(".fv-story").get_by_text("patienten gav samtykke")).to_be_visible()
        await page.get_by_role("link", name="Tæl en frist").click()
        await page.get_by_label("Rettighed").select_option("cancer.workup")
        await page.get_by_label("Henvisning modtaget").fill("2026-02-02")
        await page.get_by_role("button", name="Tæl").click()
        await expect(page.get_by_role("heading", level=2)).to_have_text("Fristen er mandag den 16. februar 2026")


async def test_without_javascript_the_list_is_narrowed_with_a_button(browser: Browser, address: str) -> None:
    async with opened(browser, java_script_enabled=False) as page:
        await page.goto(address)
        await page.get_by_label("Rettighed").select_option("heart.post_mi")
        await page.get_by_role("button", name="Vis").click()
        await expect(page.locator("tbody tr")).to_have_count(1)


async def test_with_javascript_the_list_follows_the_choice_and_so_does_the_address(
    browser: Browser, address: str
) -> None:
    async with opened(browser) as page:
        await page.goto(address)
        await page.get_by_label("Rettighed").select_option("heart.post_mi")
        await expect(page.locator("tbody tr")).to_have_count(1)
        assert "ret=heart.post_mi" in page.url
        await page.go_back()
        await expect(page.locator("tbody tr")).to_have_count(4)


async def arrive(department: Store, log: MemoryLog) -> None:
    projector = Projector(department, log, ProjectorMetrics.create(CollectorRegistry()))
    new = clock("new", pathway="pw-new", tier="escalate")
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(new, name="pw-new"), key=b"pw-new"))
    raised = transition("t9", alert_id="a9", clock_id="new", pathway="pw-new", to="escalate")
    await projector.apply(ALERTS, 0, log.write(ALERTS, raised))


async def test_a_new_alert_appears_by_itself_and_is_told_to_a_screen_reader(
    browser: Browser, address: str, department: Store, log: MemoryLog
) -> None:
    async with opened(browser) as page:
        async with page.expect_response("**/v1/stream"):
            await page.goto(address)
        await arrive(department, log)
        await expect(page.locator("#frist-new")).to_be_visible()
        await expect(page.get_by_role("status")).to_have_text("Listen er opdateret: 5 frister")


async def test_a_list_that_is_told_to_stay_stays(
    browser: Browser, address: str, department: Store, log: MemoryLog
) -> None:
    async with opened(browser) as page:
        async with page.expect_response("**/v1/stream"):
            await page.goto(address)
        await page.get_by_text("Opdater automatisk").click()
        await arrive(department, log)
        await page.wait_for_timeout(500)
        await expect(page.locator("#frist-new")).to_have_count(0)


async def test_the_keyboard_reaches_the_content_first(browser: Browser, address: str) -> None:
    async with opened(browser) as page:
        await page.goto(address)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Gå til sidens indhold")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()


async def test_nothing_is_cut_off_on_a_small_screen(browser: Browser, address: str) -> None:
    async with opened(browser) as page:
        await page.set_viewport_size({"width": 360, "height": 740})
        for path in PAGES:
            await page.goto(address + path)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_breaks_no_rule_of_accessibility(browser: Browser, address: str, path: str) -> None:
    async with opened(browser) as page:
        await page.goto(address + path)
        await page.evaluate(AXE.read_text("utf-8"))
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
        found = await page.evaluate("rules => axe.run(document, rules)", rules)
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
