from stream.engine import Engine
from stream.result import Result
from stream.row import Row
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.law.build import SOURCE, moment

CONSENT = event("consent-given", "2026-02-02", id="consent", line="initial", modality="surgery")


def after(*sent: dict, now: str | None = None, engine: Engine = ENGINE) -> Row:
    """The row after the events, each evaluated when it was recorded, or all at `now`."""
    row = None
    for each in sent:
        row = engine.fact(row, kept(each), moment(now or each["time"][:10])).row
    assert row is not None
    return row


def kinds(result: Result) -> list[tuple]:
    return [(record["kind"], record["from"], record["to"]) for record in result.ledger]


def test_a_first_fact_publishes_its_pathway() -> None:
    result = ENGINE.fact(None, kept(CONSENT), moment("2026-02-02"))
    (message,) = result.clocks
    assert (message["pathway"], message["revision"], len(message["clocks"])) == ("pw-1", 1, 1)


def test_the_same_fact_twice_says_nothing_twice() -> None:
    row = after(CONSENT)
    again = ENGINE.fact(row, kept(CONSENT), moment("2026-02-02"))
    assert (again.clocks, again.ledger, again.row) == ((), (), row)


def test_a_fact_that_changes_no_clock_publishes_nothing() -> None:
    rung = event("escalated", "2026-02-03", to="region", by="unit")
    assert ENGINE.fact(after(CONSENT), kept(rung), moment("2026-02-03")).clocks == ()


def test_a_clock_without_need_waits_for_its_first_tier() -> None:
    assert after(CONSENT).next_due == moment("2026-02-05T00:00")


def test_a_tick_raises_what_is_due() -> None:
    result = ENGINE.tick(after(CONSENT), moment("2026-02-05T00:00"))
    assert kinds(result) == [("raised", None, "plan")]
    assert result.ledger[0]["cause"] == {"due": "2026-02-04T23:00:00Z"}


def test_a_tick_that_comes_days_late_decides_each_tier_in_turn_and_says_that_it_is_late() -> None:
    result = ENGINE.tick(after(CONSENT), moment("2026-02-11T08:00"))
    assert kinds(result) == [("raised", None, "plan"), ("changed", "plan", "act"), ("changed", "act", "refer")]
    assert all(record["late"] for record in result.ledger)


def test_each_transition_keeps_the_deadline_and_the_days_left_of_its_day() -> None:
    raised, *_ = result = ENGINE.tick(after(CONSENT), moment("2026-02-11T08:00")).ledger
    assert [record["detail"]["staffed_days_left"] for record in result] == [7, 5, 3]
    assert raised["detail"] == {"deadline": "2026-02-16", "days_left": 11, "staffed_days_left": 7}


def test_an_early_tick_changes_nothing() -> None:
    row = after(CONSENT)
    assert ENGINE.tick(row, moment("2026-02-04T23:00")) == Result(row)


def test_a_tick_before_all_was_read_is_marked_unverified() -> None:
    result = ENGINE.tick(after(CONSENT), moment("2026-02-05T00:00"), unverified=True)
    assert [record["unverified"] for record in result.ledger] == [True]


def test_what_was_due_before_a_fact_was_recorded_is_decided_first() -> None:
    offer = event(
        "date-offered", "2026-02-06", **{"for": "treatment"}, offered_date="2026-02-12", place="own", concrete=True
    )
    result = ENGINE.fact(after(CONSENT), kept(offer), moment("2026-02-06"))
    assert kinds(result) == [("raised", None, "plan"), ("changed", "plan", None)]


def test_a_start_that_was_recorded_before_the_due_moment_prevents_the_alarm() -> None:
    start = event("treatment-started", "2026-02-04")
    assert kinds(ENGINE.fact(after(CONSENT), kept(start), moment("2026-02-09"))) == []


def test_a_start_closes_the_alert() -> None:
    row = ENGINE.tick(after(CONSENT), moment("2026-02-05T00:00")).row
    result = ENGINE.fact(row, kept(event("treatment-started", "2026-02-06")), moment("2026-02-06"))
    assert kinds(result) == [("closed", "plan", None)]


def test_a_retracted_consent_withdraws_the_alert_and_clears_the_pathway() -> None:
    row = ENGINE.tick(after(CONSENT), moment("2026-02-05T00:00")).row
    retraction = event("fact-retracted", "2026-02-06", event="consent", event_source=SOURCE)
    result = ENGINE.fact(row, kept(retraction), moment("2026-02-06"))
    assert kinds(result) == [("withdrawn", "plan", None)]
    assert [message["clocks"] for message in result.clocks] == [None]


