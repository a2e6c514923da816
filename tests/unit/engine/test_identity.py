from stream.identity import clock_id_of, mint
from stream.law.clock import Clock
from stream.law.fact import Ref
from tests.unit.law.build import SOURCE, clocks, fact


def treatment(*facts, at: str = "2026-02-12") -> list[Clock]:
    return [clock for clock in clocks(*facts, at=at) if clock.right == "cancer.treatment"]


CONSENT = fact("consent-given", "2026-02-05", id="consent", line="initial")
REFERRAL = fact("referral-received", "2026-02-02", id="referral", purpose="treatment", condition="cancer")


def test_the_id_of_a_new_clock_follows_from_its_first_start() -> None:
    (clock,) = treatment(CONSENT)
    assert mint([clock], (), {})[0] == [clock_id_of(clock)]


def test_an_earlier_start_that_arrives_later_leaves_the_id() -> None:
    ids, minted = mint(treatment(CONSENT), (), {})
    assert mint(treatment(CONSENT, REFERRAL), minted, {})[0] == ids


def test_a_corrected_start_keeps_the_id() -> None:
    ids, minted = mint(treatment(CONSENT), (), {})
    corrected = fact("consent-given", "2026-02-06", id="corrected", line="initial")
    succession = {CONSENT.ref: corrected.ref}
    assert mint(treatment(corrected), minted, succession)[0] == ids


def test_a_start_corrected_twice_keeps_the_id() -> None:
    ids, minted = mint(treatment(CONSENT), (), {})
    latest = fact("consent-given", "2026-02-07", id="third", line="initial")
    succession = {CONSENT.ref: Ref(SOURCE, "second"), Ref(SOURCE, "second"): latest.ref}
    assert mint(treatment(latest), minted, succession)[0] == ids


def test_another_start_is_another_clock() -> None:
    ids, minted = mint(treatment(CONSENT), (), {})
    other = fact("consent-given", "2026-02-06", id="other", line="initial")
    assert mint(treatment(other), minted, {})[0] != ids


def test_a_clock_that_was_away_comes_back_under_its_id() -> None:
    ids, minted = mint(treatment(CONSENT), (), {})
    _, minted = mint([], minted, {})
    assert mint(treatment(CONSENT), minted, {})[0] == ids


def test_a_circle_of_corrections_ends() -> None:
    _, minted = mint(treatment(CONSENT), (), {})
    circle = {CONSENT.ref: Ref(SOURCE, "b"), Ref(SOURCE, "b"): CONSENT.ref}
    assert mint(treatment(CONSENT), minted, circle)[0] == [minted[0].clock_id]


def test_two_rights_started_by_one_fact_have_two_ids() -> None:
    found = clocks(REFERRAL, at="2026-02-03")
    assert len(set(mint(found, (), {})[0])) == len(found) == 2
