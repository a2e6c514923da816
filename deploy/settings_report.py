"""What `fristvagt settings` prints: each setting, its value with secrets masked, and where it came from."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr

from deploy.settings import SECRETS_DIR, Settings, variable

MASK = "********"


class Line(NamedTuple):
    """One setting as it is printed."""

    name: str
    variable: str
    value: Any
    source: str
    description: str


def report(settings: Settings, environ: Mapping[str, str] | None = None) -> Iterator[Line]:
    """Yield every setting in the order of the model; a secret that is set shows as asterisks."""
    environ = os.environ if environ is None else environ
    for name, field in Settings.model_fields.items():
        value = plain(getattr(settings, name))
        yield Line(name, variable(name), value, source_of(name, environ), field.description or "")


def plain(value: object) -> Any:
    """Return a value as JSON takes it, with a secret masked."""
    match value:
        case SecretStr():
            return MASK
        case Path():
            return str(value)
        case tuple():
            return ",".join(value)
        case _:
            return value


def source_of(name: str, environ: Mapping[str, str]) -> str:
    """Say whether a setting came from the environment, from a file (its path), or is the default."""
    if any(key.upper() == variable(name) and text for key, text in environ.items()):
        return "environment"
    folder = environ.get(SECRETS_DIR)
    files = sorted(Path(folder).iterdir()) if folder else []
    return next((str(file) for file in files if file.name.upper() == variable(name)), "default")
