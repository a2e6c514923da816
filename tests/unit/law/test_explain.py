"""The explanation: limits, days, the limit that holds, the target, and where the clock stands."""

from datetime import date

import pytest
from msgspec.structs import replace

from stream.law.calendar import Calendar
from stream.law.clock import Note
from stream.law.errors import RulebookError
from stream.law.fact import Fact, Ref
from tests.unit.law.build import CALENDAR, SOURCE, UNIT, clock, fact
from tests.unit.law.told import explained, items, rules, text, texts

REFERRAL = {"purpose": "treatment", "condition": "cancer"}
WORKUP = {"purpose": "workup", "condition": "cancer"}


def consent(on: str) -> Fact:
    return fact("consent-given", on, line="initial")


def test_a_limit_says_what_it_counts_from_which_day_is_day_zero_and_where_it_ends() -> None:
    told = items("cancer.treatment", consent("2025-10-19"), at="2025-10-20")
    assert text(told, "limit.consent") == (
        "Fristen er 14 kalenderdage fra den dag, patienten gav samtykke (BEK 584/2015 § 2, nr. 2-4). "
        "Dagen selv, søndag den 19. oktober 2025, er dag 0. Dag 14 er søndag den 2. november 2025."
    )


def test_the_english_text_names_the_source_too() -> None:
    told = items("cancer.treatment", consent("2025-10-19"), at="2025-10-20")
    assert "source: draft order § 2(2)" in text(told, "limit.consent", "en")


def test_a_limit_names_the_fact_that_started_it() -> None:
    told = items("cancer.workup", fact("referral-received", "2026-02-02", id="ref-1", **WORKUP), at="2026-02-03")
    (limit,) = [item for item in told if item["rule"] == "limit.referral"]
    assert limit["fact"] == {"source": SOURCE, "id": "ref-1"}
    assert limit["on"] == "2026-02-02"


def test_where_the_clock_tells_the_step_only_that_start_is_named() -> None:
    found = clock("cancer.treatment", fact("conference-decided", "2026-02-02", decision="treatment"), at="2026-02-03")
    started = Note(date(2026, 2, 2), "limit_started", found.limits[0].started_by, (("step", "conference-decided"),))
    told = explained(replace(found, notes=(started,)), "2026-02-03")
    assert "28 kalenderdage fra den dag, konferencen besluttede behandling (" in text(told, "limit.referral")


def test_the_items_follow_the_days() -> None:
    told = items("cancer.treatment", consent("2025-10-19"), at="2025-10-20")
    assert [item["on"] for item in told] == sorted(item["on"] for item in told)
    assert rules(told) == [
        "opened", "limit.consent", "binding", "state.running", "target", "deadline", "calendar.no_roll",
    ]  # fmt: skip


def test_a_deadline_on_a_sunday_is_said_not_to_move() -> None:
    told = items("cancer.treatment", consent("2025-10-19"), at="2025-10-20")
    assert text(told, "calendar.no_roll").startswith(
        "Fristen falder på en dag, hvor der ikke er almindelig drift (weekend). Den flytter sig ikke af den grund."
    )


def test_a_deadline_on_an_ordinary_day_needs_no_such_word() -> None:
    told = items("cancer.treatment", consent("2026-02-02"), at="2026-02-03")
    assert "calendar.no_roll" not in rules(told)


def test_the_target_names_each_day_off_between_it_and_the_deadline() -> None:
    told = items("cancer.treatment", consent("2024-12-12"), at="2024-12-13")
    assert text(told, "target") == (
        "Den sidste almindelige arbejdsdag inden fristen, torsdag den 26. december 2024, er mandag den 23. december "
        "2024. Der er ikke almindelig drift tirsdag den 24. december 2024 (Juleaftensdag), onsdag den 25. december "
        "2024 (Juledag) og torsdag den 26. december 2024 (Anden juledag)."
    )


def test_a_weekend_before_the_deadline_is_named_as_one_span() -> None:
    told = items("cancer.treatment", consent("2025-10-19"), at="2025-10-20")
    assert "lørdag den 1. november 2025 til søndag den 2. november 2025 (weekend)" in text(told, "target")


