"""The patient record: all that is known of one patient, as an immutable value.

It holds the standing fact of each identity and never forgets one, so its value does not depend on the order of
arrival nor on repeats. What counts at a moment (`live`) is decided when asked, by these rules (contract section 1):

* The same identity with other content is a conflict: the smaller (`time`, `order_key`) stands, the rest is counted.
* A fact whose `time` or `occurred_at` lies after the moment does not count yet. Retractions are facts too.
* Retraction and supersession are final and may come before their target: a retracted retraction stays in force, and
  retracting a superseder does not bring back what it replaced. The superseder itself can be retracted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Self

from stream.facts import recordcodec
from stream.facts.errors import OtherPatientError
from stream.law.fact import Fact, Ref

RETRACTION: Final = "fact-retracted"
_CONTENT_DIGEST_BYTES: Final = 8


def _standing(fact: Fact) -> tuple[datetime, bytes]:
    """Order among contents of one identity: the smallest stands."""
    return (fact.time, fact.order_key)


def _content(fact: Fact) -> bytes:
    return blake2b(f"{fact.time.isoformat()} ".encode() + fact.order_key, digest_size=_CONTENT_DIGEST_BYTES).digest()


def _counts_from(fact: Fact) -> datetime:
    """Return the moment from which a fact counts."""
    return max(fact.time, fact.occurred_at)


@dataclass(frozen=True, slots=True)
class Record:
    """All facts of one patient, with the identities that were refused and those that staff dismissed.

    `beaten` holds, per identity in conflict, short digests of the contents that do not stand.
    """

    facts: Mapping[Ref, Fact] = field(default_factory=dict)
    refused: frozenset[Ref] = frozenset()
    dismissed: frozenset[Ref] = frozenset()
    beaten: Mapping[Ref, frozenset[bytes]] = field(default_factory=dict)

    def add(self, *facts: Fact) -> Self:
        """Return the record with these facts. Raises OtherPatientError."""
        known = dict(self.facts)
        beaten = dict(self.beaten)
        for fact in facts:
            self._check_patient(fact, known)
            other = known.setdefault(fact.ref, fact)
            if _standing(other) != _standing(fact):
                first, second = sorted((other, fact), key=_standing)
                known[fact.ref] = first
                beaten[fact.ref] = beaten.get(fact.ref, frozenset()) | {_content(second)}
        return replace(self, facts=known, beaten=beaten)

    @staticmethod
    def _check_patient(fact: Fact, known: Mapping[Ref, Fact]) -> None:
        for other in known.values():
            if other.patient != fact.patient:
                raise OtherPatientError(f"{fact.ref} is of another patient; keep one record a patient")
            return

    def refuse(self, *refs: Ref) -> Self:
        """Return the record with identities of refused events, which leave it incomplete."""
        return replace(self, refused=self.refused.union(refs))

    def dismiss(self, *refs: Ref) -> Self:
        """Return the record with identities that a named person has dismissed: they no longer make it incomplete."""
        return replace(self, dismissed=self.dismissed.union(refs))

    @property
    def conflicts(self) -> int:
        """How many contents were sent under an identity that already had a standing one."""
        return sum(len(contents) for contents in self.beaten.values())

    def live(self, now: datetime) -> tuple[Fact, ...]:
        """Return the facts that count at `now`, in the order of the fold. Retractions have done their work by then."""
        present = [fact for fact in self.facts.values() if _counts_from(fact) <= now]
        retracted = {fact.retracts for fact in present if fact.step == RETRACTION}
        # An event that names itself as superseded would otherwise take its patient off the watch.
        gone = retracted | {fact.supersedes for fact in present if fact.supersedes != fact.ref}
        counting = (fact for fact in present if fact.step != RETRACTION and fact.ref not in gone)
        return tuple(sorted(counting, key=lambda fact: fact.sort_key))

    def incomplete(self, _now: datetime | None = None) -> bool:
        """Tell whether a refused event is still missing.

        It is until an event of the same identity is in the record, or it was dismissed. The moment does not matter:
        an accepted event is here even while it does not count yet.
        """
        return any(ref not in self.facts for ref in self.refused - self.dismissed)

    def pending(self, now: datetime) -> datetime | None:
        """Return the earliest moment after `now` at which a further fact starts to count, or None."""
        return min((moment for moment in map(_counts_from, self.facts.values()) if moment > now), default=None)

    def succession(self) -> dict[Ref, Ref]:
        """Return what took the place of what: old identity to new. Of several, the first recorded."""
        superseders = sorted((fact for fact in self.facts.values() if fact.supersedes), key=_by_recording, reverse=True)
        return {fact.supersedes: fact.ref for fact in superseders if fact.supersedes is not None}

    def to_plain(self) -> list[Any]:
        """Return the record as lists, texts, numbers and bytes, for msgpack."""
        return recordcodec.encode(self.facts.values(), self.refused, self.dismissed, self.beaten)

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> Self:
        """Return the record that `to_plain` wrote. Raises RecordFormatError."""
        facts, refused, dismissed, beaten = recordcodec.decode(plain)
        return cls({fact.ref: fact for fact in facts}, refused, dismissed, beaten)


def _by_recording(fact: Fact) -> tuple[datetime, Ref]:
    return (fact.time, fact.ref)
