"""The notifier is ended hard between each two of its steps: nothing is lost, and at most one message comes twice.

On SQLite at every step that leaves something behind, on PostgreSQL once at each kind of step.
"""

import json
import signal
import subprocess
import sys
from collections import Counter
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.notifier.crashing import NOBODYS
from tests.servers.mail import Mailbox, mail_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TOP = Path(__file__).parents[2]
SENDING = {("before sending", 0), ("after sending", 0)}
NUMBERED = {(step, number) for step in ("before a commit", "after a commit") for number in range(1, 6)}
"""Before and after the end of each transaction that has a number in deploy/docs/notifier.md."""
OTHERS = {("before a commit", 0), ("after a commit", 0)}
TRIED = {"sqlite": SENDING | NUMBERED | OTHERS, "postgres": SENDING | NUMBERED}
TOLD = {
    ("clinic@hospital.example", "held"),
    ("watchman@region.example", "held"),
    ("clinic@hospital.example", "moved"),
    ("lead@ward.example", "moved"),
}
"""Who hears of which alert: the next when nobody took care, and both who stands in for an address that is nobody's, and
whose it was once it is mended."""


class Mail(NamedTuple):
    """What is asked of a mail: to whom, its Message-ID, and to which clocks it leads."""

    to: str
    message_id: str
    links: list[str]


@pytest.fixture(scope="module", params=[*TRIED])
def killed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, Any]], list[Mail]]:
    """Every try, and all the mail of all of them."""
    mailbox, folder = Mailbox(unknown={NOBODYS}), tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.notifier.crashing", str(folder)]
    with mail_server(mailbox) as port:
        command.append(str(port))
        if request.param == "postgres":
            command.append(str(request.getfixturevalue("postgres_server").port))
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOP, timeout=850)
    assert done.returncode == 0, done.stderr
    mails = [Mail(mail["To"], mail["Message-ID"], links(mail)) for mail in mailbox.mails()]
    return [json.loads(line) for line in done.stdout.splitlines()], mails


def links(mail: EmailMessage) -> list[str]:
    """Return the clocks that a mail leads to."""
    body = mail.get_body(("plain",))
    assert body is not None
    return [line.rpartition("/")[2] for line in body.get_content().splitlines() if "/frist/" in line]


def told(mails: list[Mail], name: str) -> Counter[tuple[str, str, str]]:
    """Count the mails of a try by receiver, alert and Message-ID."""
    alerts = {f"clock-{name}-{alert}": alert for _, alert in TOLD}
    return Counter((mail.to, alerts[link], mail.message_id) for mail in mails for link in mail.links if link in alerts)


def test_every_kind_of_step_was_one_at_which_it_was_killed(
    request: pytest.FixtureRequest, killed: tuple[list[dict[str, Any]], list[Mail]]
) -> None:
    tries, _ = killed
    expected = TRIED[request.node.callspec.params["killed"]]
    assert {(each["step"], each["transaction"]) for each in tries} == expected
    assert {(each["first"], each["second"]) for each in tries} == {(-signal.SIGKILL, 0)}


def test_nothing_is_lost(killed: tuple[list[dict[str, Any]], list[Mail]]) -> None:
    tries, mails = killed
    lost = {
        each["name"]: receivers
        for each in tries
        if (receivers := {(to, alert) for to, alert, _ in told(mails, each["name"])}) != TOLD
    }
    assert lost == {}


def test_at_most_one_message_comes_twice_and_then_with_the_same_identity(
    killed: tuple[list[dict[str, Any]], list[Mail]],
) -> None:
    tries, mails = killed
    for each in tries:
        found = told(mails, each["name"])
        assert len(found) == len(TOLD), each
        assert sum(found.values()) <= len(TOLD) + 1, each


def test_only_what_was_killed_after_it_was_sent_comes_twice(killed: tuple[list[dict[str, Any]], list[Mail]]) -> None:
    tries, mails = killed
    twice = {each["step"] for each in tries if sum(told(mails, each["name"]).values()) > len(TOLD)}
    assert twice == {"after sending", "before a commit"} & {each["step"] for each in tries}


def test_what_was_over_before_it_was_told_is_never_told(killed: tuple[list[dict[str, Any]], list[Mail]]) -> None:
    _, mails = killed
    assert not any(link.endswith("-over") for mail in mails for link in mail.links)
