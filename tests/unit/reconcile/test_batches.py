from hypothesis import given, settings
from hypothesis import strategies as st

from stream.reconcile.batches import Part, batches, part_of, with_any

PATIENTS = [f"k1:{number}".encode() for number in range(200)]


def test_small_partitions_are_read_together() -> None:
    assert batches({0: 10, 1: 10, 2: 10}, 25) == [[Part(0), Part(1)], [Part(2)]]


def test_a_large_partition_is_read_in_parts() -> None:
    assert batches({0: 10, 1: 60, 2: 5}, 25) == [
        [Part(0)],
        [Part(1, n, 3) for n in range(1)],
        [Part(1, 1, 3)],
        [Part(1, 2, 3)],
        [Part(2)],
    ]


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 3), st.integers(0, 500), min_size=4), st.integers(1, 200))
def test_every_patient_is_in_exactly_one_batch(sizes, limit) -> None:
    found = batches(sizes, limit)
    for patient in PATIENTS[:20]:
        homes = [part_of(patient, {part.number: part for part in batch}, 4) for batch in found]
        assert sum(home is not None for home in homes) == 1


def test_batches_without_the_patients_in_question_are_left_out() -> None:
    every = [[Part(number)] for number in range(4)]
    kept = [part for batch in every for part in with_any(batch, frozenset(PATIENTS[:1]), 4)]
    assert len(kept) == 1
