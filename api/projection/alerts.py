"""From ``fristvagt.alerts``: every alert as its ledger leaves it, its transitions, the answers to commands, the news.

The ledger is written at least once: a transition whose id is known already is a repeat and changes nothing. A command
for an alert that nobody knows is refused in the ledger: it has its answer, and makes no alert.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from alerts.acts import ACTS, SAME_TIER, Acts, TakenRung, follow
from alerts.ledger import STATUS_AFTER, Kind, Status, Transition
from alerts.tiers import Tier
from api.projection.answers import answer_command
from api.projection.index import Command, Entry, Index
from api.projection.keys import LEDGER_KEPT, NEWS_KEPT, Keys
from api.projection.messages import UnreadableError, read
from api.projection.reducer import Prepared, Record
from stream.clock import parse_moment

TRANSITION: Final = "transition"
"""Field of a news entry: the transition as JSON."""

RESET: Final = "reset"
"""Field of a news entry that says: the read model was made anew, read everything again."""


class Alert(msgspec.Struct, frozen=True):
    """An alert as its ledger leaves it. Moments are RFC 3339 in UTC.

    `since` is when status or tier last moved. `last_act` is the last thing staff did to it, `acts` all of it that
    still holds.
    """

    alert_id: str
    clock_id: str
    patient: str
    pathway: str
    right: str
    line: int
    unit: str | None
    region: str | None
    status: Status
    tier: Tier | None
    reason: str
    silent: bool
    late: bool
    unverified: bool
    raised_at: str
    since: str
    due: str | None
    last_act: Kind | None
    rulebook: str
    policy: str
    acts: Acts = Acts()

    @property
    def owner(self) -> str | None:
        """Who takes care of it, or is to."""
        return self.acts.owner

    @property
    def acknowledged(self) -> Tier | None:
        """The tier up to which somebody said that they take care of it."""
        return self.acts.acknowledged

    @property
    def is_acknowledged(self) -> bool:
        """Whether that covers the tier that holds."""
        return self.acts.covers(self.tier)

    @property
    def snoozed_until(self) -> datetime | None:
        """Until when nobody is reminded (aware)."""
        return self.acts.snoozed_until

    @property
    def watchers(self) -> tuple[str, ...]:
        """Who wants to be told of everything that happens to it."""
        return self.acts.watchers

    @property
    def rungs(self) -> tuple[TakenRung, ...]:
        """The rungs of the duty to act that were taken, in the order in which they became known."""
        return self.acts.rungs


class Known(msgspec.Struct, frozen=True):
    """A transition that is kept already, as far as it matters for repeats."""

    transition_id: str


@dataclass(slots=True)
class History:
    """What is known of one alert, and what a run of records adds."""

    before: Alert | None
    seen: set[str]
    now: Alert | None = None
    new: list[Transition] = field(default_factory=list)


class AlertReducer:
    """Keeps the alerts, their index, their transitions and the news up to date."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._index = Index(keys, "alerts")

    async def prepare(self, redis: Redis, records: Sequence[Record]) -> Prepared:
        """Return the commands that bring the alerts of the records up to date."""
        prepared = Prepared()
        transitions = _transitions(records, prepared)
        histories = await self._histories(redis, {each.alert_id for each, _ in transitions})
        for placed in transitions:
            transition, _ = placed
            history = histories[transition.alert_id]
            if transition.transition_id in history.seen:
                prepared.repeated += 1
                continue
            prepared.commands += answer_command(self._keys, *placed)
            history.seen.add(transition.transition_id)
            history.now = after(history.now, transition)
            if history.now is not None:
                self._record(transition, prepared)
        for history in histories.values():
            prepared.commands += self._change(history)
        return prepared

    async def _histories(self, redis: Redis, alert_ids: set[str]) -> dict[str, History]:
        ordered = sorted(alert_ids)
        pipe = redis.pipeline(transaction=False)
        for alert_id in ordered:
            pipe.hget(self._keys.alerts, alert_id)
            pipe.lrange(self._keys.ledger(alert_id), 0, -1)
        found = await pipe.execute()
        return {
            alert_id: _history(value, rows)
            for alert_id, value, rows in zip(ordered, found[::2], found[1::2], strict=True)
        }

    def _record(self, transition: Transition, prepared: Prepared) -> None:
        ledger, row = self._keys.ledger(transition.alert_id), msgspec.json.encode(transition)
        prepared.commands += [("RPUSH", ledger, row), ("LTRIM", ledger, -LEDGER_KEPT, -1)]
        prepared.news.append(("XADD", self._keys.news, "MAXLEN", "~", NEWS_KEPT, "*", TRANSITION, row))

    def _change(self, history: History) -> list[Command]:
        if history.now is None or history.now == history.before:
            return []
        commands: list[Command] = [
            ("HSET", self._keys.alerts, history.now.alert_id, msgspec.json.encode(history.now)),
            ("HSET", self._keys.alert_of, history.now.clock_id, history.now.alert_id),
        ]
        if history.before is not None:
            commands += self._index.take(entry_of(history.before))
        return commands + self._index.put(entry_of(history.now))


def after(alert: Alert | None, transition: Transition) -> Alert | None:
    """Return the alert after a transition that was not seen before. The order is that of the ledger's offsets.

    None: a command was refused for an alert that nobody knows.
    """
    status = STATUS_AFTER.get(transition.kind)
    if alert is None and transition.kind == "refused":
        return None
    acts = follow(Acts() if alert is None else alert.acts, transition)
    if alert is not None and status is None:
        return replace(alert, last_act=transition.kind, acts=acts)
    is_still = alert is not None and transition.reason in SAME_TIER
    return Alert(
        alert_id=transition.alert_id,
        clock_id=transition.clock_id,
        patient=transition.patient,
        pathway=transition.pathway,
        right=transition.right,
        line=transition.line,
        unit=transition.unit,
        region=transition.region,
        status=status or "open",
        tier=transition.to_tier,
        reason=alert.reason if alert is not None and is_still else transition.reason,
        silent=transition.kind == "silent",
        late=transition.late,
        unverified=transition.unverified,
        raised_at=transition.at if alert is None else alert.raised_at,
        since=transition.at,
        due=transition.due,
        last_act=None,
        rulebook=transition.rulebook,
        policy=transition.policy,
        acts=acts,
    )


def _history(value: bytes | None, rows: Sequence[bytes]) -> History:
    alert = None if value is None else msgspec.json.decode(value, type=Alert)
    return History(alert, {msgspec.json.decode(row, type=Known).transition_id for row in rows}, alert)


def read_transition(value: bytes) -> Transition:
    """Read a record of the ledger. Raises UnreadableError, also for an act that does not say what its kind says."""
    transition = read(value, Transition)
    try:
        parse_moment(transition.at)
        if transition.kind in ACTS:
            msgspec.json.decode(msgspec.json.encode(follow(Acts(), transition)), type=Acts)
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableError(f"not as the contract says: {type(error).__name__} {error}") from error
    return transition


def _transitions(records: Sequence[Record], prepared: Prepared) -> list[tuple[Transition, float]]:
    """Return what the records say, each with when it was written (seconds since 1970)."""
    transitions = []
    for record in records:
        try:
            transitions.append((read_transition(record.value or b""), record.timestamp))
        except UnreadableError as error:
            prepared.unreadable[record.offset] = str(error)
    return transitions


def entry_of(alert: Alert) -> Entry:
    """Return the index entry of an alert; its moment is written in one width, so that texts sort like moments."""
    moment = parse_moment(alert.since).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return Entry(moment, alert.alert_id, alert.unit, alert.right, None, alert.status, alert.tier)
