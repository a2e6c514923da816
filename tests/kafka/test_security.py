"""On a real Kafka with TLS both ways, SCRAM and access lists: it works by settings, and what is wrong is said."""

import asyncio
import gc
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from deploy.cli.doctor import doctor
from deploy.doctor import examine, topics_of
from deploy.errors import AnswerNoError, BadInputError
from deploy.settings import Settings, with_variables
from deploy.transport import transport_options
from stream.worker.names import INBOX
from stream.worker.transport import (
    Outgoing,
    Sender,
    SendError,
    TopicSpec,
    TransportError,
    TransportOptions,
    ensure_topics,
    read_topic,
)
from tests.kafka.secured import manual, secured
from tests.servers.secure_kafka import PASSWORD, Grant, SecureKafka, secure_kafka

__all__ = ["secure_kafka"]

pytestmark = [pytest.mark.kafka, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong password": ({"kafka_password": SecretStr("wrong-horse")}, "refuses the user 'operator' or its password"),
    "an unknown user": ({"user": "nobody"}, "refuses the user 'nobody' or its password"),
    "a mechanism that is off": ({"kafka_mechanism": "SCRAM-SHA-256"}, "does not take SCRAM-SHA-256"),
    "an authority that we do not trust": ({"kafka_ca": "stranger"}, "kafka_ca must be that of the brokers"),
    "the certificate of another host": ({"listener": "elsewhere"}, "is for another host"),
    "a certificate that has expired": ({"listener": "expired"}, "has expired"),
    "no certificate of ours": ({"kafka_cert": None, "kafka_key": None}, "set kafka_cert and kafka_key"),
    "a certificate that they do not trust": ({"kafka_cert": "stranger"}, "does not trust our certificate"),
    "no login": ({"kafka_security": "ssl", "kafka_username": None, "kafka_password": None}, "it may want a login"),
    "no TLS": ({"bare": True}, "may want TLS or a login"),
    "a login that is not wanted": ({"listener": "oneway"}, "asks for no login"),
}


@pytest.fixture(autouse=True)
async def connections_that_were_given_up_end_with_the_test() -> AsyncIterator[None]:
    """aiokafka does not wait for them, and Python complains of each later, in somebody else's test."""
    yield
    await asyncio.sleep(0.2)
    gc.collect()


def settings_of(kafka: SecureKafka, given: dict[str, Any]) -> Settings:
    """The good settings with one mistake."""
    if given.get("bare"):
        return Settings(transport="kafka", kafka_brokers=kafka.address(), replication=1)
    wrong = dict(given)
    if wrong.get("kafka_ca") == "stranger":
        wrong["kafka_ca"] = str(kafka.stranger.cert)
    if wrong.get("kafka_cert") == "stranger":
        own = kafka.stranger.sign("our-own")
        wrong |= {"kafka_cert": str(own.cert), "kafka_key": str(own.key)}
    return secured(kafka, wrong.pop("user", "operator"), **wrong)


@pytest.fixture
async def options(secure_kafka: SecureKafka) -> TransportOptions:
    """The operator, who may do what the manual says, and has made the topics."""
    secure_kafka.allow(manual("operator"))
    settings = secured(secure_kafka)
    made = transport_options(settings)
    assert await ensure_topics(made, topics_of(settings), create=True) == []
    return made


@pytest.mark.parametrize("mistake", REFUSALS)
async def test_doctor_says_in_one_line_what_is_wrong(secure_kafka, mistake, caplog) -> None:
    given, told = REFUSALS[mistake]
    caplog.set_level(logging.DEBUG)
    findings = {found.name: found async for found in examine(settings_of(secure_kafka, given), create=False)}
    assert not findings["transport"].good
    assert with_variables(told) in findings["transport"].text
    assert PASSWORD not in caplog.text + findings["transport"].text