def test_a_closing_day_of_the_unit_is_named() -> None:
    closed = Calendar({UNIT: frozenset({date(2026, 2, 16)})})
    found = clock("cancer.treatment", consent("2026-02-02"), at="2026-02-03")
    told = explained(replace(found, target=date(2026, 2, 13)), "2026-02-03", calendar=closed)
    assert "mandag den 16. februar 2026 (afdelingen har lukket)" in text(told, "target")


def test_a_target_on_the_deadline_says_so() -> None:
    told = items("cancer.treatment", consent("2026-02-02"), at="2026-02-03")
    assert text(told, "target").endswith("er mandag den 16. februar 2026: fristdagen selv.")


def test_a_closed_clock_has_no_target_any_more() -> None:
    told = items("cancer.treatment", consent("2026-02-02"), fact("treatment-started", "2026-02-10"), at="2026-02-11")
    assert "target" not in rules(told)


def test_the_limit_that_holds_is_explained_from_the_day_both_run() -> None:
    facts = [fact("referral-received", "2025-09-01", **REFERRAL), consent("2025-09-20")]
    (binding,) = [item for item in items("cancer.treatment", *facts, at="2025-09-21") if item["rule"] == "binding"]
    assert binding["on"] == "2025-09-20"
    assert binding["text"]["da"] == (
        "Der løber to frister. Den tidligste gælder: fristen fra henvisningen (mandag den 29. september 2025) "
        "ligger før fristen fra samtykket (lørdag den 4. oktober 2025)."
    )


def test_two_limits_that_end_together_are_said_to() -> None:
    facts = [fact("referral-received", "2025-09-01", **REFERRAL), consent("2025-09-15")]
    told = text(items("cancer.treatment", *facts, at="2025-09-16"), "binding")
    assert told.startswith("Der løber to frister, og begge udløber mandag den 29. september 2025. Fristen")


def test_a_missing_consent_is_said() -> None:
    told = items("cancer.treatment", fact("referral-received", "2025-09-01", **REFERRAL), at="2025-09-02")
    assert text(told, "binding").startswith("Der er ikke registreret et samtykke.")


def test_a_missing_referral_is_said() -> None:
    told = items("cancer.treatment", consent("2025-09-01"), at="2025-09-02")
    assert "gælder fristen fra samtykket alene" in text(told, "binding")


def test_a_right_with_one_limit_says_nothing_of_a_binding_one() -> None:
    told = items("cancer.workup", fact("referral-received", "2026-02-02", **WORKUP), at="2026-02-03")
    assert "binding" not in rules(told)


def test_a_count_of_working_days_names_each_holiday_it_skips() -> None:
    told = items("information.referral", fact("referral-received", "2024-03-25", **WORKUP), at="2024-03-26")
    assert [each.split(" er en ")[0] for each in texts(told, "calendar.skipped")] == [
        "Skærtorsdag", "Langfredag", "Anden påskedag",
    ]  # fmt: skip


def test_a_count_of_working_days_names_the_days_it_counts_though_nobody_is_at_work() -> None:
    told = items("information.referral", fact("referral-received", "2024-12-17", **WORKUP), at="2024-12-18")
    assert texts(told, "calendar.counted")[0].startswith("Juleaftensdag er ikke en helligdag ved lov og tæller med")
    assert "tæller" not in text(told, "deadline")


def test_the_other_reading_of_christmas_eve_is_named_as_a_reading() -> None:
    referral = fact("referral-received", "2024-12-17", **WORKUP)
    told = items("information.referral", referral, at="2024-12-18", reading="closed_half_holidays")
    assert texts(told, "calendar.not_counted")[0].startswith("Juleaftensdag tæller ikke med som hverdag i den valgte")


def test_a_working_day_limit_that_ends_on_new_years_eve_says_that_the_day_counts() -> None:
    told = items("information.referral", fact("referral-received", "2024-12-17", **WORKUP), at="2024-12-18")
    assert "(Nytårsaftensdag). Dagen regnes alligevel for en hverdag" in text(told, "calendar.no_roll")


def test_calendar_day_limits_say_nothing_of_holidays_inside_them() -> None:
    told = items("cancer.workup", fact("referral-received", "2024-03-22", **WORKUP), at="2024-03-25")
    assert not [rule for rule in rules(told) if rule.startswith("calendar.")]


