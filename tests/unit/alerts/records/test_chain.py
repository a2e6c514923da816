"""Promises of the hashes: they can be computed by anybody, and erasure changes none of them."""

import hashlib
import json
from dataclasses import replace

import pytest

from alerts.records.chain import GENESIS, chain_hash, salted_hash
from tests.unit.alerts.records.books import book, erased, record, salt


def test_a_content_hash_is_that_of_salt_and_content() -> None:
    assert salted_hash("00" * 16, "æ") == hashlib.sha256(bytes(16) + "æ".encode()).hexdigest()


@pytest.mark.parametrize("wrong", ["", "00", "0g" * 16, "AA" * 16, "00" * 17, "00 " * 16])
def test_another_salt_than_sixteen_bytes_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        salted_hash(wrong, "x")


def test_a_chain_hash_can_be_computed_from_what_is_documented() -> None:
    (entry,) = book([record(0)])
    said = [entry.transition_id, entry.alert_id, entry.clock_id, entry.unit, entry.region, entry.right, entry.kind]
    listed = ["fristvagt.ledger/1", GENESIS, 0, 1, 0, *said, "2026-02-02T08:00:00Z", entry.content_hash]
    text = json.dumps(listed, separators=(",", ":"))
    assert entry.chain_hash == hashlib.sha256(text.encode()).hexdigest()


def test_erasure_leaves_the_chain_hash_as_it_was() -> None:
    (entry,) = book([record(0)])
    assert chain_hash(GENESIS, erased(entry)) == entry.chain_hash


def test_the_same_content_with_another_salt_has_another_hash() -> None:
    (entry,) = book([record(0)])
    assert salted_hash(salt(1), str(entry.content)) != entry.content_hash


def test_an_entry_elsewhere_in_the_chain_has_another_hash() -> None:
    (entry,) = book([record(0)])
    moved = (replace(entry, partition=1), replace(entry, seq=2), replace(entry, source_offset=1))
    assert len({chain_hash(GENESIS, each) for each in (entry, *moved)}) == 4
