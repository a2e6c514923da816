"""Whether the read model holds what the topics say, for `fristvagt reconcile`. It reads only; the projector writes.

What the projector has not applied yet is no difference: it is counted as waiting.
"""

from collections.abc import AsyncIterator, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from api.projection import alerts as alert_documents
from api.projection import clocks as clock_documents
from api.projection.alerts import Alert, after, read_transition
from api.projection.clocks import Pathway
from api.projection.index import Entry, Index
from api.projection.keys import SCHEMA, Store, as_text
from api.projection.messages import PathwayMessage, UnreadableError, read
from api.projection.projector import READY
from stream.worker.names import ALERTS, CLOCKS

CHUNK: Final = 500
"""Documents asked for at a time."""


class Placed(Protocol):
    """A record of a topic and where it lies."""

    @property
    def offset(self) -> int:
        """Place in its partition."""

    @property
    def value(self) -> bytes | None:
        """Value as sent; None for a tombstone."""


class Message(Placed, Protocol):
    """A record of the clocks topic."""

    @property
    def partition(self) -> int:
        """Its partition."""


class Wrong(NamedTuple):
    """What is wrong with a document: `what` is one of ``clock``, ``broken``, ``alert`` and ``index``."""

    what: str
    patient: str
    ref: str
    note: str = ""


@dataclass(slots=True)
class Compared:
    """What came of a comparison. `revisions` are those that the read model has of pathways that are wrong."""

    wrong: list[Wrong] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)
    waiting: int = 0