def test_a_reading_that_rolls_is_named_with_both_dates() -> None:
    told = items("cancer.treatment", consent("2025-10-19"), at="2025-10-20", reading="rolling")
    assert text(told, "calendar.rolled").endswith("fra søndag den 2. november 2025 til mandag den 3. november 2025.")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (
            "2026-02-06",
            "I dag er der 10 kalenderdage til fristen. Der er 6 almindelige arbejdsdage",
        ),
        ("2026-02-15", "I dag er der 1 kalenderdag til fristen. Der er 1 almindelig arbejdsdag"),
        ("2026-02-16", "Fristen er i dag."),
    ],
)
def test_a_running_clock_says_the_days_left(at: str, said: str) -> None:
    told = items("cancer.treatment", consent("2026-02-02"), at=at)
    assert text(told, "state.running").startswith(said)


def test_an_information_clock_counts_what_is_left_in_working_days() -> None:
    told = items("information.referral", fact("referral-received", "2026-02-02", **WORKUP), at="2026-02-06")
    assert text(told, "state.running").startswith("I dag er der 4 hverdage til fristen.")


def test_an_overdue_clock_says_by_how_much() -> None:
    told = items("cancer.treatment", consent("2026-02-02"), at="2026-02-19")
    assert (
        text(told, "state.overdue") == "Fristen er overskredet med 3 kalenderdage. Det skal stadig ske hurtigst muligt."
    )
    assert text(told, "deadline").startswith("Fristen for at begynde behandlingen var")


def test_a_kept_deadline_says_so_and_nothing_of_days_over() -> None:
    told = items("cancer.treatment", consent("2026-02-02"), fact("treatment-started", "2026-02-16"), at="2026-02-17")
    assert text(told, "closed_by_start") == "Behandlingen begyndte."
    assert text(told, "outcome.within") == (
        "Fristen blev overholdt: mandag den 16. februar 2026 ligger ikke senere end fristen, "
        "mandag den 16. februar 2026."
    )
    assert "days_over" not in rules(told)


def test_a_breach_says_the_days_over() -> None:
    told = items("cancer.treatment", consent("2026-02-02"), fact("treatment-started", "2026-02-17"), at="2026-02-18")
    assert text(told, "outcome.not_complied").endswith("Reglerne er ikke overholdt.")
    assert text(told, "days_over") == "Det er 1 kalenderdag efter fristen, mandag den 16. februar 2026."


@pytest.mark.parametrize(
    ("right", "purpose", "closing", "said"),
    [
        ("cancer.workup", "workup", ("workup-started", "attendance", "physical"), "Udredningen begyndte."),
        ("cancer.aftertreatment", "aftertreatment", ("aftertreatment-started",), "Efterbehandlingen begyndte."),
        ("information.referral", "workup", ("patient-informed", "about", "date_and_place"), "Patienten fik besked."),
    ],
)
def test_the_close_is_told_in_the_words_of_the_right(
    right: str, purpose: str, closing: tuple[str, ...], said: str
) -> None:
    step, *field = closing
    closed = fact(step, "2026-02-05", **dict([field] if field else []))
    told = items(right, fact("referral-received", "2026-02-02", purpose=purpose), closed, at="2026-02-06")
    assert text(told, "closed_by_start") == said


def test_a_note_of_an_unknown_rule_is_told_plainly() -> None:
    found = clock("cancer.treatment", consent("2026-02-02"), at="2026-02-03")
    strange = Note(date(2026, 2, 3), "of_a_later_version", Ref("s", "1"), (("some", "thing"),))
    told = explained(replace(found, notes=(*found.notes, strange)), "2026-02-03")
    assert text(told, "of_a_later_version") == "Der er registreret et trin i forløbet, som ikke ændrer fristen."


def test_a_right_that_the_rulebook_has_no_longer_is_a_clear_error() -> None:
    found = clock("cancer.treatment", consent("2026-02-02"), at="2026-02-03")
    with pytest.raises(RulebookError, match="unknown right 'gone'"):
        explained(replace(found, right="gone"), "2026-02-03", calendar=CALENDAR)
