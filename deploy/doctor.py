"""What `fristvagt doctor` looks at: configuration, data files, clock, log of records, topics, Redis, records."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NamedTuple

from msgspec.structs import astuple
from redis.exceptions import RedisError

from alerts.records.errors import RecordsError
from deploy.errors import BadInputError
from deploy.records import open_records, records_file
from deploy.redis import redis_client
from deploy.rooms import Rooms
from deploy.rules import RuleFiles
from deploy.settings import Settings, variable, with_variables
from deploy.topics import advice
from deploy.transport import transport_options
from stream.clock import format_moment
from stream.worker.transport import TopicSpec, TransportError, TransportOptions, declared_topics, ensure_topics
from stream.worker.transport.embedded.backup import check

OLDEST_REDIS: Final = (6, 2)


class Finding(NamedTuple):
    """One check: what was looked at, whether it is good, and what was found or what to do."""

    name: str
    good: bool
    text: str


async def examine(settings: Settings, *, create: bool) -> AsyncIterator[Finding]:
    """Check everything, one finding after the other. `create` makes topics that are missing."""
    for finding in _data_files(RuleFiles.of(settings)):
        yield finding
    yield Finding("clock", good=True, text=f"{settings.clock}: now {format_moment(settings.make_clock().now())}")
    async for finding in _log(settings, create=create):
        yield finding
    yield await _redis(settings)
    if settings.records_url or records_file(settings).exists():
        yield await asyncio.to_thread(_records, settings, create=create)


def _data_files(files: RuleFiles) -> list[Finding]:
    return [
        _loads("rulebook", lambda: f"version {(book := files.load_rulebook()).version}, reading {book.reading}"),
        _loads("units", lambda: f"{len(list(files.load_units()))} units"),
        _loads("policy", lambda: f"version {files.load_policy().version}"),
        _loads("signs", lambda: f"{sum(each.on for each in astuple(files.load_signs()))} are looked for"),
    ]


def _loads(name: str, load: Callable[[], str]) -> Finding:
    try:
        return Finding(name, good=True, text=load())
    except BadInputError as error:
        return Finding(name, good=False, text=error.line)


async def _log(settings: Settings, *, create: bool) -> AsyncIterator[Finding]:
    try:
        options = transport_options(settings)
    except BadInputError as error:
        yield Finding("transport", good=False, text=error.line)
        return
    specs = topics_of(settings)
    try:
        differences = await ensure_topics(options, specs, create=create)
        whole = await _whole(options)
    except TransportError as error:
        hint = "" if options.kind == "kafka" else f" ({variable('data_dir')} says where it is)"
        yield Finding("transport", good=False, text=f"{with_variables(str(error))}{hint}")
        return
    yield Finding("transport", good=True, text=f"{options.url} {whole}")
    wrong = [each for each in differences if options.kind == "kafka" or each.what != "topic"]
    for difference in wrong:
        yield Finding("topic", good=False, text=advice(difference, create=create))
    if not wrong:
        yield Finding("topics", good=True, text=_topics(len(specs), len(differences), settings.partitions))


async def _whole(options: TransportOptions) -> str:
    """Read the whole embedded log: a worker checks what it reads, and may not read an old record for years."""
    records = await asyncio.to_thread(check, options.directory) if options.kind == "embedded" else None
    return "answers" if records is None else f"holds {records} records, all whole"


def _topics(wanted: int, missing: int, partitions: int) -> str:
    if missing:
        return f"{missing} of {wanted} are made when the demo first starts"
    return f"all {wanted} are there, {partitions} partitions"


def topics_of(settings: Settings) -> list[TopicSpec]:
    """Return every topic that any process of ours needs; they do not depend on the rules, which may not load."""
    built_in = dict.fromkeys(("rulebook", "units", "policy", "signs", "reading"))
    rooms = Rooms(settings.model_copy(update=built_in), settings.make_clock())
    found = {spec.name: spec for room in rooms.every() for spec in declared_topics(room.app)}
    return list(found.values())


def _records(settings: Settings, *, create: bool) -> Finding:
    """Look at the database of ledger and notes; `create` makes its tables, or brings them to this version."""
    try:
        records = open_records(settings)
        try:
            if create:
                records.migrate()
            return Finding("records", good=True, text=f"{records.name} answers, tables {records.check()}")
        finally:
            records.close()
    except RecordsError as error:
        hint = f"({variable('records_url')} says where it is)"
        return Finding("records", good=False, text=f"{error} {hint}")


async def _redis(settings: Settings) -> Finding:
    if settings.transport == "embedded":
        return Finding("redis", good=True, text="embedded: starts with the demo")
    client = redis_client(settings)
    try:
        about: dict[str, Any] = await client.info()
    except RedisError as error:
        hint = f"({variable('redis_url')} says where it is)"
        return Finding("redis", good=False, text=f"{settings.redis_url}: {error} {hint}")
    finally:
        await client.aclose()
    return judge_redis(about)


def judge_redis(about: dict[str, Any]) -> Finding:
    """Judge what a Redis or Valkey says of itself."""
    version = str(about.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        return Finding(
            "redis", good=False, text=f"version {version} is too old; use {'.'.join(map(str, OLDEST_REDIS))} on"
        )
    policy = about.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        return Finding("redis", good=False, text=f"maxmemory-policy is {policy} and drops clocks; set noeviction")
    return Finding("redis", good=True, text=f"version {version} answers")
