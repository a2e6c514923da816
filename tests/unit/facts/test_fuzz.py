"""Ten thousand mutated events: each is accepted or refused with a reason of the contract, and none leaks a number."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, get_args

import pytest

from stream.facts import cpr
from stream.facts.parse import Accepted, Refusal, fact_from_event, parse_event
from stream.facts.record import Record
from stream.facts.refusal import Reason
from stream.facts.transports import take_apart
from tests.unit.facts.samples import event, marker
from tests.unit.facts.test_steps import WHOLE

ROUNDS = 10_000
SEED = 25
REASONS = frozenset(get_args(Reason))
SEEDS = [*(event(step, sent, recordref="r") for step, (sent, _) in WHOLE.items()), marker("AFV01B"), marker("AFB01A")]
ODD: tuple[Any, ...] = (
    None,
    True,
    "",
    " ",
    0,
    -1,
    10**25,
    3112901234,
    3112901234.0,
    1e400,
    float("nan"),
    [],
    {},
    [[[]]],
    {"a": {"b": ["010190-1234"]}},
    "010190-1234",
    "ring 6101901234.",
    "p?c=010190%2D1234",
    "æøå",
    "\ud800",
    "\x00",
    "\u202e",
    "x" * 70_000,
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00",
    "2026-02-02T09:00:00",
    "2026-02-02",
    "2016-12-31T23:59:60Z",
    "dk.fristvagt.wait-resumed.v1",
    "dk.lpr3.marker.v1",
    "440781000016008",
    "e-1",
)


def put(whole: dict[str, Any], rng: random.Random) -> None:
    target = whole if rng.random() < 0.5 or not isinstance(whole.get("data"), dict) else whole["data"]
    name = rng.choice([*target, "comment", "Jens Hansen", "010190-1234"])
    target[name] = rng.choice(ODD)


def drop(whole: dict[str, Any], rng: random.Random) -> None:
    target = whole["data"] if rng.random() < 0.5 and isinstance(whole.get("data"), dict) else whole
    if target:
        del target[rng.choice(list(target))]


def nest(whole: dict[str, Any], rng: random.Random) -> None:
    deep: Any = rng.choice(ODD)
    for _ in range(rng.choice((5, 63, 64, 65, 300))):
        deep = [deep] if rng.random() < 0.5 else {"a": deep}
    whole[rng.choice(["data", "comment", "id"])] = deep


def spoil(raw: bytes, rng: random.Random) -> bytes:
    """Change, cut, repeat or insert bytes."""
    place, length = rng.randrange(len(raw)), rng.randrange(1, 9)
    piece = rng.choice(
        [b"", b'"', b"}", b"\\", b"\xff", b"0101901234", b"\\u0030", rng.randbytes(3), raw[place : place + 40]]
    )
    return raw[:place] + piece + raw[place + length * rng.randrange(2) :]


def mutants(rng: random.Random) -> Iterator[bytes]:
    changes: tuple[Callable[[dict[str, Any], random.Random], None], ...] = (put, put, put, drop, nest)
    for _ in range(ROUNDS):
        whole = copy.deepcopy(rng.choice(SEEDS))
        for _ in range(rng.randrange(4)):
            rng.choice(changes)(whole, rng)
        raw = json.dumps(whole, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
        yield spoil(raw, rng) if rng.random() < 0.4 else raw


@pytest.fixture(scope="module")
def judged() -> list[tuple[bytes, Accepted | Refusal]]:
    return [(raw, parse_event(raw)) for raw in mutants(random.Random(SEED))]


def accepted_of(judged: list[tuple[bytes, Accepted | Refusal]]) -> list[Accepted]:
    return [outcome for _, outcome in judged if isinstance(outcome, Accepted)]


def refused_of(judged: list[tuple[bytes, Accepted | Refusal]]) -> list[Refusal]:
    return [outcome for _, outcome in judged if isinstance(outcome, Refusal)]


def test_each_is_accepted_or_refused_with_a_reason_of_the_contract(judged: list[Any]) -> None:
    assert len(accepted_of(judged)) + len(refused_of(judged)) == ROUNDS
    assert {refusal.reason for refusal in refused_of(judged)} == REASONS


def test_the_mutants_mean_something(judged: list[Any]) -> None:
    assert len(accepted_of(judged)) > ROUNDS / 5
    assert len(refused_of(judged)) > ROUNDS / 5


def test_nothing_that_is_told_or_kept_holds_a_cpr_number(judged: list[Any]) -> None:
    told = [json.dumps(asdict(refusal), ensure_ascii=False) for refusal in refused_of(judged)]
    kept = [json.dumps(outcome.event, ensure_ascii=False) for outcome in accepted_of(judged)]
    assert not [text for text in told + kept if cpr.contains(text)]


def test_nothing_that_is_told_or_kept_holds_the_name_of_an_odd_field(judged: list[Any]) -> None:
    assert not [1 for _, outcome in judged if isinstance(outcome, Refusal) and "Hansen" in str(asdict(outcome))]
    assert not [1 for outcome in accepted_of(judged) if "Hansen" in str(outcome.event)]


def test_every_accepted_one_reads_back_from_what_is_kept(judged: list[Any]) -> None:
    for outcome in accepted_of(judged):
        kept = json.loads(json.dumps(outcome.event, ensure_ascii=False).encode())
        assert fact_from_event(kept).fields == outcome.fact.fields


def test_every_accepted_one_can_be_stored(judged: list[Any]) -> None:
    for outcome in accepted_of(judged):
        record = Record().add(outcome.fact)
        assert Record.from_plain(record.to_plain()) == record


def test_every_refusal_names_the_event_by_something(judged: list[Any]) -> None:
    assert all(refusal.ref.id and len(refusal.sha256) == 64 for refusal in refused_of(judged))


def test_bytes_without_sense_never_raise_in_any_mode() -> None:
    rng = random.Random(SEED)
    modes = [
        [],
        [("content-type", b"application/cloudevents-batch+json")],
        [("ce_id", b"\xff"), ("ce_type", b"010190-1234")],
    ]
    outcomes = [
        sent.judge()
        for _ in range(500)
        for mode in modes
        for sent in take_apart(mode, rng.randbytes(rng.randrange(60)))
    ]
    assert {type(outcome) for outcome in outcomes} == {Refusal}
