from stream.worker.reach import Reach


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
