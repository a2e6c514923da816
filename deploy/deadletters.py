"""Dead letters: list what was refused, send the original again, or dismiss it by name."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from deploy.errors import AnswerNoError, BadInputError
from stream.clock import format_moment
from stream.worker.deadletters import DeadLetter
from stream.worker.names import ACTIONS, DEADLETTERS
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Record, TransportOptions, read_topic

DISMISS: Final = "dismiss"


class DismissReason(StrEnum):
    """Why a refused event is not needed for its patient's watch. A list, so that no patient data is typed here."""

    duplicate = "duplicate"
    corrected_otherwise = "corrected_otherwise"
    not_relevant = "not_relevant"
    test_data = "test_data"


@dataclass(frozen=True, slots=True)
class Placed:
    """A dead letter and where it lies in its topic. `dismissed`: its patient is no longer incomplete because of it."""

    partition: int
    offset: int
    letter: DeadLetter
    dismissed: bool

    @property
    def place(self) -> str:
        """How the letter is called on the command line."""
        return f"{self.partition}:{self.offset}"


async def placed_letters(options: TransportOptions) -> list[Placed]:
    """Return all dead letters that are kept, oldest first."""
    dismissed = {(each["patient"], each["source"], each["id"]) async for each in _dismissals(options)}
    found = []
    async for partition, record in read_topic(options, DEADLETTERS):
        letter = msgspec.json.decode(record.value or b"", type=DeadLetter)
        known = (letter.patient, letter.source, letter.id) in dismissed
        found.append(Placed(partition, record.offset, letter, known))
    return sorted(found, key=lambda each: each.letter.at)


async def _dismissals(options: TransportOptions) -> AsyncIterator[dict[str, Any]]:
    async for _, record in read_topic(options, ACTIONS):
        command = msgspec.json.decode(record.value or b"{}", type=dict[str, Any])
        if command.get("kind") == DISMISS:
            yield command


async def original(options: TransportOptions, placed: Placed) -> Outgoing:
    """Return what was refused, to be sent again to where it lay. Raises AnswerNoError where it is not kept."""
    letter = placed.letter
    if letter.topic is None or letter.partition is None or letter.offset is None:
        raise AnswerNoError(f"{placed.place} came over HTTP and was not kept; ask {letter.source} to send it again")
    span = {"partition": letter.partition, "start": letter.offset, "end": letter.offset + 1}
    async for _, record in read_topic(options, letter.topic, **span):
        return _again(letter.topic, letter.partition, record)
    raise AnswerNoError(f"{placed.place} is no longer kept in {letter.topic}; ask {letter.source} to send it again")


def _again(topic: str, partition: int, record: Record) -> Outgoing:
    return Outgoing(topic, record.key, record.value, partition, record.headers)


def dismissal(placed: Placed, reason: DismissReason, actor: str, at: datetime, partitions: int) -> Outgoing:
    """Return the command that dismisses a refused event by name; the same dismissal always has the same id."""
    letter = placed.letter
    if letter.patient is None or letter.source is None or letter.id is None:
        raise AnswerNoError(f"{placed.place} names no patient and event, so that no watch is incomplete because of it")
    identity = f"{DISMISS}\x1f{letter.patient}\x1f{letter.source}\x1f{letter.id}"
    command = {
        "command_id": hashlib.sha256(identity.encode()).hexdigest()[:32],
        "kind": DISMISS,
        "actor": actor,
        "at": format_moment(at),
        "patient": letter.patient,
        "pathway": letter.pathway,
        "source": letter.source,
        "id": letter.id,
        "reason": reason.value,
    }
    key = letter.patient.encode()
    return Outgoing(ACTIONS, key, msgspec.json.encode(command), partition_of(key, partitions))


def choose(letters: list[Placed], places: list[str]) -> list[Placed]:
    """Return the letters at these places. Raises BadInputError for a place where there is none."""
    by_place = {each.place: each for each in letters}
    unknown = [place for place in places if place not in by_place]
    if unknown:
        raise BadInputError(f"there is no dead letter {', '.join(unknown)}; `fristvagt deadletters list` names them")
    return [by_place[place] for place in dict.fromkeys(places)]
