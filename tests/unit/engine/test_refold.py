"""Refolding evaluates seldom and mints the ids that an evaluation after each event would have minted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.facts.parse import Accepted, parse_event
from stream.identity import Minted
from stream.law.fact import Fact, Ref
from stream.refold import Refold
from stream.row import Row
from stream.simulate.feed import simulate
from tests.unit.engine.events import ENGINE, event, parsed
from tests.unit.law.test_properties import NOW, fact_lists

REFUSED = {"kind": "refused", "at": "2026-02-03T00:00:00Z", "command_id": "c", "source": "urn:x", "id": "r"}
LATE = datetime(2027, 1, 1, tzinfo=UTC)


def one_by_one(facts: Iterable[Fact], at: datetime) -> Row:
    row: Row | None = None
    for fact in facts:
        row = ENGINE.take(row, fact, at).row
    assert row is not None
    return row


def test_a_refused_event_in_between_changes_no_id() -> None:
    first, consent = (
        replace(parsed(event(step, f"2026-02-0{day}", **data)).fact, ref=Ref("urn:x", step))
        for step, day, data in (("referral-received", 2, {"purpose": "workup"}), ("consent-given", 3, {}))
    )
    corrected = replace(first, ref=Ref("urn:x", "new"), supersedes=first.ref)
    refold, row = Refold(ENGINE, first.patient, NOW), None
    for each in (first, REFUSED, corrected, consent):
        if isinstance(each, Fact):
            refold.take(each)
            row = ENGINE.take(row, each, NOW).row
        else:
            refold.command(each)
            row = ENGINE.command(row, each, NOW).row
    found = refold.judged()[0]
    assert (ids(found), found.record) == (ids(row), row.record)


def refolded(facts: Sequence[Fact], at: datetime) -> Row:
    refold = Refold(ENGINE, facts[0].patient, at)
    for fact in facts:
        refold.take(fact)
    return refold.judged()[0]


def ids(row: Row) -> list[Minted]:
    return sorted(row.minted, key=lambda each: each.clock_id)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Fact]:
    """Facts in any order, with repeats, corrections, retractions and other contents under the same identity."""
    facts = draw(fact_lists())
    for target in draw(st.lists(st.sampled_from(facts), max_size=4)):
        again = draw(st.sampled_from(facts))
        name = Ref(target.ref.source, f"{target.ref.id}-{len(facts)}")
        facts.append(
            draw(
                st.sampled_from(
                    [
                        target,
                        replace(again, ref=target.ref, order_key=b"other"),
                        replace(again, ref=name, supersedes=target.ref),
                        replace(target, ref=name, step="fact-retracted", fields={}, retracts=target.ref),
                    ]
                )
            )
        )
    return draw(st.permutations(facts)) if draw(st.booleans()) else sorted(facts, key=lambda fact: fact.time)


@settings(max_examples=300, deadline=None)
@given(arrivals())
def test_ids_are_those_of_an_evaluation_after_each_event(facts: list[Fact]) -> None:
    assert ids(refolded(facts, NOW)) == ids(one_by_one(facts, NOW))


@settings(max_examples=100, deadline=None)
@given(arrivals())
def test_the_record_is_the_same(facts: list[Fact]) -> None:
    assert refolded(facts, NOW).record == one_by_one(facts, NOW).record


def simulated(pathways: int, seed: int) -> dict[str, list[Fact]]:
    patients: dict[str, list[Fact]] = defaultdict(list)
    for sent in simulate(pathways, seed, date(2026, 1, 5), date(2026, 9, 1)):
        outcome = parse_event(sent)
        if isinstance(outcome, Accepted):
            patients[outcome.fact.patient].append(outcome.fact)
    return patients


@pytest.fixture(scope="module")
def country() -> dict[str, list[Fact]]:
    return simulated(250, 11)


def test_a_simulated_country_gets_the_same_ids(country: dict[str, list[Fact]]) -> None:
    assert [ids(refolded(facts, LATE)) for facts in country.values()] == [
        ids(one_by_one(facts, LATE)) for facts in country.values()
    ]


def test_most_patients_are_evaluated_once(country: dict[str, list[Fact]], monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated = []
    judged = ENGINE.judged

    def counted(*arguments: Any) -> Any:
        evaluated.append(1)
        return judged(*arguments)

    monkeypatch.setattr(ENGINE, "judged", counted)
    for facts in country.values():
        refolded(facts, LATE)
    assert len(evaluated) < 2 * len(country)
