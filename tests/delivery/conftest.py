"""What the tests with real mail servers and web servers share: certificates, and messages to send."""

from pathlib import Path

import pytest

from tests.servers.certificates import Authority, Certificate


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that the channels are told to trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    """A certificate for a server on loopback."""
    return authority.sign("server")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for the same server by an authority that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger").sign("server")


@pytest.fixture(scope="session")
def ca_file(authority: Authority) -> Path:
    return authority.cert
