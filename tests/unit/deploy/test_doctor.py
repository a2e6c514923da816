from pathlib import Path
from typing import Any

import pytest

from deploy.doctor import Finding, examine, judge_redis, topics_of
from deploy.settings import Settings
from stream.worker.names import ALERTS, CLOCKS, FACTS, INBOX


async def findings(*, create: bool = False, **values: Any) -> dict[str, Finding]:
    return {found.name: found async for found in examine(Settings(**values), create=create)}


async def test_a_new_machine_is_in_order(tmp_path: Path) -> None:
    assert all(found.good for found in (await findings(data_dir=tmp_path)).values())


async def test_everything_is_looked_at(tmp_path: Path) -> None:
    wanted = ["rulebook", "units", "policy", "signs", "clock", "transport", "topics", "redis"]
    assert list(await findings(data_dir=tmp_path)) == wanted


async def test_a_rulebook_that_does_not_load_is_found(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("nonsense = [")
    assert not (await findings(data_dir=tmp_path, rulebook=file))["rulebook"].good


async def test_topics_can_be_made(tmp_path: Path) -> None:
    made = (await findings(data_dir=tmp_path, create=True))["topics"]
    assert (made.good, made.text.startswith("all ")) == (True, True)


async def test_another_partition_count_is_found_and_named(tmp_path: Path) -> None:
    await findings(data_dir=tmp_path, create=True, partitions=3)
    found = (await findings(data_dir=tmp_path, create=True, partitions=6))["topic"]
    assert (found.good, "partitions is 3, should be 6" in found.text) == (False, True)


def test_every_topic_of_every_process_is_known() -> None:
    assert {FACTS, CLOCKS, ALERTS, INBOX} < {spec.name for spec in topics_of(Settings())}


def test_redis_by_its_version_is_good() -> None:
    assert judge_redis({"redis_version": "7.2.4", "maxmemory_policy": "noeviction"}).good


@pytest.mark.parametrize("version", ["5.0.14", "6.0.16"])
def test_an_old_redis_is_refused(version: str) -> None:
    assert not judge_redis({"redis_version": version}).good


def test_a_redis_that_drops_keys_is_refused() -> None:
    found = judge_redis({"redis_version": "7.2.4", "maxmemory_policy": "allkeys-lru"})
    assert (found.good, "noeviction" in found.text) == (False, True)