async def test_doctor_finds_nothing_wrong_over_tls_with_a_password(secure_kafka, options) -> None:
    found = [each async for each in examine(secured(secure_kafka), create=False)]
    assert all(each.good for each in found if each.name != "redis")


async def test_without_a_right_to_the_topics_doctor_names_them(secure_kafka) -> None:
    settings = secured(secure_kafka, "api")
    findings = {found.name: found async for found in examine(settings, create=False)}
    assert "this user may not use the topic fristvagt" in findings["transport"].text


async def test_who_sends_or_reads_with_a_wrong_password_is_told_so_too(secure_kafka) -> None:
    wrong = transport_options(secured(secure_kafka, kafka_password=SecretStr("wrong-horse")))
    with pytest.raises(SendError, match="refuses the user 'operator' or its password"):
        await Sender(wrong).start()
    with pytest.raises(TransportError, match="refuses the user 'operator' or its password"):
        await anext(read_topic(wrong, INBOX))


async def test_a_look_makes_no_topic_where_kafka_makes_what_is_asked_for(secure_kafka) -> None:
    plain = TransportOptions(url=f"kafka://{secure_kafka.admin}")
    for _ in range(3):
        [difference] = await ensure_topics(plain, [TopicSpec("looked-for", 3)], create=False)
        assert difference.found == "missing"
        await asyncio.sleep(0.5)


@pytest.mark.parametrize(
    ("lacking", "told"),
    [("Write", "could not send: this user may not use the topic fristvagt.inbox"), (None, None)],
)
async def test_a_sender_without_the_right_is_told_the_topic(secure_kafka, options, lacking, told) -> None:
    rights = [Grant("api", "Write", "topic", "fristvagt.facts")]
    if lacking is None:
        rights += [Grant("api", each, "topic", INBOX) for each in ("Write", "Read", "Describe_Configs")]
    secure_kafka.allow(rights)
    user = transport_options(secured(secure_kafka, "api"))
    async with Sender(user) as sender:
        if told is not None:
            with pytest.raises(TransportError, match=told):
                await sender.send_many([Outgoing(INBOX, None, b"{}", 0)])
        else:
            await sender.send_many([Outgoing(INBOX, None, b"{}", 0)])
            assert [record.value async for _, record in read_topic(user, INBOX)]
    for each in rights:
        secure_kafka.forbid(each)


def test_with_wrong_settings_the_command_ends_with_one_line_and_no_password(secure_kafka, monkeypatch, capsys) -> None:
    monkeypatch.setattr("deploy.cli.doctor.load_settings", lambda: secured(secure_kafka, kafka_username="nobody"))
    with pytest.raises(AnswerNoError, match="checks failed"):
        doctor(create=False, as_json=False)
    logging.disable(logging.NOTSET)
    printed = capsys.readouterr()
    assert len([line for line in printed.out.splitlines() if line.startswith("FAIL  transport")]) == 1
    assert PASSWORD not in printed.out + printed.err


def test_a_key_without_its_password_is_refused_and_nobody_is_asked_for_it(secure_kafka, tmp_path) -> None:
    locked = tmp_path / "locked.key"
    command = ["openssl", "rsa", "-aes256", "-passout", "pass:hemmelig", "-in", secure_kafka.client.key, "-out", locked]
    subprocess.run(command, check=True, capture_output=True)
    for password in (None, "forkert"):
        with pytest.raises(BadInputError, match="is FRISTVAGT_KAFKA_KEY_PASSWORD right"):
            transport_options(secured(secure_kafka, kafka_key=str(locked), kafka_key_password=password))
    assert transport_options(secured(secure_kafka, kafka_key=str(locked), kafka_key_password="hemmelig")).tls


def test_the_settings_are_printed_without_the_password(tmp_path) -> None:
    (tmp_path / "fristvagt_kafka_password").write_text(PASSWORD)
    found = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "settings"],
        env={"FRISTVAGT_SECRETS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert PASSWORD not in found.stdout + found.stderr
    assert "********" in found.stdout
