"""A relay that denies us, on a real SMTP server: operations see it, and nothing is lost."""

from alerts.delivery.links import Page
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.records.database import Database
from tests.notifier.house import House, record
from tests.servers.mail import Mailbox, mail_server


async def test_what_a_relay_refuses_is_shown_while_it_does_and_arrives_once_it_is_mended(database: Database) -> None:
    mailbox = Mailbox(answers={"RCPT": "554 5.7.1 Relay access denied"})
    with mail_server(mailbox) as port:
        page = Page("http://127.0.0.1:8000")
        mail = MailSettings("127.0.0.1", port, "us@region.example", page, "plaintext", allow_plaintext=True)
        house = House(database, MailChannel(mail))
        await house.hear(record("raised", "escalate"), record("raised", "act", alert="a2"))
        await house.work()
        await house.notifier.look()
        assert house.metric("notifier_retrying_messages", channel="mail") == 2
        assert house.metric("notifier_failed_total", channel="mail", outcome="temporary", reason="settings") == 2
        assert house.metric("notifier_dead_notices") == 0
        del mailbox.answers["RCPT"]
        await house.after(minutes=30)
    assert sorted(each.rcpt_tos[0] for each in mailbox.taken) == ["lead@ward.example", "watchman@region.example"]
    await house.notifier.look()
    assert house.metric("notifier_retrying_messages", channel="mail") == 0
