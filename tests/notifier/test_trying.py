"""`fristvagt notifier --test`: a real mail server, and what came of it."""

from pathlib import Path

import pytest

from deploy.cli import run
from tests.servers.mail import Mailbox, mail_server
from tests.unit.alerts.notifier.situations import PEOPLE


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(PEOPLE + '[test_route]\nto = ["anna", "lead"]\n', "utf-8")
    return file


@pytest.fixture
def settings(policy: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in (("POLICY", str(policy)), ("MAIL_FROM", "us@region.example"), ("MAIL_SECURITY", "plaintext")):
        monkeypatch.setenv(f"FRISTVAGT_{name}", value)
    return monkeypatch


def test_everybody_on_the_test_route_gets_a_message(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        settings.setenv("FRISTVAGT_MAIL_SERVER", f"127.0.0.1:{port}")
        assert run(["notifier", "--test"]) == 0
    assert [mail["To"] for mail in mailbox.mails()] == ["anna@ward.example", "lead@ward.example"]
    assert capsys.readouterr().out.count("OK ") == 2


def test_a_recipient_that_is_refused_is_named_and_the_answer_is_no(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(Mailbox(answers={"RCPT": "550 5.1.1 unknown"})) as port:
        settings.setenv("FRISTVAGT_MAIL_SERVER", f"127.0.0.1:{port}")
        assert run(["notifier", "--test"]) == 1
    assert "FAILED anna" in capsys.readouterr().out


def test_a_policy_without_a_test_route_is_bad_input(settings: pytest.MonkeyPatch, policy: Path) -> None:
    policy.write_text(PEOPLE, "utf-8")
    assert run(["notifier", "--test"]) == 2
