"""The English words of a story, from data (``texts.toml``). Pure."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the tables of words."""
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(
        resources.files("deploy.story").joinpath("texts.toml").read_text(encoding="utf-8")
    )
    return found


def word(table: str, code: str | None) -> str:
    """Say what a code means, with the code behind it; one without words is itself."""
    said = texts()[table].get(code or "")
    return f"{code}" if said is None else f"{said} ({code})"
