"""The AsyncAPI document agrees with the topics and with what is written to them."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml

import api
from alerts.commands import Answer, Command, ErrorReason, NoteReason, Rung, SnoozeReason
from stream.worker import names
from tests.web import samples

DOCUMENT: dict[str, Any] = yaml.safe_load((Path(api.__file__).parent / "asyncapi.yaml").read_text("utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def resolve(reference: str) -> object:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


@pytest.mark.parametrize("reference", sorted(references(DOCUMENT)))
def test_every_reference_leads_somewhere(reference: str) -> None:
    assert resolve(reference)


def test_every_topic_is_described_once() -> None:
    texts = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    topics = {text for text in texts if text.startswith("fristvagt.")}  # groups and Faust's own begin otherwise
    assert sorted(channel["address"] for channel in DOCUMENT["channels"].values()) == sorted(topics)


def test_every_channel_has_an_operation() -> None:
    used = {operation["channel"]["$ref"].rpartition("/")[2] for operation in DOCUMENT["operations"].values()}
    assert used == DOCUMENT["channels"].keys()


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("CloudEvent", samples.fact()),
        ("StoredClock", msgspec.json.encode(samples.clock())),
        ("Pathway", samples.pathway(samples.clock())),
        ("Transition", samples.transition()),
        ("Progress", samples.progress()),
    ],
)
def test_what_is_written_has_the_fields_that_are_described(schema: str, value: bytes) -> None:
    written = msgspec.json.decode(value).keys()
    assert set(SCHEMAS[schema]["required"]) <= written
    assert written <= SCHEMAS[schema]["properties"].keys()


def test_what_the_read_model_reads_of_a_transition_is_described() -> None:
    described = SCHEMAS["Transition"]["properties"].keys()
    assert msgspec.json.decode(samples.act("rung")).keys() == described


def acts() -> dict[str, Any]:
    """The fields that each kind of command has of its own."""
    parts = DOCUMENT["components"]["messages"]["act"]["payload"]["oneOf"]
    own = [SCHEMAS[part["$ref"].rpartition("/")[2]]["properties"] for part in parts]
    return {kind: fields for fields in own for kind in fields["kind"].get("enum", [fields["kind"].get("const")])}


@pytest.mark.parametrize("made", get_args(Command), ids=lambda made: made.__struct_config__.tag)
def test_every_command_of_staff_is_described_field_by_field(made: Any) -> None:
    fields = {field.name for field in msgspec.structs.fields(made)} | {"kind"}
    own = acts()[made.__struct_config__.tag]
    assert fields == SCHEMAS["Act"]["properties"].keys() | own.keys()


@pytest.mark.parametrize(
    ("schema", "field", "words"),
    [
        ("Snooze", "reason", SnoozeReason),
        ("Note", "reason", NoteReason),
        ("RegistrationError", "reason", ErrorReason),
        ("Rung", "to", Rung),
        ("Rung", "answer", Answer),
    ],
)
def test_every_word_of_a_command_is_described(schema: str, field: str, words: Any) -> None:
    assert SCHEMAS[schema]["properties"][field]["enum"] == list(get_args(words))
