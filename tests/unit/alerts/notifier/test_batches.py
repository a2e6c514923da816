from alerts.notifier.batches import Sendings, Waiting, batches


def waiting(number: int, *, digest: bool = False) -> list[Waiting]:
    return [Waiting(f"n{each}", f"a{each}", "lead", digest) for each in range(number)]


def sizes(found: object) -> list[int]:
    return [len(batch) for batch in found]  # type: ignore[attr-defined]


def test_every_alert_has_a_message_of_its_own() -> None:
    assert sizes(batches(waiting(3), Sendings(), 30)) == [1, 1, 1]


def test_what_waited_for_the_digest_goes_in_one_message() -> None:
    assert sizes(batches([*waiting(5, digest=True), Waiting("n9", "a9", "lead", digest=False)], Sendings(), 30)) == [
        5,
        1,
    ]


def test_above_the_limit_everything_is_merged_and_nothing_is_dropped() -> None:
    assert sizes(batches(waiting(40), Sendings(), 30)) == [40]


def test_what_went_in_the_last_hour_counts() -> None:
    assert sizes(batches(waiting(3), Sendings(28, 10.0), 30)) == [3]
    assert sizes(batches(waiting(2), Sendings(28, 10.0), 30)) == [1, 1]


def test_above_the_limit_merged_messages_go_a_minute_apart() -> None:
    assert batches(waiting(1), Sendings(30, 59.0), 30) == ()
    assert sizes(batches(waiting(5), Sendings(30, 60.0), 30)) == [5]


def test_nothing_waits_for_a_message_that_lies_ahead_after_the_clock_was_set_back() -> None:
    assert sizes(batches(waiting(5), Sendings(30, -3000.0), 30)) == [5]


def test_nothing_waiting_is_no_message() -> None:
    assert batches([], Sendings(), 30) == ()
