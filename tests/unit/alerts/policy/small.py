"""A small policy to which a test adds what it is about."""

from alerts.policy import Mistake, Policy, PolicyError

SMALL = """\
version = "1"
silent_after_days = 30
late_after_seconds = 60
[owners]
plan = ["department"]
act = ["department_lead"]
refer = ["hospital", "region"]
escalate = ["region", "specialist_unit"]
passed = ["department_lead", "region"]
[[thresholds]]
rights = ["*"]
plan = 7
act = 5
"""
LINES = SMALL.count("\n")
"""What a test adds begins on the next line."""


def policy(added: str = "") -> Policy:
    return Policy.parse(SMALL + added, "policy.toml")


def mistakes(added: str) -> tuple[Mistake, ...]:
    """What is wrong with the small policy and what is added."""
    try:
        policy(added)
    except PolicyError as error:
        return error.mistakes
    return ()
