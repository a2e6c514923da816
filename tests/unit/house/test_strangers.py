"""The repository names no machine, no package registry and no secret: it works wherever it is cloned."""

import re
from pathlib import Path

import pytest

MACHINE = re.compile(r"(?<![\w.$}])/(work|root|home/\w+|Users/\w+)/")
REGISTRY = re.compile(
    r"\bpypi\.org|pythonhosted\.org|registry\.npmjs|registry\.yarnpkg|proxy\.golang\.org|repo1?\.maven|"
    r"deb\.debian\.org|--(extra-)?index[-]url|--find[-]links|\"resolved\": *\"http"
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\beyJ[\w-]{20,}\.[\w-]{20,}\."
)
PASSWORD = re.compile(r"(?i)(password|secret|token)\w*[\"']?[ \t]*[:=][ \t]*[\"']?[^\s\"'$<{/\[(]{6,}")
SETTINGS = {".yml", ".yaml", ".env", ".ini", ".conf", ".properties"}


def hits(pattern: re.Pattern[str], texts: dict[Path, str]) -> dict[str, str]:
    """Return the first hit in each text, by path."""
    return {str(path): hit[0] for path, text in texts.items() if (hit := pattern.search(text))}


def test_no_file_names_a_folder_of_one_machine(texts: dict[Path, str]) -> None:
    assert hits(MACHINE, texts) == {}


def test_no_file_names_a_package_registry(texts: dict[Path, str]) -> None:
    assert hits(REGISTRY, texts) == {}


def test_no_file_holds_a_key_or_a_token(texts: dict[Path, str]) -> None:
    assert hits(SECRET, texts) == {}


def test_no_configuration_file_holds_a_password(texts: dict[Path, str]) -> None:
    assert hits(PASSWORD, {path: text for path, text in texts.items() if path.suffix in SETTINGS}) == {}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE, "cd " + "/home/" + "anna/fristvagt"),
        (REGISTRY, "https://files.python" + "hosted.org/packages"),
        (REGISTRY, '"resolved": ' + '"https://example.org/x.tgz"'),
        (SECRET, "-----BEGIN EC " + "PRIVATE KEY-----"),
        (PASSWORD, "POSTGRES_PASSWORD: hemmelig"),
        (PASSWORD, "password=hunter22"),
    ],
)
def test_a_stranger_is_recognised(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize("text", ["password: ${GRAFANA_PASSWORD:?set it}", "password_file: /run/secrets/redis"])
def test_a_password_that_is_asked_for_is_none(text: str) -> None:
    assert not PASSWORD.search(text)
