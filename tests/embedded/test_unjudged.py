"""An event that intake fails to judge, and its way back: `deadletters retry` sends the original again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from api.publisher import Publisher
from deploy.deadletters import original, placed_letters
from deploy.sending import SenderPart
from stream.facts import transports
from stream.worker.intake import Intake, Raw
from stream.worker.metrics import IntakeMetrics, dead_letter_counter
from stream.worker.names import CLOCKS, FACTS, INBOX
from stream.worker.transport import Outgoing
from tests.embedded.feeds import referral
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.embedded.test_intake import NOON
from tests.unit.engine.events import ENGINE

KIND = "application/cloudevents-batch+json"
BATCH = [referral("1", "k1:a"), referral("2", "k1:b", recordref="boom"), referral("3", "k1:c")]
BODY = json.dumps(BATCH).encode()


@pytest.fixture
def stack(tmp_path) -> Stack:
    return Stack(tmp_path / "log", ManualClock(NOON), ENGINE, intake=True)


@pytest.fixture
def mend(monkeypatch) -> Callable[[], None]:
    """Make judging raise for one event; called, it works again."""
    judge = transports.parse_value

    def fails(value: Any, **given: Any) -> Any:
        if "boom" in str(value):
            raise ArithmeticError("private")
        return judge(value, **given)

    monkeypatch.setattr(transports, "parse_value", fails)
    return lambda: monkeypatch.setattr(transports, "parse_value", judge)


async def retry(stack: Stack) -> None:
    letters = await placed_letters(stack.options)
    await stack.write([await original(stack.options, each) for each in letters])
    await stack.settle()


async def incomplete(stack: Stack) -> dict[bytes, bool]:
    rows = stack.all_rows()
    return {patient: row.record.incomplete(NOON) for patient, row in rows.items()}


async def test_the_rest_of_its_batch_counts_and_its_own_patient_is_incomplete(stack, mend) -> None:
    async with stack as running:
        await running.write([Outgoing(INBOX, None, BODY, 0, (("content-type", KIND.encode()),))])
        await running.settle()
        assert set(await running.latest(CLOCKS)) == {b"k1:a-p", b"k1:c-p"}
        assert await incomplete(running) == {b"k1:a": False, b"k1:b": True, b"k1:c": False}


async def test_retried_after_an_update_everything_counts_once(stack, mend) -> None:
    async with stack as running:
        await running.write([Outgoing(INBOX, None, BODY, 0, (("content-type", KIND.encode()),))])
        await running.settle()
        mend()
        await retry(running)
        assert await incomplete(running) == {b"k1:a": False, b"k1:b": False, b"k1:c": False}
        assert [len(row.record.facts) for row in running.all_rows().values()] == [1, 1, 1]


async def test_what_came_over_http_is_kept_and_can_be_retried_too(stack, mend) -> None:
    registry = CollectorRegistry()
    judge = Intake(ManualClock(NOON), PARTITIONS, IntakeMetrics(registry, dead_letter_counter(registry)))
    async with stack as running:
        sender = SenderPart(running.options)
        await sender.start()
        told = await Publisher(judge, sender.store)(Raw(BODY, [("content-type", KIND)]))
        await sender.stop()
        await running.settle()
        assert [each["status"] for each in told] == ["accepted", "refused", "accepted"]
        assert (await incomplete(running))[b"k1:b"] is True
        mend()
        await retry(running)
        assert (await incomplete(running))[b"k1:b"] is False
        assert len(await running.records(FACTS)) == 3
