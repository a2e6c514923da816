"""The places of keys and values are found for everything that `tomllib` reads, and they are the right ones."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.positions import Position, Positions

TOP = Path(__file__).parents[4]
FILES = sorted(path for room in ("alerts", "deploy", "stream", ".") for path in TOP.glob(f"{room}/**/*.toml"))
ODD = '''\
# [no.header] = 1
top = 'it = [1]'  # "quoted
"a b" . 'c' = """
[not.a.header]
x = 1 \\""" and ""more"""""
dates = [ 1979-05-27 07:32:00 , 07:32:00,
  [ "]", '}' ], # ]
  { x = 1, y.z = [ { "k=" = "#" } ] },
]
empty = []
nothing = {}
raw = \'\'\'
# [[x]] 'one' ''\'\'\'
[ "sp ace" . b ]
"\\u00e6" = 1_000
[[list]]
[list.inner]
v=true
[[list.deep]]
w = -0.5e3
[[list.deep]]
[[list]]
[list.inner]
'''


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path that `tomllib` reads."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from paths(each, (*path, key))


def test_every_path_of_an_odd_document_has_its_place_and_no_other() -> None:
    assert set(Positions.of(ODD).keys) == set(paths(tomllib.loads(ODD)))


@pytest.mark.parametrize(
    "file", [path for path in FILES if ".venv" not in path.parts and "node_modules" not in path.parts]
)
def test_every_path_of_our_own_files_has_its_place_and_no_other(file: Path) -> None:
    text = file.read_text("utf-8")
    assert set(Positions.of(text).keys) == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("top",), (2, 1), (2, 7)),
        (("a b", "c"), (3, 1), (3, 15)),
        (("dates", 0), (6, 11), (6, 11)),
        (("dates", 1), (6, 33), (6, 33)),
        (("dates", 2, 1), (7, 10), (7, 10)),
        (("dates", 3, "y", "z", 0, "k="), (8, 22), (8, 29)),
        (("sp ace", "b"), (14, 1), (14, 1)),
        (("sp ace", "b", "æ"), (15, 1), (15, 12)),
        (("list", 0, "inner", "v"), (18, 1), (18, 3)),
        (("list", 0, "deep", 1), (21, 1), (21, 1)),
        (("list", 1, "inner"), (23, 1), (23, 1)),
    ],
)
def test_a_place_is_where_the_key_and_where_the_value_begins(path: Any, key: Any, value: Any) -> None:
    found = Positions.of(ODD)
    assert (found.key(path), found.value(path)) == (Position(*key), Position(*value))


@pytest.mark.parametrize(
    ("path", "place"),
    [(("missing",), (1, 1)), (("list", 1, "missing"), (22, 1)), (("list", 1, "inner", "missing"), (23, 1))],
)
def test_what_is_not_written_is_placed_at_the_nearest_thing_around_it(path: Any, place: Any) -> None:
    assert Positions.of(ODD).value(path) == Position(*place)


def test_windows_line_ends_change_no_place() -> None:
    assert Positions.of(ODD.replace("\n", "\r\n")) == Positions.of(ODD)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
literals = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="'"), max_size=8)
scalars = st.one_of(
    st.integers(-999, 999).map(str),
    st.sampled_from(
        ["true", "1979-05-27", "07:30:00", "1979-05-27 07:30:00", "1e3", '"""a\n"b""c\n"""', "'''x\n'y'''"]
    ),
    texts.map(lambda text: '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'),
    literals.map(lambda text: f"'{text}'"),
)
keys = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True), literals.map(lambda text: f"'{text}'"))
blanks = st.sampled_from(["", " ", "\n", " # ]}\n", "\r\n\t"])


@st.composite
def values(draw: Any, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["scalar", "array", "table"])) if depth else "scalar"
    if kind == "scalar":
        return draw(scalars)
    inner = draw(st.lists(values(depth - 1), max_size=3))
    if kind == "array":
        return "[" + ",".join(draw(blanks) + each + draw(blanks) for each in inner) + "]"
    return "{" + ", ".join(f"{draw(keys)} = {each}" for each in inner) + "}"


pairs = st.builds(
    lambda key, value: f"{key} = {value}", st.lists(keys, min_size=1, max_size=2).map(" . ".join), values()
)
headers = st.builds(
    lambda many, names: "[[" + ".".join(names) + "]]" if many else "[ " + " . ".join(names) + " ]",
    st.booleans(),
    st.lists(keys, min_size=1, max_size=3),
)


def is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@given(st.lists(st.one_of(pairs, headers, st.just("# 'x' = [")), max_size=8).map("\n".join).filter(is_toml))
def test_every_path_of_any_document_has_its_place_and_no_other(text: str) -> None:
    assert set(Positions.of(text).keys) == set(paths(tomllib.loads(text)))
