import io
import json
import logging
from collections.abc import Iterator

import pytest

from deploy.logs import LogFormat, configure

log = logging.getLogger("fristvagt.test")


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(log_format: LogFormat, level: str = "INFO") -> io.StringIO:
    stream = io.StringIO()
    configure(log_format, level, stream)
    return stream


def test_a_json_line_has_level_logger_and_message() -> None:
    stream = written("json")
    log.warning("row %d is old", 7)
    line = json.loads(stream.getvalue())
    assert (line["level"], line["logger"], line["message"]) == ("warning", "fristvagt.test", "row 7 is old")


def test_a_json_line_says_when_in_utc() -> None:
    stream = written("json")
    log.info("x")
    assert json.loads(stream.getvalue())["at"].endswith("Z")


def test_extra_fields_are_fields_of_the_line() -> None:
    stream = written("json")
    log.info("x", extra={"pathway": "pw-1", "partition": 3})
    line = json.loads(stream.getvalue())
    assert (line["pathway"], line["partition"]) == ("pw-1", 3)


def test_a_line_without_extras_has_no_other_fields() -> None:
    stream = written("json")
    log.info("x")
    assert set(json.loads(stream.getvalue())) == {"at", "level", "logger", "message"}


def fail() -> None:
    raise RuntimeError("the name of a patient") from KeyError("a diagnosis")


def raised() -> RuntimeError:
    with pytest.raises(RuntimeError) as caught:
        fail()
    return caught.value


@pytest.mark.parametrize("kind", ["json", "text"])
def test_of_an_exception_type_and_place_are_told_and_never_its_message(kind: LogFormat) -> None:
    stream = written(kind)
    log.error("crashed: %r", raised(), exc_info=raised())
    told = stream.getvalue()
    assert "RuntimeError" in told
    assert "KeyError" in told
    assert "test_logs.py" in told
    assert "patient" not in told
    assert "diagnosis" not in told


def test_an_exception_stays_on_its_line() -> None:
    stream = written("json")
    log.error("x", exc_info=raised())
    assert "RuntimeError" in json.loads(stream.getvalue())["error"]


def test_danish_letters_are_written_as_they_are() -> None:
    stream = written("json")
    log.info("forløb")
    assert "forløb" in stream.getvalue()


def test_text_for_people_ends_in_the_extra_fields() -> None:
    stream = written("text")
    log.info("caught up", extra={"partition": 3})
    assert stream.getvalue().endswith("fristvagt.test: caught up partition=3\n")


def test_what_is_below_the_level_is_not_written() -> None:
    stream = written("json", "ERROR")
    log.warning("x")
    assert stream.getvalue() == ""


def test_libraries_speak_only_in_warnings() -> None:
    stream = written("json", "DEBUG")
    logging.getLogger("faust.app").info("step by step")
    assert stream.getvalue() == ""
