"""Golden cases: whether the product agrees with the examples of the contract."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from stream.clock import ClockSettingError, parse_moment
from stream.engine import Engine
from stream.facts.parse import parse_event
from stream.replay import Line, Replay

ABOUT_THE_CASE: Final = frozenset({"right", "absent", "count"})
"""Keys of an expected clock that are no field of a clock."""


class CasesError(ValueError):
    """A file of cases cannot be read; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case and where the product differs from it."""

    id: str
    mismatches: tuple[str, ...]


def read_cases(path: Path) -> list[dict[str, Any]]:
    """Read a file of cases, one JSON object a line. Raises CasesError."""
    cases = []
    try:
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            if line.strip():
                cases.append(_case(line, path, number))
    except OSError as error:
        raise CasesError(f"cannot read {path}: {error.strerror}") from error
    return cases


def _case(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        case = msgspec.json.decode(line, type=dict[str, Any])
        parse_moment(case["at"])
        case["id"], case["events"], case["expect"]["clocks"]
    except (msgspec.DecodeError, ClockSettingError, KeyError, TypeError) as error:
        raise CasesError(f"{path}, line {number}: no golden case ({error})") from error
    return case


def verify(engine: Engine, cases: Iterable[Mapping[str, Any]]) -> Iterator[CaseResult]:
    """Run each case through the engine and compare."""
    for case in cases:
        replay = Replay(engine, parse_moment(case["at"]))
        for number, event in enumerate(case["events"], start=1):
            replay.take(Line(number, parse_event(msgspec.json.encode(event))))
        mismatches = [
            *_clock_mismatches(case["expect"]["clocks"], list(replay.clocks())),
            *_refusal_mismatches(case["expect"].get("rejected"), [each["reason"] for each in replay.rejected]),
        ]
        yield CaseResult(case["id"], tuple(mismatches))


def _clock_mismatches(expected: Sequence[Mapping[str, Any]], clocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for want in expected:
        same_right = [clock for clock in clocks if clock["right"] == want["right"]]
        if want.get("absent"):
            if same_right:
                yield f"{want['right']}: expected no clock, found {len(same_right)}"
            continue
        if "count" in want and len(same_right) != want["count"]:
            yield f"{want['right']}: expected {want['count']} clocks, found {len(same_right)}"
        yield from _no_clock_like(want, same_right)


def _no_clock_like(want: Mapping[str, Any], same_right: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    fields = {name: value for name, value in want.items() if name not in ABOUT_THE_CASE}
    if not fields and not same_right and want.get("count") != 0:
        yield f"{want['right']}: expected a clock, found none"
    if not fields or any(all(clock.get(name) == value for name, value in fields.items()) for clock in same_right):
        return
    found = [{name: clock.get(name) for name in fields} for clock in same_right]
    yield f"{want['right']}: expected {fields}, found {found}"


def _refusal_mismatches(expected: Sequence[str] | None, refused: Sequence[str]) -> Iterator[str]:
    if expected is None:
        return
    if not expected and refused:
        yield f"expected no refusal, found {list(refused)}"
    left = list(refused)
    for reason in expected:
        if reason in left:
            left.remove(reason)
        else:
            yield f"expected a refusal {reason!r}, found {list(refused)}"