def test_a_corrected_start_reopens_the_same_alert() -> None:
    row = ENGINE.tick(after(CONSENT), moment("2026-02-05T00:00")).row
    start = event("treatment-started", "2026-02-06", id="start")
    row = ENGINE.fact(row, kept(start), moment("2026-02-06")).row
    retraction = event("fact-retracted", "2026-02-09", event="start", event_source=SOURCE)
    result = ENGINE.fact(row, kept(retraction), moment("2026-02-09"))
    assert kinds(result) == [("reopened", None, "act")]
    assert result.ledger[0]["alert_id"] in {state.alert_id for state in row.alerts.values()}


def test_history_that_is_long_over_gets_a_silent_row() -> None:
    result = ENGINE.fact(None, kept(CONSENT), moment("2026-06-01"))
    assert kinds(result) == [("silent", None, "passed")]


def test_thirty_days_over_is_not_yet_silent() -> None:
    assert kinds(ENGINE.fact(None, kept(CONSENT), moment("2026-03-18"))) == [("raised", None, "passed")]
    assert kinds(ENGINE.fact(None, kept(CONSENT), moment("2026-03-19"))) == [("silent", None, "passed")]


def test_a_deadline_that_passes_while_it_is_watched_is_never_silent() -> None:
    row = after(CONSENT)
    assert all(kind != "silent" for kind, *_ in kinds(ENGINE.tick(row, moment("2026-06-01"))))


def test_a_refused_event_makes_every_clock_of_the_patient_incomplete() -> None:
    command = {"kind": "refused", "command_id": "c1", "patient": "pt-1", "source": SOURCE, "id": "x", "actor": "intake"}
    result = ENGINE.command(after(CONSENT), command | {"at": "2026-02-03T08:00:00Z"}, moment("2026-02-03T09:00"))
    assert [clock["incomplete"] for message in result.clocks for clock in message["clocks"]] == [True]


def test_the_accepted_event_of_the_same_identity_makes_it_complete_again() -> None:
    command = {"kind": "refused", "command_id": "c1", "patient": "pt-1", "source": SOURCE, "id": "x", "actor": "intake"}
    row = ENGINE.command(after(CONSENT), command | {"at": "2026-02-03T08:00:00Z"}, moment("2026-02-03T09:00")).row
    result = ENGINE.fact(row, kept(event("workup-completed", "2026-02-03", id="x")), moment("2026-02-03"))
    assert not any(clock["incomplete"] for message in result.clocks for clock in message["clocks"])


def test_a_dismissal_by_name_makes_it_complete_again() -> None:
    command = {"kind": "refused", "command_id": "c1", "patient": "pt-1", "source": SOURCE, "id": "x", "actor": "intake"}
    row = ENGINE.command(after(CONSENT), command | {"at": "2026-02-03T08:00:00Z"}, moment("2026-02-03T09:00")).row
    dismissal = command | {"kind": "dismiss", "command_id": "c2", "actor": "ab", "at": "2026-02-03T08:30:00Z"}
    result = ENGINE.command(row, dismissal, moment("2026-02-03T09:30"))
    assert not any(clock["incomplete"] for message in result.clocks for clock in message["clocks"])


def test_a_command_of_a_later_version_changes_nothing() -> None:
    row = after(CONSENT)
    unknown = {"kind": "sing", "command_id": "c", "patient": "pt-1", "at": "2026-02-02T12:00:00Z"}
    assert ENGINE.command(row, unknown, moment("2026-02-02T13:00")) == Result(row)


def test_a_fact_of_the_future_counts_from_its_moment_on() -> None:
    row = after(CONSENT, event("treatment-started", "2026-02-03T12:40", recorded="2026-02-03T12:00"), now="2026-02-03")
    assert row.next_due == moment("2026-02-03T12:40")
    (message,) = ENGINE.tick(row, moment("2026-02-03T12:40")).clocks
    assert message["clocks"][0]["state"] == "closed"


def test_another_rulebook_evaluates_the_row_anew() -> None:
    other = Engine(ENGINE.rulebook.read_as("rolling"), ENGINE.units, ENGINE.policy)
    sunday = event("consent-given", "2026-02-01", line="initial")
    result = other.refresh(after(sunday), moment("2026-02-02"))
    assert [clock["deadline"] for message in result.clocks for clock in message["clocks"]] == ["2026-02-16"]
    assert result.row.digest != ENGINE.digest


def test_the_same_transition_computed_twice_has_the_same_id() -> None:
    row = after(CONSENT)
    ids = [ENGINE.tick(row, moment(now)).ledger[0]["transition_id"] for now in ("2026-02-05T00:00", "2026-02-08T09:00")]
    assert ids[0] == ids[1]


def test_a_row_survives_its_encoding() -> None:
    row = ENGINE.tick(after(CONSENT), moment("2026-02-05T00:00")).row
    assert Row.decode(row.encode()) == row
