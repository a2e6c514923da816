"""Settings of channels: what would be unsafe is refused when it is made, and no secret is shown."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from alerts.delivery.channels import Channels, ChannelSettingsError, Sent, TemporaryFailureError
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.delivery.message import Message
from alerts.delivery.webhook import Hook, WebhookChannel, WebhookSettings
from tests.unit.alerts.delivery.made import AT, HOOK, PAGE, item, message

SECRET = b64encode(b"k" * 32).decode()
LOGIN = {"username": "fristvagt", "password": "aldrig vist"}


def mail(**changes: Any) -> MailSettings:
    return MailSettings("post.region.example", 587, "fristvagt@region.example", PAGE, **changes)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"security": "plaintext"}, "allowed by name"),
        ({"security": "plaintext", "allow_plaintext": True, **LOGIN}, "not sent without TLS"),
        ({"username": "fristvagt"}, "both or none"),
    ],
)
def test_unsafe_mail_settings_are_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ChannelSettingsError, match=text):
        mail(**changes)


def test_a_sender_that_is_no_address_is_refused() -> None:
    with pytest.raises(ChannelSettingsError, match="not a mail address"):
        MailSettings("post", 587, "Fristvagt <a@b>", PAGE)


def test_a_password_is_not_shown() -> None:
    assert "aldrig vist" not in repr(mail(**LOGIN))


@pytest.mark.parametrize("secrets", [(SECRET,), (f"whsec_{SECRET}", SECRET)])
def test_a_secret_is_taken_with_and_without_its_prefix_and_not_shown(secrets: tuple[str, ...]) -> None:
    hook = Hook(secrets)
    assert len(hook.signers) == len(secrets)
    assert SECRET not in repr(hook)


@pytest.mark.parametrize(
    ("secrets", "text"),
    [
        ((), "has no secret"),
        (("not base64!",), "not base64"),
        (("å",), "not base64"),
        ((b64encode(b"short").decode(),), "24 to 64 bytes"),
        ((SECRET, ""), "24 to 64 bytes"),
    ],
)
def test_a_weak_or_unreadable_secret_is_refused_and_not_repeated(secrets: tuple[str, ...], text: str) -> None:
    with pytest.raises(ChannelSettingsError, match=text) as refused:
        Hook(secrets)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_authorities_that_cannot_be_read_are_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(ChannelSettingsError, match="give a PEM file"):
        MailChannel(mail(ca_file=file))
    with pytest.raises(ChannelSettingsError, match="give a PEM file"):
        WebhookChannel(WebhookSettings(PAGE, {}.get, file), lambda: AT)


class Kept:
    """A channel that keeps what it is given."""

    async def send(self, made: Message) -> Sent:
        return Sent(made.notice_id)


async def test_a_message_goes_through_its_recipients_channel() -> None:
    assert await Channels({"mail": Kept()}).send(message(item())) == Sent("n1")


async def test_a_channel_that_is_not_set_up_is_said_and_can_be_mended() -> None:
    with pytest.raises(TemporaryFailureError, match="henvisning: the channel webhook is not set up") as failed:
        await Channels({"mail": Kept()}).send(message(item(), recipient=HOOK))
    assert failed.value.why == "settings"
