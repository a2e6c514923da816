"""The whole circle in one process: events and commands over HTTP, decided by the worker, projected, and read again."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.app import create_app
from api.deps import ApiSettings, Writing
from api.projection.app import build_projector_app
from api.projection.keys import Store
from api.publisher import Commander, Publisher
from stream.worker.apps import Setup
from stream.worker.intake import Intake, Output
from stream.worker.settings import StreamSettings
from stream.worker.transport import Outgoing, declared_topics, ensure_topics
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE
from tests.web.department import SIGN_RULES, Post, deps
from tests.web.samples import event
from tests.web.test_projector_app import until

NOW = datetime(2026, 2, 2, 9, tzinfo=UTC)
"""A Monday, 10 o'clock in Copenhagen: five staffed days before the target of the consent of `samples.event`."""


@dataclass
class Notebook:
    """Stands where the notes' texts are kept."""

    kept: list[Writing] = field(default_factory=list)

    async def __call__(self, writing: Writing) -> str:
        self.kept.append(writing)
        return f"{len(self.kept):064x}"


@dataclass
class Circle:
    """A site whose commands are decided. Its answers come as soon as worker and projector are through."""

    stack: Stack
    store: Store
    clock: ManualClock
    app: FastAPI
    http: httpx.AsyncClient
    notebook: Notebook

    async def consent(self, number: int = 1, **changes: Any) -> str:
        """Have a patient consent to treatment a week ago, and return the clock's id once it has its alert."""
        given = {"partitionkey": f"k1:pt-{number}", "subject": f"pw-{number}"} | changes
        sent = await self.http.post("/v1/events", json=event(f"e{number}", **given))
        assert sent.json()["accepted"] == 1, sent.text
        await until(lambda: self._has_alert(given["subject"]))
        return str((await self.alert(given["subject"]))["clock_id"])

    async def alert(self, pathway: str = "pw-1") -> dict[str, Any]:
        """Return the alert of a pathway."""
        found = (await self.http.get("/v1/alerts", params={"status": ["open", "closed"]})).json()["alerts"]
        return next((each for each in found if each["pathway"] == pathway), {})

    async def ask(self, what: str, key: str | None = None, pathway: str = "pw-1", **body: Any) -> httpx.Response:
        """Send a command about a pathway's alert."""
        alert_id = (await self.alert(pathway))["alert_id"]
        headers = {"Idempotency-Key": key} if key else {}
        return await self.http.post(f"/v1/alerts/{alert_id}/{what}", json={"actor": "AB"} | body, headers=headers)

    async def asked(self, what: str, **further: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        taken = await self.ask(what, **further)
        assert taken.status_code == 202, taken.text
        return await self.answer(taken.json()["command_id"])

    async def answer(self, command_id: str) -> dict[str, Any]:
        """Return what became of a command, when it is answered."""
        await until(lambda: self._is_answered(command_id))
        return dict((await self.http.get(f"/v1/commands/{command_id}")).json())

    async def _is_answered(self, command_id: str) -> bool:
        return bool((await self.http.get(f"/v1/commands/{command_id}")).json()["status"] != "pending")

    async def _has_alert(self, pathway: str) -> bool:
        return bool(await self.alert(pathway))


@asynccontextmanager
async def circle(folder: Path, store: Store, **settings: Any) -> AsyncIterator[Circle]:
    """Run worker, intake, projector and API over the embedded log in a folder."""
    clock, notebook = ManualClock(NOW), Notebook()
    async with Stack(folder, clock, ENGINE, intake=True) as stack, _projecting(stack, store):
        intake = Intake(clock, PARTITIONS, stack.intake_metrics)
        keep = _keeping(stack)
        chosen = ApiSettings(**({"max_lag": timedelta(days=1000), "answer_wait_seconds": 5.0} | settings))
        given = {"publish": Publisher(intake, keep), "command": Commander(keep, PARTITIONS), "keep_note": notebook}
        app = create_app(deps(store, Post(), clock=clock, settings=chosen, **given))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            yield Circle(stack, store, clock, app, http, notebook)


def _keeping(stack: Stack) -> Callable[[Sequence[Output]], Awaitable[None]]:
    async def keep(outputs: Sequence[Output]) -> None:
        await stack.write([Outgoing(each.topic, each.key, each.value, each.partition) for each in outputs])

    return keep


@asynccontextmanager
async def _projecting(stack: Stack, store: Store) -> AsyncIterator[None]:
    setup = Setup(stack.options, stack.clock, StreamSettings(partitions=PARTITIONS))
    app = build_projector_app(setup, store, CollectorRegistry(), SIGN_RULES).app
    await ensure_topics(stack.options, declared_topics(app), create=True)
    await app.start()
    try:
        yield
    finally:
        await app.stop()