class ReadModel:
    """Compares the read model with records read from the topics. `applied` is asked once, after they were read."""

    def __init__(self, store: Store, applied: Mapping[tuple[str, int], int]) -> None:
        self._redis = store.redis
        self._keys = store.keys
        self._applied = applied
        self._indexes = {kind: Index(store.keys, kind) for kind in ("clocks", "alerts")}

    async def pathways(self, messages: Mapping[str, tuple[str, Message]]) -> Compared:
        """Compare the documents of pathways with their last messages, given as patient and message by pathway."""
        compared = Compared()
        names = list(messages)
        for start in range(0, len(names), CHUNK):
            chunk = names[start : start + CHUNK]
            found = await self._redis.hmget(self._keys.pathways, chunk)
            for name, value in zip(chunk, found, strict=True):
                await self._pathway(name, *messages[name], value, compared)
        return compared

    async def _pathway(
        self, name: str, patient: str, message: Message, value: bytes | str | None, compared: Compared
    ) -> None:
        if self._applied.get((CLOCKS, message.partition), 0) <= message.offset:
            compared.waiting += 1
            return
        try:
            held = None if value is None else read(value, Pathway)
            compared.wrong += await self._clocks(name, patient, message, held)
        except UnreadableError:
            compared.wrong.append(Wrong("broken", patient, name))
            return
        if held is not None:
            compared.revisions[name] = held.revision

    async def _clocks(self, name: str, patient: str, message: Message, held: Pathway | None) -> list[Wrong]:
        told = None if message.value is None else _told(message.value)
        if told is None or held is None:
            is_right = told is None and held is None
            return [] if is_right else [Wrong("clock", patient, name, "missing" if held is None else "stray")]
        pathway, clocks = told
        if pathway != held:
            return [Wrong("clock", patient, name, "pathway")]
        documents = await self._redis.hmget(self._keys.clocks, list(clocks)) if clocks else []
        pairs = zip(clocks.values(), documents, strict=True)
        bad = sum(document is None or read(document, dict[str, Any]) != clock for clock, document in pairs)
        if bad:
            return [Wrong("clock", patient, name, f"{bad} clocks")]
        entries = [clock_documents.entry_of(clock) for clock in clocks.values()]
        return [Wrong("index", patient, entry.id) for entry in await self._unlisted("clocks", entries)]

    async def alerts(self, patient: str, number: int, ledger: Sequence[Placed]) -> Compared:
        """Compare a patient's alerts with the ledger."""
        compared = Compared()
        if not ledger or self._applied.get((ALERTS, number), 0) <= ledger[-1].offset:
            compared.waiting += bool(ledger)
            return compared
        expected = _alerts(ledger)
        found = await self._redis.hmget(self._keys.alerts, list(expected)) if expected else []
        for alert, value in zip(expected.values(), found, strict=True):
            if value is None or _document(value, Alert) != alert:
                compared.wrong.append(Wrong("alert", patient, alert.alert_id))
        entries = [alert_documents.entry_of(alert) for alert in expected.values()]
        if not compared.wrong:
            unlisted = await self._unlisted("alerts", entries)
            compared.wrong += [Wrong("index", patient, entry.id) for entry in unlisted]
        return compared

    async def _unlisted(self, kind: str, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries that are not in their index."""
        missing = []
        for entry in entries:
            ((_, name, _, member),) = self._indexes[kind].put(entry)
            if await self._redis.zscore(str(name), member) is None:
                missing.append(entry)
        return missing

    async def strays(self, wants: Callable[[bytes], bool], known: Container[str]) -> Compared:
        """Return what the read model holds of wanted patients beyond the known pathways, and clocks of no pathway."""
        compared = Compared()
        clock_ids: set[str] = set()
        async for name, pathway in self._scan(self._keys.pathways, Pathway):
            if pathway is None or not wants(pathway.patient.encode()):
                continue  # a broken one of a known pathway is found by its name
            clock_ids.update(pathway.clock_ids)
            if name not in known:
                compared.wrong.append(Wrong("clock", pathway.patient, name, "stray"))
                compared.revisions[name] = pathway.revision
        async for name, clock in self._scan(self._keys.clocks, _Owner):
            if clock is not None and name not in clock_ids and wants(clock.patient.encode()):
                compared.wrong.append(Wrong("broken", clock.patient, name, "a clock of no pathway"))
        return compared

    async def _scan(self, key: str, shape: Any) -> AsyncIterator[tuple[str, Any]]:
        async for name, value in self._redis.hscan_iter(key, count=CHUNK):
            yield as_text(name), _document(value, shape)

    async def listed(self) -> list[Wrong]:
        """Return the entries of the indexes of what is live that no document stands behind."""
        found = await self._listed("clocks", self._keys.clocks, clock_documents.entry_of, dict[str, Any])
        return found + await self._listed("alerts", self._keys.alerts, alert_documents.entry_of, Alert)

    async def _listed(self, kind: str, key: str, entry_of: Callable[[Any], Entry], shape: Any) -> list[Wrong]:
        entries = await self._indexes[kind].live(self._redis)
        wrong = []
        for start in range(0, len(entries), CHUNK):
            chunk = entries[start : start + CHUNK]
            found = await self._redis.hmget(key, [entry.id for entry in chunk])
            for entry, value in zip(chunk, found, strict=True):
                if value is None or _entry(value, shape, entry_of) != entry:
                    wrong.append(Wrong("index", "", entry.id))
        return wrong


class _Owner(msgspec.Struct):
    patient: str


async def applied(store: Store, partitions: int) -> dict[tuple[str, int], int] | None:
    """Return how far the read model is with clocks and ledger, by topic and partition; None if it is not ready."""
    schema, state = await store.redis.hmget(store.keys.meta, ["schema", "state"])
    if as_text(schema or b"") != SCHEMA or as_text(state or b"") != READY:
        return None
    spots = [(topic, number) for topic in (CLOCKS, ALERTS) for number in range(partitions)]
    found = await store.redis.mget([store.keys.applied(*spot) for spot in spots])
    return {spot: int(offset or 0) for spot, offset in zip(spots, found, strict=True)}


def _told(value: bytes) -> tuple[Pathway, dict[str, dict[str, Any]]] | None:
    """Return what a message makes of its pathway in the read model. Raises UnreadableError."""
    message = read(value, PathwayMessage)
    clocks = {str(clock.get("clock_id")): clock for clock in message.clocks or ()}
    if not clocks:
        return None
    names = ("patient", "revision", "incomplete", "rulebook", "reading")
    return Pathway(**{name: getattr(message, name) for name in names}, clock_ids=list(clocks)), clocks


def _alerts(ledger: Sequence[Placed]) -> dict[str, Alert]:
    """Return a patient's alerts as the projector has to leave them. What cannot be read it leaves out too."""
    seen: set[str] = set()
    found: dict[str, Alert] = {}
    for record in ledger:
        try:
            transition = read_transition(record.value or b"")
        except UnreadableError:
            continue
        if transition.transition_id not in seen:
            seen.add(transition.transition_id)
            alert = after(found.get(transition.alert_id), transition)
            if alert is not None:
                found[transition.alert_id] = alert
    return found


def _document(value: bytes | str, shape: Any) -> Any:
    """Return a document, or None if it cannot be read."""
    try:
        return read(value, shape)
    except UnreadableError:
        return None


def _entry(value: bytes | str, shape: Any, entry_of: Callable[[Any], Entry]) -> Entry | None:
    document = _document(value, shape)
    try:
        return None if document is None else entry_of(document)
    except UnreadableError:
        return None
