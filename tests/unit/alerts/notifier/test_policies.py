from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge

from alerts.notifier.policies import Policies
from alerts.policy.file import PolicyFile
from tests.unit.alerts.notifier.situations import PEOPLE

FAILED = "fristvagt_policy_reload_failed"


class Watching:
    """A policy file that somebody edits."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.registry = CollectorRegistry()
        self.write(PEOPLE)
        self.policies = Policies(PolicyFile(file), lambda _: True, Gauge(FAILED, "", registry=self.registry))

    def write(self, text: str) -> None:
        self.file.write_text(text, "utf-8")

    @property
    def address(self) -> str:
        return self.policies.rules.policy.contacts["lead"].recipient.address

    @property
    def failed(self) -> float | None:
        return self.registry.get_sample_value(FAILED)


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    return Watching(tmp_path / "policy.toml")


def test_a_changed_policy_is_in_force_after_a_look(watching: Watching) -> None:
    watching.write(PEOPLE.replace("lead@ward", "new@ward"))
    watching.policies.look()
    assert (watching.address, watching.failed) == ("new@ward.example", 0)


def test_a_bad_policy_keeps_the_old_one_and_is_told_until_it_is_mended(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    watching.write(PEOPLE + "nonsense")
    watching.policies.look()
    watching.policies.look()
    assert (watching.address, watching.failed) == ("lead@ward.example", 1)
    assert len(caplog.records) == 1
    watching.write(PEOPLE)
    watching.policies.look()
    assert watching.failed == 0
