"""Each story is played over the embedded log and SQLite, and some of them over Kafka and PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.records.database import Database, open_database
from deploy.settings import SECRETS_DIR
from stream.worker.transport import TransportOptions
from tests.kafka.conftest import options
from tests.scenarios.ends import Ends
from tests.scenarios.language import Step, read_scenario
from tests.scenarios.matching import faults
from tests.scenarios.site import Site
from tests.scenarios.stage import Stage
from tests.servers.kafka import kafka_of_its_own as kafka
from tests.servers.postgres import PASSWORD, USER, PostgresServer, postgres_server

__all__ = ["kafka", "options", "postgres_server"]

STORIES = {file.stem: file for file in sorted(Path(__file__).with_name("stories").glob("*.scenario"))}

pytestmark = pytest.mark.slow


@pytest.fixture
async def ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ends]:
    ends = Ends(tmp_path / "secrets")
    monkeypatch.setenv(SECRETS_DIR, str(ends.secrets))
    async with ends.open():
        yield ends


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path}/records.db")
    database.migrate()
    yield database
    database.close()


async def plays(site: Site, steps: list[Step]) -> None:
    stage, mailbox = Stage(site), site.ends.mailbox
    sent = await stage.play(steps)
    found = [*stage.wrong, *faults(steps, sent)]
    assert not found, "\n".join(found)
    assert len({str(each["Message-ID"]) for each in mailbox.mails()}) == len(mailbox.taken)
    assert len(sent) >= len(mailbox.taken) > 0


@pytest.mark.parametrize("story", STORIES)
async def test_a_story_comes_true(story: str, tmp_path: Path, ends: Ends, sqlite: Database) -> None:
    await plays(Site(tmp_path, sqlite, ends), read_scenario(STORIES[story]))


async def test_a_story_comes_true_whenever_the_processes_end(tmp_path: Path, ends: Ends, sqlite: Database) -> None:
    steps = read_scenario(STORIES["late-date"])
    ended = [replace(steps[0], at=at, until=at, words=("restart",), fields={}) for at in {step.at for step in steps}]
    await plays(Site(tmp_path, sqlite, ends), sorted([*steps, *ended], key=lambda step: step.at))


@pytest.fixture
def records(postgres_server: PostgresServer) -> Iterator[Database]:
    database = open_database(postgres_server.new_database(), username=USER, password=PASSWORD)
    database.migrate()
    yield database
    database.close()


@pytest.mark.kafka
@pytest.mark.parametrize("story", ["mended-policy", "other-ends", "somebody-acts"])
async def test_a_story_comes_true_over_kafka_and_postgresql(
    story: str, tmp_path: Path, ends: Ends, records: Database, options: TransportOptions
) -> None:
    await plays(Site(tmp_path, records, ends, options), read_scenario(STORIES[story]))
