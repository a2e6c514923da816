import hashlib

import msgspec

from stream.worker.deadletters import DeadLetter, fingerprint


def test_a_dead_letter_has_all_fields_of_the_contract_also_where_nothing_is_known() -> None:
    letter = msgspec.json.decode(DeadLetter(at="2026-02-02T08:00:00Z", reason="no_identity").encode())
    assert list(letter) == [
        *("at", "reason", "field", "hint", "source", "id", "type", "patient", "pathway", "allowed", "sha256"),
        *("topic", "partition", "offset"),
    ]


def test_the_fingerprint_is_of_the_bytes_as_received() -> None:
    assert fingerprint(b'{"id": "1"}') == hashlib.sha256(b'{"id": "1"}').hexdigest()


def test_a_body_that_is_missing_has_the_fingerprint_of_nothing() -> None:
    assert fingerprint(None) == fingerprint(b"")
