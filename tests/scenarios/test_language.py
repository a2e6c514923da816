"""The scenarios' own promises: a file says what it means, and a wrong run does not pass."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.language import Told, read_scenario, told
from tests.scenarios.matching import Sent, faults

STORY = """\
# Nobody acknowledges: the lead is told.
2026-02-06 10:00         hk acknowledge seen_tier=plan
2026-02-05 00:00..00:05  tell department raised plan
2026-02-28 23:00..2026-03-01_08:00 tell department over -
"""
RAISED, OVER = Told("department", "raised", "plan"), Told("department", "over", None)


@pytest.fixture
def story(tmp_path: Path) -> list:
    file = tmp_path / "a.scenario"
    file.write_text(STORY, "utf-8")
    return read_scenario(file)


def test_steps_are_taken_in_order_of_time_whatever_their_place(story) -> None:
    assert [step.line for step in story] == [3, 2, 4]


def test_a_step_has_words_and_fields(story) -> None:
    assert (story[1].words, story[1].fields) == (("hk", "acknowledge"), {"seen_tier": "plan"})


def test_a_window_may_reach_into_another_day(story) -> None:
    assert story[2].until - story[2].at == timedelta(hours=9)


def test_what_is_sent_as_told_is_right(story) -> None:
    assert faults(story, [Sent(story[0].until, RAISED), Sent(story[2].at, OVER)]) == []


@pytest.mark.parametrize(("late", "message"), [
    (timedelta(minutes=6), RAISED),
    (timedelta(minutes=-1), RAISED),
    (timedelta(), Told("department", "raised", "act")),
    (timedelta(), Told("lead", "raised", "plan")),
    (timedelta(), Told("department", "raised", "plan", patient="b")),
    (timedelta(), Told("department", "raised", "plan", channel="webhook")),
    (timedelta(), Told("department", "raised", "plan", alerts=2)),
    (timedelta(), Told("department", "raised", "plan", late=True)),
    (timedelta(), Told("department", "raised", "plan", unverified=True)),
])  # fmt: skip
def test_another_time_message_person_patient_channel_or_number_is_wrong(story, late, message) -> None:
    found = faults(story, [Sent(story[0].at + late, message), Sent(story[2].at, OVER)])
    assert [line.split(":")[0] for line in found] == ["line 3", "sent, not told of"]


def test_a_message_sent_twice_is_one_too_many(story) -> None:
    sent = [Sent(story[0].at, RAISED), Sent(story[0].at, RAISED), Sent(story[2].at, OVER)]
    assert faults(story, sent) == ["sent, not told of: department raised plan at 2026-02-05 00:00"]


@pytest.mark.parametrize(("name", "sent", "another"), [("language", "da", "en"), ("address", "a@b.dk", "c@b.dk")])
def test_language_and_address_are_looked_at_where_they_are_given(name, sent, another) -> None:
    arrived = Told("lead", "raised", "plan", **{name: sent})
    assert Told("lead", "raised", "plan").fits(arrived)
    assert Told("lead", "raised", "plan", **{name: sent}).fits(arrived)
    assert not Told("lead", "raised", "plan", **{name: another}).fits(arrived)


def test_the_second_of_two_times_of_a_night_is_an_hour_later(tmp_path: Path) -> None:
    file = tmp_path / "d.scenario"
    file.write_text("2026-10-25 02:30B restart\n2026-10-25 02:30 restart\n2026-10-25 02:31..02:31B restart\n", "utf-8")
    first, window, second = read_scenario(file)
    assert (second.at - first.at, window.until - window.at) == (timedelta(hours=1), timedelta(hours=1))


@pytest.mark.parametrize(
    "words", ["tell lead raised", "tell lead raised plan by=mail", "tell lead raised plan alerts=x"]
)
def test_a_message_that_is_told_wrongly_is_named(tmp_path: Path, words: str) -> None:
    file = tmp_path / "c.scenario"
    file.write_text(f"2026-02-05 00:00 {words}\n", "utf-8")
    with pytest.raises(ValueError, match="line 1: write tell"):
        told(*read_scenario(file))


@pytest.mark.parametrize("text", ["2026-02-05 00:00", "2026-02-05 08:00..07:00 tell a b c", "2026-13-05 00:00 x"])
def test_a_line_that_says_nothing_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "b.scenario"
    file.write_text(f"# story\n{text}\n", "utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_scenario(file)
