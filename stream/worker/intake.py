"""Intake: judges what hospitals send and says what to write. Stateless; serves the inbox and the HTTP API alike.

Accepted events go to the facts of their patient. A refused one becomes a dead letter and, where the patient can be
read, an action that makes the patient incomplete. The sender's own record key is looked at (a CPR number in it
refuses the event) and never passed on.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from stream.clock import Clock, format_moment
from stream.facts.intake import Intake as Rules
from stream.facts.parse import Accepted
from stream.facts.refusal import Refusal
from stream.facts.transports import parse_message
from stream.worker.deadletters import INTERNAL_ERROR, DeadLetter, fingerprint
from stream.worker.metrics import IntakeMetrics
from stream.worker.names import ACTIONS, DEADLETTERS, FACTS
from stream.worker.partition import partition_of
from stream.worker.quarantine import where

log = logging.getLogger(__name__)

_INTERNAL_HINT: Final = (
    "the event could not be judged: nothing is wrong with it for all we know. Retry it after an update"
)


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
    """What became of one event. Exactly one of `accepted` and `letter` is set."""

    accepted: Accepted | None = None
    letter: DeadLetter | None = None
    outputs: tuple[Output, ...] = field(default=())


def outputs(result: IntakeResult) -> list[Output]:
    """Return the records to write for a result."""
    return list(result.outputs)


class Intake:
    """Judges events. `partitions` is the number of partitions of the topics that are keyed by patient."""

    def __init__(self, clock: Clock, partitions: int, metrics: IntakeMetrics, rules: Rules | None = None) -> None:
        self._clock = clock
        self._partitions = partitions
        self._metrics = metrics
        self._rules = rules

    def take(self, raw: Raw) -> list[IntakeResult]:
        """Judge one message: one event, or a batch. Never raises: what we fail to judge becomes a dead letter."""
        try:
            judged = parse_message(raw.headers, raw.value or b"", key=raw.key, intake=self._rules)
            results = [self._result(each, raw) for each in judged]
        except Exception as error:  # noqa: BLE001 - one message must not stop the others, and must not be lost
            self._log_failure(raw, error)
            results = [self._failed(raw)]
        for result in results:
            self._count(result)
        return results

    def _result(self, judged: Accepted | Refusal, raw: Raw) -> IntakeResult:
        if isinstance(judged, Accepted):
            fact = self._for_patient(FACTS, judged.fact.patient, judged.event)
            return IntakeResult(accepted=judged, outputs=(fact,))
        letter = self._letter(judged, raw)
        written = [Output(DEADLETTERS, None, letter.encode(), None)]
        if judged.patient is not None:
            written.append(self._for_patient(ACTIONS, judged.patient, self._action(judged, letter.at)))
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

    def _action(self, refusal: Refusal, at: str) -> dict[str, Any]:
        """Return the command that makes the patient incomplete; the same refusal always has the same id."""
        source, name = refusal.ref
        identity = f"{source}\x1f{name}\x1f{refusal.reason}\x1f{refusal.sha256}"
        return {
            "command_id": hashlib.sha256(identity.encode()).hexdigest()[:32],
            "kind": "refused",
            "actor": "intake",
            "at": at,
            "patient": refusal.patient,
            "pathway": refusal.pathway,
            "source": source,
            "id": name,
            "reason": refusal.reason,
        }

    def _for_patient(self, topic: str, patient: str, value: Any) -> Output:
        key = patient.encode()
        return Output(topic, key, msgspec.json.encode(value), partition_of(key, self._partitions))

    def _failed(self, raw: Raw) -> IntakeResult:
        letter = DeadLetter(
            at=format_moment(self._clock.now()),
            reason=INTERNAL_ERROR,
            hint=_INTERNAL_HINT,
            sha256=fingerprint(raw.value),
            topic=raw.topic,
            partition=raw.partition,
            offset=raw.offset,
        )
        return IntakeResult(letter=letter, outputs=(Output(DEADLETTERS, None, letter.encode(), None),))

    def _log_failure(self, raw: Raw, error: Exception) -> None:
        """Say where it failed. A traceback with its message may quote the event."""
        record = f"{raw.topic}-{raw.partition}-{raw.offset}"
        log.error("record %s could not be judged: %s at %s", record, type(error).__name__, where(error))

    def _count(self, result: IntakeResult) -> None:
        if result.letter is not None:
            self._metrics.refused.labels(result.letter.reason).inc()
            self._metrics.dead_letters.labels(result.letter.reason).inc()
        if result.accepted is not None:
            self._metrics.accepted.inc()
            for mark in result.accepted.marks:
                self._metrics.marks.labels(mark).inc()
            self._metrics.seen(result.accepted.fact.ref.source, result.accepted.fact.time.timestamp())
