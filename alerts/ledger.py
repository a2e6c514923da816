"""The ledger's records: what happened to an alert, when, and why. Values and identities, no I/O.

A record's `transition_id` is a hash of what changed and what caused it: the same transition computed twice has
the same id, so that readers can drop repeats. Source: contract section 3. The same may also happen to an alert twice
for the same cause: an event is sent again with other content, or a clock that ran ahead is put right. Then the second
time counts in the hash, or readers would drop a warning as a repeat.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from alerts.tiers import Tier

Kind = Literal[
    "raised",
    "changed",
    "acknowledged",
    "snoozed",
    "noted",
    "rung",
    "refused",
    "closed",
    "reopened",
    "withdrawn",
    "silent",
]
Status = Literal["open", "closed", "withdrawn"]

STATUS_AFTER: Final[Mapping[Kind, Status]] = {
    "raised": "open",
    "changed": "open",
    "reopened": "open",
    "silent": "open",
    "closed": "closed",
    "withdrawn": "withdrawn",
}
"""The kinds that set an alert's status and tier. The others are acts upon it, and move nothing."""

Cause = Mapping[str, Any]
"""One key says what kind of thing caused it: fact, due, command, rulebook or policy."""

ID_LENGTH: Final = 32
"""Hexadecimal digits kept of a SHA-256: 128 bits."""

TOKEN_LENGTH: Final = 4
"""Bytes of an identity that an alert keeps of each transition. Two that begin alike cost a number, no warning."""


def fact_cause(source: str, event_id: str) -> Cause:
    """Name the fact that caused a transition."""
    return {"fact": {"source": source, "id": event_id}}


def due_cause(due: datetime) -> Cause:
    """Name the due moment (aware) that caused a transition."""
    return {"due": moment_text(due)}


def command_cause(command_id: str) -> Cause:
    """Name the staff command that caused a transition."""
    return {"command": command_id}


def rulebook_cause(version: str) -> Cause:
    """Name the version of the rulebook that caused a transition."""
    return {"rulebook": version}


def policy_cause(version: str) -> Cause:
    """Name the version of the alert policy that caused a transition."""
    return {"policy": version}


def alert_id_of(clock_id: str) -> str:
    """Return the id of a clock's alert: one for the clock's whole life."""
    return _hash(["alert", clock_id])


def transition_id_of(alert_id: str, kind: Kind, to: Tier | None, cause: Cause, again: int = 0) -> str:
    """Return the identity of a transition: alert, kind, tier reached, cause, and how many such came before it."""
    return _hash([alert_id, kind, to, cause, *([again] if again else [])])


def token_of(transition_id: str) -> bytes:
    """Return by what an alert remembers a transition: the beginning of its identity."""
    return bytes.fromhex(transition_id[: 2 * TOKEN_LENGTH])


def tokens_of(told: bytes) -> frozenset[bytes]:
    """Return the tokens that an alert remembers, one behind the other."""
    return frozenset(told[at : at + TOKEN_LENGTH] for at in range(0, len(told), TOKEN_LENGTH))


def moment_text(moment: datetime) -> str:
    """Write an aware moment as RFC 3339 in UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _hash(value: list[Any]) -> str:
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:ID_LENGTH]


class _Told(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename={"from_tier": "from", "to_tier": "to"}):
    """What a transition says beside its moments and its identity."""

    alert_id: str
    clock_id: str
    patient: str
    pathway: str
    right: str
    line: int
    unit: str | None
    region: str | None
    kind: Kind
    from_tier: Tier | None
    to_tier: Tier | None
    reason: str
    late: bool
    unverified: bool
    cause: Cause
    actor: str | None
    rulebook: str
    policy: str
    detail: Mapping[str, Any] | None = None


class LedgerRecord(_Told, frozen=True, kw_only=True, gc=False):
    """One transition of one alert. `at` and `due` are aware; `due` is None when no due moment brought it.

    `from_tier` and `to_tier` are the contract's `from` and `to`. `late`: computed too long after it was due.
    `unverified`: decided before all that was sent could be read. `detail` is what more there is to say: of an act of
    staff such as until when it rests, of all else the clock's deadline and the days left; None without either. `again`
    counts the transitions of the alert before this one that are the same otherwise.
    """

    at: datetime
    due: datetime | None
    again: int = 0

    @property
    def transition_id(self) -> str:
        """The transition's identity, the same whenever it is computed again."""
        return transition_id_of(self.alert_id, self.kind, self.to_tier, self.cause, self.again)

    def to_json(self) -> dict[str, Any]:
        """Return the record as the contract writes it: plain values, moments RFC 3339 in UTC."""
        return {
            "transition_id": self.transition_id,
            "alert_id": self.alert_id,
            "clock_id": self.clock_id,
            "patient": self.patient,
            "pathway": self.pathway,
            "right": self.right,
            "line": self.line,
            "unit": self.unit,
            "region": self.region,
            "kind": self.kind,
            "from": self.from_tier,
            "to": self.to_tier,
            "reason": self.reason,
            "at": moment_text(self.at),
            "due": None if self.due is None else moment_text(self.due),
            "late": self.late,
            "unverified": self.unverified,
            "cause": dict(self.cause),
            "actor": self.actor,
            "rulebook": self.rulebook,
            "policy": self.policy,
        } | ({} if self.detail is None else {"detail": dict(self.detail)})


class Transition(_Told, frozen=True, kw_only=True):
    """A record as it is read from ``fristvagt.alerts``: what `LedgerRecord.to_json` wrote, moments as texts."""

    transition_id: str
    at: str
    due: str | None
