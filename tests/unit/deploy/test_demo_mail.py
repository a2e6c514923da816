from email import message_from_bytes
from pathlib import Path

import pytest

from alerts.delivery.links import Page
from alerts.delivery.message import Message
from alerts.recipients import Channel, Recipient
from deploy.demo.mail import FolderChannel
from tests.unit.alerts.notifier.situations import MONDAY


def message(channel: Channel = "mail") -> Message:
    return Message("0123456789", Recipient("anna", channel, "anna@ward.example"), "test", MONDAY)


@pytest.fixture
def channel(tmp_path: Path) -> FolderChannel:
    return FolderChannel(tmp_path / "mail", Page("http://127.0.0.1:8000"))


async def test_a_mail_is_a_file_that_a_mail_program_opens(channel: FolderChannel, tmp_path: Path) -> None:
    await channel.send(message())
    file = tmp_path / "mail" / "2026-02-02 10.00 anna 01234567.eml"
    assert message_from_bytes(file.read_bytes())["To"] == "anna@ward.example"


async def test_the_same_message_is_one_file(channel: FolderChannel, tmp_path: Path) -> None:
    await channel.send(message())
    await channel.send(message())
    assert len(list((tmp_path / "mail").iterdir())) == 1


async def test_what_a_webhook_would_get_is_a_file_too(channel: FolderChannel, tmp_path: Path) -> None:
    sent = await channel.send(message("webhook"))
    assert (tmp_path / "mail" / sent.receipt).read_bytes().startswith(b"{")
