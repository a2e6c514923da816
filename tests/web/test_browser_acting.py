"""A secretary acts on an alert in a real Chromium, with JavaScript and without, and a real worker decides."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect

from api.projection.keys import Store
from tests.servers.loopback import free_port
from tests.web.circle import Circle, circle
from tests.web.test_browser import AXE, address, browser, opened

__all__ = ["address", "browser"]

pytestmark = [pytest.mark.redis, pytest.mark.browser]

SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Served:
    """A circle on loopback, and the page of its first clock."""

    circle: Circle
    address: str
    clock: str


@asynccontextmanager
async def served(folder: Path, store: Store, wait: float) -> AsyncIterator[Served]:
    """Serve a circle whose forms wait that long for an answer."""
    async with circle(folder, store, answer_wait_seconds=wait, stream_seconds=1.0) as made:
        clock_id = await made.consent()
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(made.app, port=port, log_config=None))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.02)
        address = f"http://127.0.0.1:{port}"
        yield Served(made, address, f"{address}/frist/{clock_id}")
        server.should_exit = True
        await serving


@pytest.fixture
async def patient(tmp_path: Path, store: Store) -> AsyncIterator[Served]:
    """A site whose forms wait for their answer."""
    async with served(tmp_path, store, 10.0) as made:
        yield made


@pytest.fixture
async def hasty(tmp_path: Path, store: Store) -> AsyncIterator[Served]:
    """A site whose forms wait for nothing."""
    async with served(tmp_path, store, 0.0) as made:
        yield made


async def take(page: Page, initials: str = "MLN") -> None:
    await page.locator("#tag-initialer").fill(initials)
    await page.get_by_role("button", name="Jeg tager den").click()


@SCRIPTS
async def test_a_secretary_takes_an_alert_tries_a_rung_and_lets_it_rest(
    browser: Browser, patient: Served, *, javascript: bool
) -> None:
    async with opened(browser, java_script_enabled=javascript) as page:
        await page.goto(patient.clock)
        await take(page)
        await expect(page.get_by_role("status")).to_contain_text("Du har taget varslet.")
        await page.get_by_text("Jeg har spurgt efter en tid").click()
        await page.get_by_label("Hvor?").select_option("region")
        await page.get_by_text("Patienten fik en konkret dato").click()
        await page.get_by_label("Hvad sagde patienten?").select_option("declined")
        await page.get_by_role("button", name="Skriv trinnet ned").click()
        await expect(page.locator(".fv-rung-taken")).to_contain_text("Regionen")
        await page.get_by_text("Den kan vente lidt").click()
        await page.get_by_text("I to timer").click()
        await page.get_by_label("Hvorfor?").select_option("waiting_for_patient")
        await page.get_by_role("button", name="Udsæt").click()
        await expect(page.locator(".fv-care")).to_contain_text("Udsat til man. 2. feb. 2026 kl. 12.00")
        await page.goto(patient.address)
        await expect(page.locator("tbody tr")).to_contain_text("MLN, udsat til kl. 12.00")


@SCRIPTS
async def test_a_date_that_was_offered_in_writing_ends_the_warning(
    browser: Browser, patient: Served, *, javascript: bool
) -> None:
    async with opened(browser, java_script_enabled=javascript) as page, asyncio.timeout(60):
        await page.goto(patient.clock)
        await page.get_by_text("Patienten har fået tilbudt en dato").click()
        await page.get_by_label("Hvilken dato?").fill("2026-02-05")
        await page.get_by_label("Hvor er datoen?").select_option("own")
        await page.get_by_text("Patienten fik dato og sted skriftligt").click()
        await page.locator("#dato-initialer").fill("MLN")
        await page.get_by_role("button", name="Gem tilbuddet").click()
        await expect(page.get_by_role("status")).to_contain_text("Den tilbudte dato er registreret.")
        warning = page.get_by_role("button", name="Jeg tager den")
        stands = page.get_by_text("Patienten har en dato inden for fristen: tor. 5. feb.")
        while await warning.count() or not await stands.count():
            await page.goto(patient.clock)


@SCRIPTS
async def test_whose_initials_are_known_takes_an_alert_with_one_click(
    browser: Browser, patient: Served, *, javascript: bool
) -> None:
    second = await patient.circle.consent(2)
    async with opened(browser, java_script_enabled=javascript) as page:
        await page.goto(patient.clock)
        await take(page)
        await page.goto(f"{patient.address}/frist/{second}")
        await page.get_by_role("button", name="Jeg tager den").click()
        await expect(page.locator(".fv-care")).to_contain_text("MLN tager sig af det")


async def test_with_javascript_the_answer_comes_by_itself(browser: Browser, hasty: Served) -> None:
    async with opened(browser) as page:
        await page.goto(hasty.clock)
        await take(page)
        await expect(page.get_by_role("status")).to_contain_text("Du har taget varslet.")
        await expect(page.locator(".fv-care")).to_contain_text("MLN tager sig af det")
        await expect(page.locator(".fv-history")).to_contain_text("Kvitteret for Handl (MLN)")


async def test_without_javascript_a_link_leads_to_the_answer(browser: Browser, hasty: Served) -> None:
    async with opened(browser, java_script_enabled=False) as page, asyncio.timeout(60):
        await page.goto(hasty.clock)
        await take(page)
        answer = page.get_by_role("link", name="Se, om svaret er kommet")
        while await answer.count():
            await answer.click()
        await expect(page.get_by_role("status")).to_contain_text("Du har taget varslet.")


async def test_without_javascript_the_link_asks_each_time_it_is_clicked(browser: Browser, address: str) -> None:
    async with opened(browser, java_script_enabled=False) as page:
        await page.goto(f"{address}/frist/treat")
        await take(page)
        for _ in range(3):  # no worker answers at this address
            async with page.expect_response("**/frist/treat?kommando=*", timeout=60_000):
                await page.get_by_role("link", name="Se, om svaret er kommet").click()


async def test_who_comes_second_is_told_who_has_it(browser: Browser, patient: Served) -> None:
    async with opened(browser) as page:
        await page.goto(patient.clock)
        await patient.circle.asked("acknowledge", actor="ABC")
        await take(page)
        await expect(page.get_by_role("status")).to_contain_text("Det er taget af ABC.")


async def test_the_forms_can_be_used_with_the_keyboard_alone(browser: Browser, patient: Served) -> None:
    async with opened(browser) as page:
        await page.goto(patient.clock)
        await page.locator("summary", has_text="Giv varslet videre").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("CDE")
        await page.keyboard.press("Tab")
        await page.keyboard.type("MLN")
        await page.keyboard.press("Enter")
        await expect(page.locator(".fv-care")).to_contain_text("CDE skal tage sig af det")


@pytest.mark.parametrize("width", [1280, 360])
async def test_the_forms_break_no_rule_of_accessibility_and_are_not_cut_off(
    browser: Browser, patient: Served, width: int
) -> None:
    await patient.circle.asked("rung", to="abroad", concrete=True, answer="postponed")
    await patient.circle.asked("snooze", until="2026-02-02T11:00:00Z", reason="other")
    async with opened(browser) as page:
        await page.set_viewport_size({"width": width, "height": 740})
        await page.goto(patient.clock)
        for summary in await page.locator("summary").all():
            await summary.click()
        await page.evaluate(AXE.read_text("utf-8"))
        found = await page.evaluate("rules => axe.run(document, rules)", RULES)
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_a_form_with_a_mistake_leads_to_its_field(browser: Browser, patient: Served) -> None:
    async with opened(browser, expected=1, java_script_enabled=False) as page:  # it complains of the 422
        await page.goto(patient.clock)
        await page.get_by_text("Giv varslet videre").click()
        await page.locator("#giv-videre-til").fill("Camilla")
        async with page.expect_response("**/giv-videre") as answered:
            await page.get_by_role("button", name="Giv videre").click()
        assert (await answered.value).status == 422
        await page.get_by_role("link", name="Skriv dine initialer.").click()
        await page.keyboard.type("MLN")
        await expect(page.locator("#giv-videre-til")).to_have_value("Camilla")
        await page.keyboard.press("Enter")
        await expect(page.locator(".fv-care")).to_contain_text("Camilla skal tage sig af det")
