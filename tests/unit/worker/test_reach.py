from stream.worker.reach import Judged, Judgement, Reach, Relay


def test_an_empty_partition_is_read_to_its_end_at_once() -> None:
    reach: Reach[int] = Reach()
    reach.look(7, {"facts": 0, "actions": 0}, {})
    assert reach.reached == 7


def test_every_topic_must_be_read_to_its_end() -> None:
    reach: Reach[int] = Reach()
    reach.look(7, {"facts": 5, "actions": 2}, {"facts": 5, "actions": 1})
    assert reach.reached is None


def test_an_end_counts_for_the_moment_at_which_it_was_seen_not_for_when_it_was_reached() -> None:
    reach: Reach[int] = Reach()
    reach.look(7, {"facts": 5}, {"facts": 3})
    reach.look(9, {"facts": 8}, {"facts": 5})
    assert reach.reached == 7


def test_under_steady_traffic_it_moves_on_although_the_end_is_never_met() -> None:
    reach: Reach[int] = Reach()
    reached = []
    for n in range(1, 6):
        reach.look(n, {"facts": 10 * n}, {"facts": 10 * n - 5})
        reached.append(reach.reached)
    assert reached == [None, 1, 2, 3, 4]


def test_an_end_that_moves_back_is_not_waited_for() -> None:
    reach: Reach[int] = Reach()
    reach.look(7, {"facts": 9}, {"facts": 5})
    reach.look(8, {"facts": 5}, {"facts": 5})
    assert reach.reached == 8


def test_it_never_goes_back() -> None:
    reach: Reach[int] = Reach()
    reach.look(7, {"facts": 5}, {"facts": 5})
    reach.look(8, {"facts": 9}, {"facts": 5})
    assert reach.reached == 7


def test_a_topic_that_grows_is_read_to_all_its_new_ends() -> None:
    reach: Reach[int] = Reach()
    reach.look(7, {0: 5}, {0: 4})
    reach.look(8, {0: 5, 1: 3}, {0: 5})
    assert reach.reached == 7
    reach.look(9, {0: 5, 1: 3}, {0: 5, 1: 3})
    assert reach.reached == 9


def test_a_topic_made_anew_with_fewer_partitions_is_not_waited_for() -> None:
    reach: Reach[int] = Reach()
    reach.look(7, {0: 5, 1: 3}, {0: 5})
    reach.look(8, {0: 5}, {0: 5})
    assert reach.reached == 8


def test_intake_must_have_judged_every_partition_of_the_inbox() -> None:
    judgement: Judgement[int] = Judgement()
    judgement.look(7, {0: 5, 1: 2}, {0: 5}, known_at=7.5)
    assert judgement.judged is None
    judgement.look(8, {0: 6, 1: 2}, {0: 5, 1: 2}, known_at=8.5)
    assert judgement.judged == Judged(7, 8.5)


def test_an_inbox_that_nobody_has_written_to_is_judged() -> None:
    judgement: Judgement[int] = Judgement()
    judgement.look(7, {0: 0, 1: 0}, {}, known_at=7.5)
    assert judgement.judged == Judged(7, 7.5)


def test_an_intake_that_stands_still_leaves_the_judgement_where_it_is() -> None:
    judgement: Judgement[int] = Judgement()
    for n in range(3):
        judgement.look(n, {0: 5 + n}, {0: 5}, known_at=n + 0.5)
    assert judgement.judged == Judged(0, 0.5)


def test_without_a_judgement_nothing_is_reached_however_well_read() -> None:
    relay: Relay[int] = Relay()
    relay.look(None, 9.0, {"facts": 5}, {"facts": 5})
    assert relay.reached is None


def test_facts_seen_before_the_judgement_was_known_prove_nothing() -> None:
    relay: Relay[int] = Relay()
    relay.look(Judged(7, 7.5), 7.4, {"facts": 5}, {"facts": 5})
    assert relay.reached is None


def test_what_came_of_the_judgement_must_be_applied() -> None:
    relay: Relay[int] = Relay()
    relay.look(Judged(7, 7.5), 7.6, {"facts": 5}, {"facts": 4})
    assert relay.reached is None
    relay.look(Judged(8, 8.5), 8.6, {"facts": 9}, {"facts": 5})
    assert relay.reached == 7


def test_judgements_that_come_faster_than_ends_are_seen_do_not_starve_it() -> None:
    relay: Relay[int] = Relay()
    for n in range(1, 4):
        relay.look(Judged(n, n + 0.5), n + 0.4, {"facts": 0}, {})
    assert relay.reached == 2
