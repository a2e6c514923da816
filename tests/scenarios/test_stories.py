"""Each story is played over the embedded log and SQLite, and one of them over Kafka and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.delivery.links import Page
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.records.database import Database, open_database
from stream.worker.transport import TransportOptions
from tests.kafka.conftest import options
from tests.scenarios.language import read_scenario
from tests.scenarios.matching import faults
from tests.scenarios.stage import Stage
from tests.servers.kafka import kafka_of_its_own as kafka
from tests.servers.mail import Mailbox, mail_server
from tests.servers.postgres import PASSWORD, USER, PostgresServer, postgres_server

__all__ = ["kafka", "options", "postgres_server"]

STORIES = sorted(Path(__file__).with_name("stories").glob("*.scenario"))

pytestmark = pytest.mark.slow


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mail(mailbox: Mailbox) -> Iterator[MailChannel]:
    with mail_server(mailbox) as port:
        page = Page("http://127.0.0.1:8000")
        given = MailSettings("127.0.0.1", port, "fristvagt@region.example", page, "plaintext", allow_plaintext=True)
        yield MailChannel(given)


async def plays(stage: Stage, story: Path) -> None:
    steps = read_scenario(story)
    sent = await stage.play(steps)
    assert [*stage.wrong, *faults(steps, sent)] == []
    assert len({str(each["Message-ID"]) for each in stage.mailbox.mails()}) == len(stage.mailbox.taken)
    assert len(sent) >= len(stage.mailbox.taken) > 0


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
async def test_a_story_comes_true(story: Path, tmp_path: Path, mail: MailChannel, mailbox: Mailbox) -> None:
    database = open_database(f"sqlite:///{tmp_path}/records.db")
    database.migrate()
    await plays(Stage(tmp_path, database, mail, mailbox), story)
    database.close()


@pytest.fixture
def records(postgres_server: PostgresServer) -> Iterator[Database]:
    database = open_database(postgres_server.new_database(), username=USER, password=PASSWORD)
    database.migrate()
    yield database
    database.close()


@pytest.mark.kafka
async def test_a_story_comes_true_over_kafka_and_postgresql(
    tmp_path: Path, mail: MailChannel, mailbox: Mailbox, records: Database, options: TransportOptions
) -> None:
    story = next(each for each in STORIES if each.stem == "somebody-acts")
    await plays(Stage(tmp_path, records, mail, mailbox, options), story)
