"""The channels that the settings name: mail through one server, webhooks with the keys in the secrets folder."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from alerts.delivery.channels import Channel, Channels, ChannelSettingsError
from alerts.delivery.links import Page, PageError
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.delivery.webhook import Hook, WebhookChannel, WebhookSettings
from alerts.policy import Policy
from deploy.errors import BadInputError
from deploy.settings import SECRETS_DIR, Settings, variable

KEYS_FILE: Final = "fristvagt_webhook_secret_"
"""What the name of a file with a webhook's keys begins with; the name that the policy gives follows."""


def channels(settings: Settings, policy: Callable[[], Policy], wall: Callable[[], datetime]) -> Channel:
    """Return the channels. Without a mail server, mail waits until there is one. Raises BadInputError."""
    try:
        page = Page(settings.page_url)
        hooks = WebhookSettings(page, lambda name: hook_of(policy(), name), settings.webhook_ca)
        webhook = WebhookChannel(hooks, wall)
        if settings.mail_server is None:
            return Channels({"webhook": webhook})
        return Channels({"webhook": webhook, "mail": MailChannel(_mail(settings, page))})
    except PageError as error:
        raise BadInputError(f"{variable('page_url')}: {error}") from error
    except ChannelSettingsError as error:
        raise BadInputError(f"mail or webhook: {error}") from error


def hook_of(policy: Policy, name: str) -> Hook | None:
    """Return a webhook's keys, read anew each time so that they can be changed; None where there are none.

    They lie in the secrets folder, one a line: two while one takes over from the other. Raises ChannelSettingsError.
    """
    contact = policy.contacts.get(name)
    folder = os.environ.get(SECRETS_DIR)
    if contact is None or contact.secret is None or folder is None:
        return None
    file = next((each for each in _names(Path(folder), contact.secret) if each.is_file()), None)
    if file is None:
        return None
    keys = tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())
    return Hook(keys, contact.allow_private)


def _names(folder: Path, secret: str) -> tuple[Path, ...]:
    name = f"{KEYS_FILE}{secret}"
    return folder / name, folder / name.lower(), folder / name.upper()


def _mail(settings: Settings, page: Page) -> MailSettings:
    server, _, port = str(settings.mail_server).rpartition(":")
    password = settings.mail_password
    return MailSettings(
        server=server,
        port=int(port),
        sender=settings.mail_from or "",
        page=page,
        security=settings.mail_security,
        allow_plaintext=settings.mail_security == "plaintext",
        username=settings.mail_username,
        password=None if password is None else password.get_secret_value(),
        ca_file=settings.mail_ca,
    )
