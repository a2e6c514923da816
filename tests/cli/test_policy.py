"""`fristvagt policy` as users run it."""

import json
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
    assert done.stdout == f"OK {EXAMPLE}: version 2026-11, 11 recipients, 11 routes, 0 warnings\n"


def test_every_mistake_is_a_line_with_its_place_and_the_answer_is_no(fristvagt: Run, wrong: Path) -> None:
    done = fristvagt("policy", "check", wrong)
    assert (done.returncode, one_line(done.stderr), "3 mistakes" in done.stderr) == (1, True, True)
    assert [line.removeprefix(f"{wrong}:").split(": ")[:2] for line in done.stdout.splitlines()] == [
        ["26:7", "hand_over.act"],
        ["120:7", "routes[6].to[1]"],
        ["149:7", "test_route.to[1]"],
    ]


def test_without_a_file_it_is_the_policy_in_force(fristvagt: Run, wrong: Path) -> None:
    done = fristvagt("policy", "check")
    assert [line.split(":")[:2] for line in done.stdout.splitlines()[1:]] == [
        ["warning", " there are no [[routes]]"],
        ["warning", " there is no [heads]"],
    ]
    assert done.returncode == 0
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


@pytest.fixture
def events(fristvagt: Run, tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    feed = fristvagt("simulate", "--pathways", 8, "--seed", 4, "--from", "2026-01-05", "--to", "2026-01-05")
    file.write_text(feed.stdout, "utf-8")
    return file


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    file = tmp_path / "earlier.toml"
    file.write_text(EXAMPLE.read_text("utf-8").replace("act = 5", "act = 7").replace("plan = 7", "plan = 9"), "utf-8")
    return file


def test_a_dry_run_shows_what_a_changed_policy_would_send_more(fristvagt: Run, events: Path, earlier: Path) -> None:
    options = ("--events", events, "--from", "2026-01-05", "--to", "2026-01-30", "--json")
    done = fristvagt("policy", "dry-run", EXAMPLE, *options, "--against", earlier)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    total, theirs = (
        {row["figure"]: row["number"] for row in each["total"]}["messages"] for each in (found, found["against"])
    )
    assert total > 0
    assert {row["figure"]: row["number"] for row in found["difference"]["total"]}["messages"] == theirs - total != 0


def test_a_dry_run_is_a_page_of_tables(fristvagt: Run, events: Path, earlier: Path) -> None:
    done = fristvagt("policy", "dry-run", EXAMPLE, "--events", events, "--to", "2026-01-26", "--against", earlier)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2026-01-05 to 2026-01-26, 22 days: ")
    assert all(words in done.stdout for words in ("against: 2026-01-05", "Messages to each recipient", "difference"))


def test_somebody_who_acts_is_pressed_less(fristvagt: Run, events: Path) -> None:
    options = ("policy", "dry-run", EXAMPLE, "--events", events, "--to", "2026-01-30", "--json")
    alone, acting = (json.loads(fristvagt(*options, *more).stdout) for more in ((), ("--acknowledged-after", 30)))
    pressed = [
        {row["tier"]: row["number"] for row in each["items"] if row["what"] == "not_acknowledged"}
        for each in (alone, acting)
    ]
    assert sum(pressed[0].values()) > sum(pressed[1].values())
    assert pressed[1].keys() <= {"escalate", "passed"}  # which are handed on at night too, when nobody works


def test_a_policy_without_routes_shows_whom_it_leaves_out(fristvagt: Run, events: Path) -> None:
    done = fristvagt("policy", "dry-run", "--events", events, "--to", "2026-01-26", "--json")
    found = json.loads(done.stdout)
    assert (found["recipients"], bool(found["nobody_told"])) == ([], True)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--events", "missing.jsonl"), "cannot read missing.jsonl"),
        ((), "--events"),
        (("missing.toml", "--events", "missing.jsonl"), "missing.toml"),
        (("--events", "missing.jsonl", "--from", "monday"), "--from"),
        (("--events", "missing.jsonl", "--against", "missing.toml"), "missing.toml"),
    ],
)
def test_a_wrong_word_to_a_dry_run_is_one_clear_line(fristvagt: Run, arguments: tuple[str, ...], part: str) -> None:
    done = fristvagt("policy", "dry-run", *arguments)
    assert (done.returncode, one_line(done.stderr), part in done.stderr) == (2, True, True)


def test_days_the_wrong_way_round_and_files_without_events_are_told(
    fristvagt: Run, events: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.jsonl").write_text("", "utf-8")
    turned = fristvagt("policy", "dry-run", "--events", events, "--to", "2025-12-01")
    empty = fristvagt("policy", "dry-run", "--events", tmp_path / "empty.jsonl")
    assert [(done.returncode, one_line(done.stderr)) for done in (turned, empty)] == [(2, True), (2, True)]
