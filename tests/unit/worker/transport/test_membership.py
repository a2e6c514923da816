"""Nothing is stored unless the group's coordinator said lately that this worker is a member."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.group import HeartbeatRequest, LeaveGroupRequest, SyncGroupRequest

from stream.worker.transport.errors import NotMemberError
from stream.worker.transport.kafka.membership import Membership

GOOD, ILLEGAL_GENERATION, UNKNOWN_MEMBER, REBALANCING, NOT_COORDINATOR = 0, 22, 25, 27, 16
HEARTBEAT = HeartbeatRequest("g", 1, "m")
SYNC = SyncGroupRequest("g", 1, "m", None, [])


class Coordinator:
    """Answers with the next of `codes`, each of which takes a second. None: it cannot be reached."""

    def __init__(self, *codes: int | None) -> None:
        self.codes = list(codes)
        self.now = 100.0
        self.membership = Membership(4.0, lambda: self.now)
        self.membership.listen(self)

    async def _send_req(self, request: Any) -> Any:
        self.now += 1
        code = self.codes.pop(0)
        if code is None:
            raise ConnectionError
        return SimpleNamespace(error_code=code)

    async def ask(self, *requests: Any) -> "Coordinator":
        for request in requests:
            with suppress(ConnectionError):
                await self._send_req(request)
        return self

    async def is_sure(self) -> bool:
        try:
            await asyncio.wait_for(self.membership.sure(), 0.1)
        except TimeoutError:
            return False
        return True


async def test_before_the_group_was_joined_nothing_is_sure() -> None:
    assert not await Coordinator().is_sure()


@pytest.mark.parametrize("request_", [HEARTBEAT, SYNC], ids=["heartbeat", "sync"])
@pytest.mark.parametrize("code", [GOOD, REBALANCING])
async def test_a_word_of_the_coordinator_counts_from_when_it_was_asked(request_: Any, code: int) -> None:
    heard = await Coordinator(code).ask(request_)
    heard.now = 104.0
    assert await heard.is_sure()
    heard.now = 104.1
    assert not await heard.is_sure()


@pytest.mark.parametrize("code", [NOT_COORDINATOR, None])
async def test_no_answer_and_another_error_change_nothing(code: int | None) -> None:
    heard = await Coordinator(GOOD, code).ask(HEARTBEAT, HEARTBEAT)
    heard.now = 104.0
    assert await heard.is_sure()
    heard.now = 104.1
    assert not await heard.is_sure()


async def test_other_answers_say_nothing_of_membership() -> None:
    assert not await (await Coordinator(GOOD).ask(LeaveGroupRequest("g", "m"))).is_sure()


@pytest.mark.parametrize("code", [ILLEGAL_GENERATION, UNKNOWN_MEMBER])
async def test_whom_the_group_gave_up_never_stores_again(code: int) -> None:
    heard = await Coordinator(GOOD, code, GOOD).ask(HEARTBEAT, HEARTBEAT, SYNC)
    with pytest.raises(NotMemberError, match="gave this worker up"):
        await heard.membership.sure()


async def test_who_could_not_join_at_once_is_told_so_by_other_means() -> None:
    assert await (await Coordinator(UNKNOWN_MEMBER, GOOD).ask(SYNC, SYNC)).is_sure()


async def test_a_store_waits_for_the_coordinator() -> None:
    heard = Coordinator(GOOD)
    storing = asyncio.create_task(heard.membership.sure())
    await asyncio.sleep(0.05)
    assert not storing.done()
    await heard.ask(HEARTBEAT)
    await asyncio.wait_for(storing, 5)
