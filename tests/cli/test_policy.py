"""`fristvagt policy` as users run it."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, one_line

EXAMPLE = Path(__file__).parents[2] / "deploy" / "examples" / "policy.toml"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.toml"
    text = EXAMPLE.read_text("utf-8").replace('["vagtcentral"]', '["vagtcentrl"]').replace("act = 240", 'act = "240"')
    file.write_text(text, "utf-8")
    return file


def test_a_good_policy_is_ok_with_what_is_in_it(fristvagt: Run) -> None:
    done = fristvagt("policy", "check", EXAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"OK {EXAMPLE}: version example-1, 11 recipients, 11 routes, 0 warnings\n"


def test_every_mistake_is_a_line_with_its_place_and_the_answer_is_no(fristvagt: Run, wrong: Path) -> None:
    done = fristvagt("policy", "check", wrong)
    assert (done.returncode, one_line(done.stderr), "3 mistakes" in done.stderr) == (1, True, True)
    assert [line.removeprefix(f"{wrong}:").split(": ")[:2] for line in done.stdout.splitlines()] == [
        ["26:7", "hand_over.act"],
        ["120:7", "routes[6].to[1]"],
        ["149:7", "test_route.to[1]"],
    ]


def test_without_a_file_it_is_the_policy_in_force(fristvagt: Run, wrong: Path) -> None:
    assert fristvagt("policy", "check").stdout.splitlines()[1] == (
        "warning: there are no [[routes]]: nobody is sent anything"
    )
    assert fristvagt("policy", "check", policy=str(wrong)).returncode == 1


def test_an_alert_is_explained(fristvagt: Run) -> None:
    options = ("--right", "cancer.treatment", "--tier", "act", "--unit", "440781000016009")
    done = fristvagt("policy", "explain", EXAMPLE, *options, "--at", "2026-02-06T18:00:00+01:00")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith("  Mon 2026-02-09 07:00: department_lead (owners.act, line 13)")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("check", "missing.toml"), "cannot be read"),
        (("explain", "missing.toml", "--right", "cancer.workup", "--tier", "act"), "cannot be read"),
        (("explain", "--right", "cancer", "--tier", "act"), "use one of cancer.workup"),
        (("explain", "--right", "cancer.workup", "--tier", "axt"), "--tier"),
        (("explain", "--right", "cancer.workup", "--tier", "act", "--at", "noon"), "--at"),
        (("explain", "--tier", "act"), "--right"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(fristvagt: Run, arguments: tuple[str, ...], part: str) -> None:
    done = fristvagt("policy", *arguments)
    assert (done.returncode, one_line(done.stderr), part in done.stderr) == (2, True, True)


def test_a_wrong_policy_is_not_explained(fristvagt: Run, wrong: Path) -> None:
    done = fristvagt("policy", "explain", wrong, "--right", "cancer.workup", "--tier", "act")
    assert (done.returncode, one_line(done.stderr), f"{wrong}:26:7: hand_over.act" in done.stderr) == (2, True, True)
