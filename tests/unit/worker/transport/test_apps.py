"""An app is built with the settings that lose nothing."""

import pytest

from stream.worker.transport import OptionsError, TransportOptions, build_app, topic, topics
from stream.worker.transport.embedded.transport import Transport as Embedded
from stream.worker.transport.kafka.transport import Transport as Kafka


def test_the_url_chooses_the_transport(options: TransportOptions) -> None:
    kafka = build_app("a", TransportOptions(url="kafka://127.0.0.1:1,127.0.0.1:2"))
    assert isinstance(build_app("a", options).transport, Embedded)
    assert isinstance(kafka.transport, Kafka)
    assert [url.port for url in kafka.transport.url] == [1, 2]


def test_an_agent_is_waited_for_before_its_partitions_move(options: TransportOptions) -> None:
    assert build_app("a", options).conf.stream_wait_empty


def test_faust_opens_no_web_server_and_makes_no_topic(options: TransportOptions) -> None:
    conf = build_app("a", options).conf
    assert (conf.web_enabled, conf.topic_allow_declare, conf.topic_disable_leader) == (False, False, True)


def test_one_agent_can_read_several_topics_with_the_same_partitions(options: TransportOptions) -> None:
    app = build_app("a", options)
    topic(app, "facts", 4)
    topic(app, "ticks", 4)
    assert set(topics(app, "facts", "ticks").topics) == {"facts", "ticks"}


@pytest.mark.parametrize("names", [("facts", "other"), ("facts", "unknown")])
def test_topics_that_are_not_copartitioned_cannot_be_read_by_one_agent(
    options: TransportOptions, names: tuple[str, ...]
) -> None:
    app = build_app("a", options)
    topic(app, "facts", 4)
    topic(app, "other", 5)
    with pytest.raises(OptionsError, match="same number of partitions"):
        topics(app, *names)


def test_an_app_makes_no_directory(options: TransportOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    app = build_app("a", options)
    monkeypatch.chdir(options.directory.parent)
    app._create_directories()
    assert list(options.directory.parent.iterdir()) == []
