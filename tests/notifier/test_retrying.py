"""`fristvagt notifier retry-dead`: what is dead on an address that was right all along is sent once more, and once."""

import asyncio
import threading
from pathlib import Path

import pytest

from alerts.delivery.channels import PermanentFailureError
from alerts.notifier.planner import Planner
from alerts.notifier.readdressing import retry
from alerts.records.database import Database
from deploy.cli import run
from tests.notifier.house import House, lead, post, record, told_nothing
from tests.servers.postgres import PASSWORD, USER
from tests.unit.alerts.notifier.situations import MONDAY, PEOPLE

REFUSED = PermanentFailureError("refused", "lead: the mail server refuses the address (550)")
NOBODY_LEADS = PEOPLE.replace('lead = { mail = "lead@ward.example", language = "en" }\n', "").replace(
    '["lead"]', '["clinic"]'
)


@pytest.fixture
async def dead(house: House) -> House:
    """A house whose lead was told of nothing, though the address is right."""
    await told_nothing(house, REFUSED)
    return house


@pytest.fixture
def settings(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What the command needs to find the house's database and policy, at the house's time."""
    policy = tmp_path / "policy.toml"
    policy.write_text(PEOPLE, "utf-8")
    monkeypatch.setenv("FRISTVAGT_POLICY", str(policy))
    monkeypatch.setenv("FRISTVAGT_CLOCK", f"fixed:{MONDAY:%Y-%m-%dT%H:%M:%SZ}")
    monkeypatch.setenv("FRISTVAGT_RECORDS_URL", database.name)
    if database.file is None:
        monkeypatch.setenv("FRISTVAGT_RECORDS_USERNAME", USER)
        monkeypatch.setenv("FRISTVAGT_RECORDS_PASSWORD", PASSWORD)
    return monkeypatch


async def retry_dead() -> int:
    """Run the command, while the notifier of this event loop stays as it is."""
    return await asyncio.to_thread(run, ["notifier", "retry-dead"])


async def test_what_is_dead_is_sent_once_more_to_the_same_address(
    dead: House, settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await retry_dead() == 0
    assert capsys.readouterr().out == "1 dead notices of open alerts are sent once more, to lead\n"
    await dead.after(minutes=1)
    assert lead(dead) == [("raised", "act")]
    assert dead.metric("notifier_dead_notices") == 0
    assert dead.rows("SELECT state, why FROM notices WHERE recipient = 'lead' ORDER BY number") == [
        ("dead", "role"),
        ("sent", "again"),
    ]


async def test_asked_again_nothing_is_sent_twice(
    dead: House, settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await retry_dead()
    await retry_dead()
    await dead.after(minutes=1)
    await retry_dead()
    await dead.after(minutes=1)
    assert lead(dead) == [("raised", "act")]
    assert capsys.readouterr().out.splitlines()[1:] == ["0 dead notices of open alerts are sent once more"] * 2


async def test_what_is_dead_again_can_be_tried_again(dead: House, settings: pytest.MonkeyPatch) -> None:
    post(dead).failures["lead"] = REFUSED
    await retry_dead()
    await dead.after(minutes=1)
    await dead.notifier.look()
    assert dead.metric("notifier_dead_notices") == 1
    post(dead).failures.clear()
    await dead.after(minutes=5)
    assert lead(dead) == []
    await retry_dead()
    await dead.after(minutes=1)
    assert lead(dead) == [("raised", "act")]


async def test_nobody_is_told_of_what_is_over_or_of_a_tier_that_no_longer_holds(
    dead: House, settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await dead.hear(record("changed", "refer", frm="act"))
    await retry_dead()
    await dead.hear(record("closed", None, frm="refer"))
    await retry_dead()
    await dead.after(minutes=1)
    assert lead(dead) == []
    assert capsys.readouterr().out == "0 dead notices of open alerts are sent once more\n" * 2


async def test_what_nobody_in_the_policy_is_told_of_is_counted(
    dead: House, settings: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.toml").write_text(NOBODY_LEADS, "utf-8")
    assert await retry_dead() == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 dead notices of open alerts are sent once more",
        "1 stay dead: the policy has their recipients no more",
    ]


async def test_two_who_ask_at_once_send_it_once(dead: House) -> None:
    planned: list[int] = []

    def ask() -> None:
        with dead.database.begin() as connection:
            planned.append(len(retry(Planner(connection, dead.policies.rules, dead.law)).told))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(lambda: [thread.join() for thread in threads])
    assert sorted(planned) == [0, 0, 0, 1]


async def test_what_is_quiet_at_night_waits_for_the_morning(dead: House) -> None:
    dead.law, dead.wall = dead.law.replace(hour=22), dead.wall.replace(hour=22)
    with dead.database.begin() as connection:
        retry(Planner(connection, dead.policies.rules, dead.law))
    await dead.work()
    assert lead(dead) == []
    await dead.after(hours=9)
    assert lead(dead) == [("raised", "act")]


def test_a_test_and_a_retry_are_not_asked_for_together(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["notifier", "--test", "retry-dead"]) == 2
    assert "not both" in capsys.readouterr().err


def test_without_records_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRISTVAGT_DATA_DIR", str(tmp_path / "none"))
    assert run(["notifier", "retry-dead"]) == 2
    assert "start the notifier" in capsys.readouterr().err
