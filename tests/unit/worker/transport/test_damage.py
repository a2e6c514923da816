"""A log that was damaged on disk is whole all the same, or refused with a clear line. Never silently less."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from faust.types import TP

from stream.worker.transport import (
    Outgoing,
    StoreDamagedError,
    StoreFormatError,
    TopicSpec,
    TransportOptions,
    read_topic,
)
from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.options import topic_config
from tests.unit.worker.transport.forked import chances

BATCHES, PARTITIONS = 120, 3
VALUE = b"what was written" * 20
GROUPS = ("watch", "intake")
REFUSALS = (StoreDamagedError, StoreFormatError)

Contents = dict[str, object]


@pytest.fixture
async def image(tmp_path: Path) -> Path:
    """A directory as kill -9 leaves it: much of it in the main file, the rest in the write-ahead file only."""
    broker = Broker(TransportOptions(url=f"embedded:{tmp_path / 'live'}"))
    for name, compacted in (("facts", False), ("rows", True)):
        await broker.declare(TopicSpec(name, PARTITIONS, 1, topic_config(compacted=compacted, retention=None)))
    for number in range(BATCHES):
        lane = number % PARTITIONS
        facts = [Outgoing("facts", b"k1:%d" % n, VALUE + b"%d" % number, lane, (("h", b"v"),)) for n in range(5)]
        row = Outgoing("rows", b"k1:%d" % (number % 7), b"%d" % number * 400, lane)
        await broker.append([*facts, row], (GROUPS[number % 2], {TP("facts", lane): number}))
        if number == BATCHES // 2:
            broker._writer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = Path(shutil.copytree(tmp_path / "live", tmp_path / "image"))
    await broker.close()
    return copy


async def contents(directory: Path) -> Contents:
    """Open the log as a worker does, and read all of it."""
    options = TransportOptions(url=f"embedded:{directory}")
    broker = Broker(options)
    try:
        places = {TP("facts", p) for p in range(PARTITIONS)}
        found: Contents = {group: await broker.committed(group, places) for group in GROUPS}
        for name in ("facts", "rows"):
            found[name] = [each async for each in read_topic(options, name)]
    finally:
        await broker.close()
    return found


async def outcome(directory: Path, wanted: Contents) -> str:
    """Say how a damaged log opens: "whole" or "refused". Anything else fails the test."""
    try:
        found = await contents(directory)
    except REFUSALS as refusal:
        return "refused" if str(directory) in str(refusal) else "refused without a name"
    assert found == wanted, "silently less"
    return "whole"


def flip(path: Path, chance: Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def cut(path: Path, chance: Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])


def lose_a_page(path: Path, chance: Random) -> None:
    data = bytearray(path.read_bytes())
    start = chance.randrange(len(data) // 4096) * 4096
    data[start : start + 4096] = bytes(len(data[start : start + 4096]))
    path.write_bytes(data)


@pytest.mark.parametrize("file", ["records.sqlite", "records.sqlite-wal"])
@pytest.mark.parametrize(("harm", "rounds"), [(flip, 60), (cut, 15), (lose_a_page, 20)])
async def test_after_any_damage_everything_is_there_or_the_log_is_refused(
    tmp_path: Path, image: Path, file: str, harm: Callable[[Path, Random], None], rounds: int
) -> None:
    wanted = await contents(Path(shutil.copytree(image, tmp_path / "good")))
    chance, outcomes = chances(), []
    for number in range(rounds):
        copy = Path(shutil.copytree(image, tmp_path / str(number)))
        harm(copy / file, chance)
        outcomes.append(await outcome(copy, wanted))
        shutil.rmtree(copy)
    assert "refused" in outcomes
    assert set(outcomes) <= {"whole", "refused"}


async def test_a_flipped_bit_anywhere_in_the_header_is_harmless_or_refused(tmp_path: Path, image: Path) -> None:
    wanted, outcomes = await contents(Path(shutil.copytree(image, tmp_path / "good"))), []
    data = (tmp_path / "good" / "records.sqlite").read_bytes()  # the other files were merged into it
    for byte in range(100):
        copy = Path(shutil.copytree(tmp_path / "good", tmp_path / str(byte)))
        (copy / "records.sqlite").write_bytes(data[:byte] + bytes([data[byte] ^ 0x80]) + data[byte + 1 :])
        outcomes.append(await outcome(copy, wanted))
    assert set(outcomes) == {"whole", "refused"}


async def test_a_flipped_bit_anywhere_in_a_record_is_noticed(tmp_path: Path, image: Path) -> None:
    wanted, path = await contents(Path(shutil.copytree(image, tmp_path / "good"))), tmp_path / "good" / "records.sqlite"
    data, chance = path.read_bytes(), chances()
    value = data.index(VALUE)
    for byte in chance.sample(range(value, value + len(VALUE)), 10):
        path.write_bytes(data[:byte] + bytes([data[byte] ^ 1 << chance.randrange(8)]) + data[byte + 1 :])
        assert await outcome(tmp_path / "good", wanted) == "refused"


def files_of(directory: Path) -> list[Path]:
    return [directory / name for name in ("records.sqlite", "records.sqlite-wal", "sealed")]


async def test_a_refused_log_is_left_as_it_is(image: Path) -> None:
    cut(image / "records.sqlite-wal", Random(3))
    before = {path.name: path.read_bytes() for path in files_of(image)}
    with pytest.raises(StoreDamagedError):
        await contents(image)
    assert {name: (image / name).read_bytes() for name in before} == before


async def test_a_torn_off_end_is_counted_and_can_be_given_up_by_hand(image: Path) -> None:
    wal = image / "records.sqlite-wal"
    wal.write_bytes(wal.read_bytes()[:-1])
    with pytest.raises(StoreDamagedError, match=r"122 stores were acknowledged, and the last 1 of them .*/sealed"):
        await contents(image)
    (image / "sealed").unlink()
    found = await contents(image)
    assert len(found["facts"]) == 5 * (BATCHES - 1)  # type: ignore[arg-type]  # a list


@pytest.mark.parametrize("missing", ["records.sqlite-wal", "records.sqlite"])
async def test_a_copy_without_one_of_its_files_is_refused(image: Path, missing: str) -> None:
    (image / missing).unlink()
    with pytest.raises(StoreDamagedError, match="are missing"):
        await contents(image)


async def test_a_damaged_seal_is_refused(image: Path) -> None:
    (image / "sealed").write_bytes(b"no seal at all")
    with pytest.raises(StoreDamagedError, match="sealed is damaged"):
        await contents(image)


async def test_a_reader_beside_refuses_a_log_that_lost_its_end(image: Path) -> None:
    (image / "records.sqlite-wal").unlink()
    with pytest.raises(StoreDamagedError):
        [each async for each in read_topic(TransportOptions(url=f"embedded:{image}"), "facts")]
