"""Intake: judges what hospitals send and says what to write. Stateless; serves the inbox and the HTTP API alike.

Accepted events go to the facts of their patient. A refused one becomes a dead letter and, where the patient can be
read, an action that makes the patient incomplete. The sender's own record key is looked at (a CPR number in it
refuses the event) and never passed on.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, NoReturn

import msgspec

from stream.clock import Clock, format_moment
from stream.facts.intake import Intake as Rules
from stream.facts.parse import Accepted
from stream.facts.refusal import Refusal
from stream.facts.transports import Sent, take_apart
from stream.worker import failed
from stream.worker.deadletters import DeadLetter
from stream.worker.metrics import IntakeMetrics
from stream.worker.names import ACTIONS, DEADLETTERS, FACTS, INBOX
from stream.worker.partition import partition_of
from stream.worker.quarantine import where

log = logging.getLogger(__name__)


class Raw(NamedTuple):
    """What was sent: a body with its headers, and where it lies if it came over a topic."""

    value: bytes | None
    headers: Sequence[tuple[str, bytes | str]] = ()
    key: bytes | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None


class Output(NamedTuple):
    """A record to write. `partition` None: any."""

    topic: str
    key: bytes | None
    value: bytes
    partition: int | None


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of one event. Exactly one of `accepted` and `letter` is set.

    A letter is written unless the event goes on to the inbox instead (see `failed`): then its sender alone is told.
    """

    accepted: Accepted | None = None
    letter: DeadLetter | None = None
    outputs: tuple[Output, ...] = field(default=())


class Intake:
    """Judges events. `partitions` is the number of partitions of the topics that are keyed by patient."""

    def __init__(self, clock: Clock, partitions: int, metrics: IntakeMetrics, rules: Rules | None = None) -> None:
        self._clock = clock
        self._partitions = partitions
        self._metrics = metrics
        self._rules = rules

    def take(self, raw: Raw) -> list[IntakeResult]:
        """Judge one message: one event, or a batch. Never raises: what we fail to judge becomes a dead letter."""
        return [self.judge(event, raw) for event in self.opened(raw)]

    def opened(self, raw: Raw) -> list[Sent]:
        """Return the events of a message, to be judged one by one. Never raises; may be called in a thread."""
        try:
            return take_apart(raw.headers, raw.value or b"", key=raw.key, intake=self._rules)
        except Exception as error:  # noqa: BLE001 - raised again where it is told, with the message it belongs to
            return [Sent(None, partial(_raise, error))]

    def judge(self, event: Sent, raw: Raw) -> IntakeResult:
        """Judge one event of a message. Never raises: an event that we fail to judge harms no other."""
        try:
            result = self._result(event.judge(), raw)
        except Exception as error:  # noqa: BLE001 - one event must not stop the others, and must not be lost
            self._log_failure(raw, error)
            result = self._failed(event.value, raw)
        self._count(result)
        return result

    def _result(self, judged: Accepted | Refusal, raw: Raw) -> IntakeResult:
        if isinstance(judged, Accepted):
            fact = self._for_patient(FACTS, judged.fact.patient, judged.event)
            return IntakeResult(accepted=judged, outputs=(fact,))
        return self._set_aside(self._letter(judged, raw))

    def _set_aside(self, letter: DeadLetter) -> IntakeResult:
        """Write a dead letter; its patient, where there is one, is incomplete."""
        written = [Output(DEADLETTERS, None, letter.encode(), None)]
        if letter.patient is not None:
            written.append(self._for_patient(ACTIONS, letter.patient, _action(letter)))
        return IntakeResult(letter=letter, outputs=tuple(written))

    def _letter(self, refusal: Refusal, raw: Raw) -> DeadLetter:
        return DeadLetter(
            at=format_moment(self._clock.now()),
            reason=refusal.reason,
            field=refusal.field,
            hint=refusal.hint,
            source=refusal.source,
            id=refusal.id,
            type=refusal.type,
            patient=refusal.patient,
            pathway=refusal.pathway,
            allowed=refusal.allowed,
            sha256=refusal.sha256,
            topic=raw.topic,
            partition=raw.partition,
            offset=raw.offset,
        )

    def _for_patient(self, topic: str, patient: str, value: Any) -> Output:
        key = patient.encode()
        return Output(topic, key, msgspec.json.encode(value), partition_of(key, self._partitions))

    def _failed(self, value: Any, raw: Raw) -> IntakeResult:
        at = format_moment(self._clock.now())
        if raw.topic is not None:
            letter = failed.letter_of(value, raw.value, failed.LIES_THERE, at)
            place = {"topic": raw.topic, "partition": raw.partition, "offset": raw.offset}
            return self._set_aside(msgspec.structs.replace(letter, **place))
        body = failed.kept_form(value)
        if body is None:
            return self._set_aside(failed.letter_of(value, raw.value, failed.SEND_AGAIN, at))
        letter = failed.letter_of(value, raw.value, failed.IN_THE_INBOX, at)
        return IntakeResult(letter=letter, outputs=(Output(INBOX, None, body, None),))

    def _log_failure(self, raw: Raw, error: Exception) -> None:
        """Say where it failed. A traceback with its message may quote the event."""
        record = f"{raw.topic}-{raw.partition}-{raw.offset}"
        log.error("record %s could not be judged: %s at %s", record, type(error).__name__, where(error))

    def _count(self, result: IntakeResult) -> None:
        if result.letter is not None:
            self._metrics.refused.labels(result.letter.reason).inc()
            if any(output.topic == DEADLETTERS for output in result.outputs):
                self._metrics.dead_letters.labels(result.letter.reason).inc()
        if result.accepted is not None:
            self._metrics.accepted.inc()
            for mark in result.accepted.marks:
                self._metrics.marks.labels(mark).inc()
            self._metrics.seen(result.accepted.fact.ref.source, result.accepted.fact.time.timestamp())


def _action(letter: DeadLetter) -> dict[str, Any]:
    """Return the command that makes the patient incomplete; the same refusal always has the same id."""
    source, name = letter.source or "", letter.id or f"sha256:{letter.sha256}"
    identity = f"{source}\x1f{name}\x1f{letter.reason}\x1f{letter.sha256}"
    return {
        "command_id": hashlib.sha256(identity.encode()).hexdigest()[:32],
        "kind": "refused",
        "actor": "intake",
        "at": letter.at,
        "patient": letter.patient,
        "pathway": letter.pathway,
        "source": source,
        "id": name,
        "reason": letter.reason,
    }


def _raise(error: Exception) -> NoReturn:
    raise error
