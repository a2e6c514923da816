"""Keys of webhooks lie in files, and mail waits where there is no server."""

import base64
from pathlib import Path

import pytest

from alerts.delivery.channels import ChannelSettingsError, TemporaryFailureError
from alerts.delivery.message import Message
from alerts.policy import Policy
from alerts.recipients import Recipient
from deploy.errors import BadInputError
from deploy.notifying.channels import channels, hook_of
from deploy.settings import SECRETS_DIR, Settings
from tests.unit.alerts.notifier.situations import MONDAY, PEOPLE

KEY = base64.b64encode(b"k" * 32).decode()
POLICY = Policy.parse(
    PEOPLE.replace("[recipients]\n", '[recipients]\nhook = { webhook = "https://x.example/in", secret = "Ward1" }\n')
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["Ward1", "ward1"])
def test_the_keys_of_a_webhook_are_lines_of_a_file_in_the_secrets_folder(folder: Path, name: str) -> None:
    (folder / f"fristvagt_webhook_secret_{name}").write_text(f"{KEY}\n\nwhsec_{KEY}\n", "utf-8")
    hook = hook_of(POLICY, "hook")
    assert hook is not None
    assert hook.secrets == (KEY, f"whsec_{KEY}")


@pytest.mark.parametrize("name", ["hook", "anna", "stranger"])
def test_who_has_no_file_has_no_keys(folder: Path, name: str) -> None:
    assert hook_of(POLICY, name) is None


def test_a_file_without_a_good_key_says_so(folder: Path) -> None:
    (folder / "fristvagt_webhook_secret_Ward1").write_text("short\n", "utf-8")
    with pytest.raises(ChannelSettingsError):
        hook_of(POLICY, "hook")


async def test_mail_waits_where_there_is_no_server() -> None:
    channel = channels(Settings(), lambda: POLICY, lambda: MONDAY)
    message = Message("m1", Recipient("anna", "mail", "anna@ward.example"), "test", MONDAY)
    with pytest.raises(TemporaryFailureError, match="settings"):
        await channel.send(message)


def test_a_page_that_cannot_be_linked_to_is_refused() -> None:
    with pytest.raises(BadInputError, match="FRISTVAGT_PAGE_URL"):
        channels(Settings(page_url="nowhere"), lambda: POLICY, lambda: MONDAY)
