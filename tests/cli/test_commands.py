import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, one_line

EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "urn:test",
    "type": "dk.fristvagt.referral-received.v1",
    "subject": "pw1",
    "partitionkey": "pt1",
    "time": "2026-02-02T08:00:00Z",
    "data": {"occurred_at": "2026-02-02T08:00:00Z", "purpose": "workup", "condition": "cancer"},
}
CASE = {
    "id": "C1",
    "at": "2026-02-03T12:00:00Z",
    "events": [EVENT],
    "expect": {"clocks": [{"right": "cancer.workup", "deadline": "2026-02-16"}]},
}


def lines(file: Path, *objects: object) -> Path:
    file.write_text("".join(json.dumps(each) + "\n" for each in objects), "utf-8")
    return file


def test_help_lists_every_command_and_is_no_error(fristvagt: Run) -> None:
    done = fristvagt("--help")
    assert (done.returncode, all(word in done.stdout for word in ("demo", "count", "replay", "doctor"))) == (0, True)


def test_called_without_anything_it_shows_its_help(fristvagt: Run) -> None:
    done = fristvagt()
    assert (done.returncode, "count" in done.stdout, done.stderr) == (2, True, "")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["cuont"], "Did you mean 'count'?"),
        (["count", "--nonsense"], "--nonsense"),
        (["count"], "RIGHT"),
        (["count", "nonsense", "--referral", "2026-02-02"], "use one of cancer.workup"),
        (["count", "cancer.workup"], "give a referral date"),
        (["count", "cancer.workup", "--referral", "soon"], "YYYY-MM-DD"),
        (["count", "cancer.treatment", "--consent", "2026-02-02", "--paused", "2026-02-09"], "FROM..TO"),
        (["replay", "missing.jsonl"], "cannot read missing.jsonl"),
        (["replay", "missing.jsonl", "--at", "today"], "--at"),
        (["verify", "missing.jsonl"], "cannot read missing.jsonl"),
        (["simulate", "--pathways", "1", "--seed", "1", "--from", "2026-02-02", "--to", "2026-01-01"], "swap them"),
        (["deadletters", "list"], "holds no log"),
        (["demo", "--speed", "0"], "--speed"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(fristvagt: Run, arguments: list[str], part: str) -> None:
    done = fristvagt(*arguments)
    assert (done.returncode, one_line(done.stderr), part in done.stderr) == (2, True, True)


@pytest.mark.parametrize("command", ["settings", "doctor", "count cancer.workup --referral 2026-02-02", "worker"])
def test_a_bad_setting_is_one_line_whatever_the_command(fristvagt: Run, command: str) -> None:
    done = fristvagt(*command.split(), partitions="twelve")
    assert (done.returncode, one_line(done.stderr), "FRISTVAGT_PARTITIONS" in done.stderr) == (2, True, True)


@pytest.mark.parametrize("process", ["worker", "intake", "projector", "api"])
def test_a_process_of_a_deployment_is_refused_on_the_embedded_transport(fristvagt: Run, process: str) -> None:
    done = fristvagt(process)
    assert (done.returncode, one_line(done.stderr), "fristvagt demo" in done.stderr) == (2, True, True)


def test_a_demo_is_refused_on_kafka(fristvagt: Run) -> None:
    done = fristvagt("demo", transport="kafka")
    assert (done.returncode, one_line(done.stderr)) == (2, True)


def test_count_explains_every_day(fristvagt: Run) -> None:
    done = fristvagt("count", "cancer.workup", "--referral", "2026-02-02", "--today", "2026-02-02")
    assert (done.returncode, "deadline  Monday 2026-02-16" in done.stdout, "day 14" in done.stdout) == (0, True, True)


def test_count_as_json_has_deadline_target_and_days(fristvagt: Run) -> None:
    done = fristvagt(
        "count", "cancer.treatment", "--consent", "2026-02-02", "--paused", "2026-02-04..2026-02-07", "--json"
    )
    answer = json.loads(done.stdout)
    assert (answer["deadline"], answer["target"], len(answer["days"])) == ("2026-02-19", "2026-02-19", 18)


def test_count_waits_for_nothing_it_does_not_need() -> None:
    heavy = ("faust", "aiokafka", "fastapi", "redis", "pydantic_settings", "uvicorn", "rich")
    script = (
        "import sys; from deploy.cli import run;"
        "run(['count', 'cancer.workup', '--referral', '2026-02-02', '--json']);"
        f"sys.exit(' '.join(name for name in {heavy} if name in sys.modules))"
    )
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FRISTVAGT_")}
    done = subprocess.run([sys.executable, "-c", script], env=bare, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_replay_as_json_is_exact(fristvagt: Run, tmp_path: Path) -> None:
    file = lines(tmp_path / "events.jsonl", EVENT)
    answer = json.loads(fristvagt("replay", file, "--at", "2026-02-03T12:00:00Z", "--json").stdout)
    assert list(answer) == ["at", "clocks", "alerts", "rejected"]
    assert sorted(clock["right"] for clock in answer["clocks"]) == ["cancer.workup", "information.referral"]


def test_replay_is_good_also_with_refused_lines(fristvagt: Run, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("nonsense\n")
    done = fristvagt("replay", file, "--json")
    assert (done.returncode, [each["line"] for each in json.loads(done.stdout)["rejected"]]) == (0, [1])


def test_replay_for_people_names_clocks_and_refused_lines(fristvagt: Run, tmp_path: Path) -> None:
    file = lines(tmp_path / "events.jsonl", EVENT, {"id": "e2"})
    done = fristvagt("replay", file, "--at", "2026-02-16T12:00:00Z")
    assert ("cancer.workup" in done.stdout, "line 2: refused, no_identity" in done.stdout) == (True, True)


def test_replay_of_several_files_numbers_their_lines_through(fristvagt: Run, tmp_path: Path) -> None:
    one, other = lines(tmp_path / "1.jsonl", EVENT), lines(tmp_path / "2.jsonl", {})
    answer = json.loads(fristvagt("replay", one, other, "--json").stdout)
    assert [each["line"] for each in answer["rejected"]] == [2]


def test_history_prints_the_ledger_one_record_a_line(fristvagt: Run, tmp_path: Path) -> None:
    file = lines(tmp_path / "events.jsonl", EVENT)
    done = fristvagt("replay", file, "--history", "--at", "2026-03-01T12:00:00Z")
    records = [json.loads(line) for line in done.stdout.splitlines() if '"cancer.workup"' in line]
    assert [record["to"] for record in records] == ["plan", "act", "refer", "escalate", "passed"]


def test_verify_is_good_when_all_cases_agree(fristvagt: Run, tmp_path: Path) -> None:
    done = fristvagt("verify", lines(tmp_path / "cases.jsonl", CASE))
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 of 1 cases agree\n", "")


def test_verify_prints_each_mismatch_and_says_no(fristvagt: Run, tmp_path: Path) -> None:
    wrong = CASE | {"expect": {"clocks": [{"right": "cancer.workup", "deadline": "2026-02-17"}]}}
    done = fristvagt("verify", lines(tmp_path / "cases.jsonl", wrong))
    assert (done.returncode, "C1: cancer.workup" in done.stdout, one_line(done.stderr)) == (1, True, True)


def test_a_line_that_is_no_case_is_named(fristvagt: Run, tmp_path: Path) -> None:
    done = fristvagt("verify", lines(tmp_path / "cases.jsonl", CASE, {"id": "C2"}))
    assert (done.returncode, "line 2" in done.stderr) == (2, True)


def test_simulate_writes_the_same_events_for_the_same_seed(fristvagt: Run) -> None:
    words = ["simulate", "--pathways", "5", "--seed", "7", "--from", "2026-02-02", "--to", "2026-02-06"]
    first, second = (fristvagt(*words).stdout for _ in range(2))
    assert (first == second, json.loads(first.splitlines()[0])["specversion"]) == (True, "1.0")


def test_what_is_simulated_can_be_replayed_without_a_refusal(fristvagt: Run, tmp_path: Path) -> None:
    words = ["simulate", "--pathways", "20", "--seed", "7", "--from", "2026-02-02", "--to", "2026-02-06"]
    file = tmp_path / "events.jsonl"
    file.write_text(fristvagt(*words).stdout, "utf-8")
    assert json.loads(fristvagt("replay", file, "--json").stdout)["rejected"] == []


def test_settings_show_value_and_source(fristvagt: Run) -> None:
    answer = json.loads(fristvagt("settings", "--json", partitions="3").stdout)
    assert (answer["partitions"], answer["replication"]["source"]) == (
        {"value": 3, "source": "environment"},
        "default",
    )


def test_settings_never_show_a_secret(fristvagt: Run) -> None:
    secrets = {"kafka_password": "hemmelig", "redis_password": "hemmelig", "kafka_key_password": "hemmelig"}
    shown = fristvagt("settings", **secrets).stdout + fristvagt("settings", "--json", **secrets).stdout
    assert ("hemmelig" in shown, "********" in shown) == (False, True)


def test_doctor_finds_a_new_machine_in_order(fristvagt: Run) -> None:
    done = fristvagt("doctor")
    assert (done.returncode, "FAIL" in done.stdout) == (0, False)


def test_doctor_says_no_and_what_to_do_when_no_server_answers(fristvagt: Run) -> None:
    done = fristvagt("doctor", transport="kafka", kafka_brokers="127.0.0.1:1", redis_url="redis://127.0.0.1:1/0")
    named = ["FRISTVAGT_KAFKA_BROKERS" in done.stdout, "FRISTVAGT_REDIS_URL" in done.stdout]
    assert (done.returncode, named, one_line(done.stderr)) == (1, [True, True], True)


def test_doctor_as_json_has_the_same_findings(fristvagt: Run) -> None:
    findings = json.loads(fristvagt("doctor", "--json").stdout)
    assert (findings[-1]["name"], findings[-1]["good"]) == ("redis", True)


def test_without_dead_letters_the_list_says_so(fristvagt: Run) -> None:
    fristvagt("doctor", "--create")
    done = fristvagt("deadletters", "list")
    assert (done.returncode, done.stdout) == (0, "no dead letters\n")


def test_a_place_without_a_dead_letter_is_bad_input(fristvagt: Run) -> None:
    fristvagt("doctor", "--create")
    done = fristvagt("deadletters", "retry", "0:0")
    assert (done.returncode, one_line(done.stderr)) == (2, True)
