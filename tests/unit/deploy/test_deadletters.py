import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.deadletters import DismissReason, Placed, choose, dismissal, original, placed_letters
from deploy.errors import AnswerNoError, BadInputError
from stream.worker.deadletters import DeadLetter
from stream.worker.names import ACTIONS, DEADLETTERS, INBOX
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Sender, TopicSpec, TransportOptions, ensure_topics

AT = datetime(2026, 2, 2, 8, tzinfo=UTC)
PARTITIONS = 3


def letter(**fields: Any) -> DeadLetter:
    known = {"at": "2026-02-02T08:00:00Z", "reason": "no_date", "source": "urn:h", "id": "e1", "patient": "pt1"}
    return DeadLetter(**known | fields)


def placed(**fields: Any) -> Placed:
    return Placed(0, 7, letter(**fields), dismissed=False)


def dismissed(**fields: Any) -> Outgoing:
    return dismissal(placed(**fields), DismissReason.duplicate, "anna", AT, PARTITIONS)


def test_a_dismissal_names_event_reason_and_who_did_it() -> None:
    command = json.loads(dismissed().value or b"")
    names = ("kind", "source", "id", "reason", "actor", "patient")
    assert [command[name] for name in names] == ["dismiss", "urn:h", "e1", "duplicate", "anna", "pt1"]


def test_a_dismissal_goes_where_its_patient_is() -> None:
    record = dismissed()
    assert (record.topic, record.key, record.partition) == (ACTIONS, b"pt1", partition_of(b"pt1", PARTITIONS))


def test_the_same_dismissal_twice_has_one_id() -> None:
    ids = {json.loads(dismissed().value or b"")["command_id"] for _ in range(2)}
    assert len(ids) == 1


def test_another_event_has_another_id() -> None:
    ids = {json.loads(dismissed(id=name).value or b"")["command_id"] for name in ("e1", "e2")}
    assert len(ids) == 2


@pytest.mark.parametrize("missing", ["patient", "source", "id"])
def test_what_names_no_patient_cannot_be_dismissed(missing: str) -> None:
    with pytest.raises(AnswerNoError, match="names no patient"):
        dismissed(**{missing: None})


def test_letters_are_chosen_by_their_place_and_once() -> None:
    assert choose([placed()], ["0:7", "0:7"]) == [placed()]


def test_a_place_without_a_letter_is_bad_input() -> None:
    with pytest.raises(BadInputError, match="no dead letter 1:1"):
        choose([placed()], ["1:1"])


async def test_what_came_over_http_must_come_from_its_sender() -> None:
    with pytest.raises(AnswerNoError, match="ask urn:h"):
        await original(TransportOptions(url="embedded:nowhere"), placed())


@pytest.fixture
async def options(tmp_path: Path) -> TransportOptions:
    made = TransportOptions(url=f"embedded:{tmp_path}", synchronous="normal")
    await ensure_topics(made, [TopicSpec(name, PARTITIONS) for name in (INBOX, ACTIONS, DEADLETTERS)], create=True)
    return made


async def send(options: TransportOptions, *records: Outgoing) -> None:
    async with Sender(options) as sender:
        await sender.send_many(records)


async def test_letters_are_listed_oldest_first(options: TransportOptions) -> None:
    for day in (3, 2):
        await send(options, Outgoing(DEADLETTERS, None, letter(at=f"2026-02-0{day}T08:00:00Z").encode()))
    assert [each.letter.at[:10] for each in await placed_letters(options)] == ["2026-02-02", "2026-02-03"]


async def test_a_dismissed_letter_is_known(options: TransportOptions) -> None:
    await send(options, Outgoing(DEADLETTERS, None, letter().encode()), dismissed())
    assert [each.dismissed for each in await placed_letters(options)] == [True]


async def test_the_original_is_found_where_it_lay(options: TransportOptions) -> None:
    sent = Outgoing(INBOX, b"k", b"as received", 1, (("content-type", b"x"),))
    await send(options, sent)
    assert await original(options, placed(topic=INBOX, partition=1, offset=0)) == sent


async def test_an_original_that_is_no_longer_kept_is_told(options: TransportOptions) -> None:
    with pytest.raises(AnswerNoError, match="no longer kept"):
        await original(options, placed(topic=INBOX, partition=1, offset=5))
