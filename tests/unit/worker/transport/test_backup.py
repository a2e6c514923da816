"""A backup is of one moment, is whole, and what is restored from it goes on as if nothing had been."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stream.worker.transport import StoreAccessError, StoreDamagedError, TopicError, TransportOptions
from stream.worker.transport.embedded import backup
from stream.worker.transport.embedded.backup import back_up, check
from stream.worker.transport.embedded.files import database_path
from tests.unit.worker.transport.support import OUT, Copier, feed, make_topics, numbers, running, stored, until

ROWS = "copier-rows-changelog"


async def test_a_backup_taken_while_the_worker_works_is_of_one_moment(
    options: TransportOptions, tmp_path: Path
) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(400))
    async with running(copier):
        await copier.saw(50)
        await asyncio.to_thread(back_up, options.directory, tmp_path / "copy")
        await copier.saw(400)
    copy = replace(options, url=f"embedded:{tmp_path / 'copy'}")
    copies, rows = await stored(copy, OUT), await stored(copy, ROWS)
    assert 0 < len(copies) < 400
    assert (copies, rows[-1]) == (numbers(len(copies)), b"%d" % len(copies))


async def test_what_is_restored_does_the_rest_and_repeats_nothing(options: TransportOptions, tmp_path: Path) -> None:
    first = Copier(options)
    await make_topics(first)
    await feed(options, numbers(400))
    async with running(first):
        await first.saw(50)
        await asyncio.to_thread(back_up, options.directory, tmp_path / "copy")
    shutil.rmtree(options.directory)
    (tmp_path / "copy").rename(options.directory)
    second = Copier(options)
    async with running(second):
        await until(lambda: second.counts == {b"k": 400})
    assert await stored(options, OUT) == numbers(400)


async def test_a_plain_copy_of_a_stopped_log_is_a_backup(options: TransportOptions, tmp_path: Path) -> None:
    first = Copier(options)
    await make_topics(first)
    await feed(options, numbers(30))
    async with running(first):
        await until(lambda: first.counts == {b"k": 30})
    assert {path.name for path in options.directory.iterdir()} == {"records.sqlite", "sealed", "lock"}
    copy = replace(options, url=f"embedded:{shutil.copytree(options.directory, tmp_path / 'copy')}")
    async with running(Copier(copy)):
        await asyncio.sleep(0.2)
    assert await stored(copy, OUT) == numbers(30)


async def test_a_backup_says_what_it_holds(options: TransportOptions, tmp_path: Path) -> None:
    await make_topics(Copier(options))
    await feed(options, numbers(7))
    copied = back_up(options.directory, tmp_path / "copy")
    assert (copied.records, copied.size) == (7, database_path(tmp_path / "copy").stat().st_size)
    assert check(tmp_path / "copy") == 7


async def test_a_backup_that_was_interrupted_does_not_look_like_one(
    options: TransportOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_topics(Copier(options))

    def interrupt(_: Path) -> None:
        raise OSError("pulled out")

    monkeypatch.setattr(backup, "_checked", interrupt)
    with pytest.raises(OSError, match="pulled out"):
        back_up(options.directory, tmp_path / "copy")
    monkeypatch.undo()
    assert not (tmp_path / "copy").exists()
    assert back_up(options.directory, tmp_path / "copy").records == 0


async def test_no_backup_is_overwritten(options: TransportOptions, tmp_path: Path) -> None:
    await make_topics(Copier(options))
    with pytest.raises(StoreAccessError, match="exists already: name a new directory"):
        back_up(options.directory, tmp_path)


def test_there_is_no_backup_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(TopicError, match="holds no log"):
        back_up(tmp_path, tmp_path / "copy")


async def test_a_damaged_record_is_not_copied_as_if_it_were_whole(options: TransportOptions, tmp_path: Path) -> None:
    await make_topics(Copier(options))
    await feed(options, [b"what was written" * 10])
    path = database_path(options.directory)
    path.write_bytes(path.read_bytes().replace(b"what was written", b"what was writtem"))
    with pytest.raises(StoreDamagedError, match=r"in\[0\] at offset 0 is not what was written"):
        back_up(options.directory, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
