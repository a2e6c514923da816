from aiokafka.partitioner import DefaultPartitioner

from stream.worker.partition import partition_of


def test_a_patient_lies_where_kafkas_default_partitioner_puts_it() -> None:
    keys = [f"k1:{number:x}æ".encode() for number in range(500)]
    expected = [DefaultPartitioner()(key, list(range(12)), list(range(12))) for key in keys]
    assert [partition_of(key, 12) for key in keys] == expected


def test_javas_known_murmur2_value_is_met() -> None:
    # Kafka's own UtilsTest: murmur2("foobar") = -790332482
    assert partition_of(b"foobar", 1 << 31) == -790332482 & 0x7FFFFFFF


def test_patients_spread_over_all_partitions() -> None:
    assert {partition_of(f"k1:{number}".encode(), 12) for number in range(1000)} == set(range(12))
