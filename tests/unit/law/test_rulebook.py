import tomllib

import msgspec
import pytest

from stream.law.errors import RulebookError
from stream.law.evaluate import evaluate
from stream.law.rulebook import DEFAULT_RULEBOOK, Rulebook
from tests.unit.law.build import CALENDAR, RULEBOOK, fact, moment

TEXT = DEFAULT_RULEBOOK.read_text("utf-8")
EXAMPLES = [(right, example) for right in RULEBOOK.rights.values() for example in right.examples]

INVENTED = """
[[rights]]
id = "cancer.first_call"
family = "waiting"
condition = "cancer"
name = { da = "første opkald", en = "first call" }
day_unit = "calendar"
paragraph = "invented § 1"
source = "this test"
certainty = "D"
valid_from = 2026-01-01
pauses = true
lines = "one_open"
closed_by = [{ step = "workup-started", where = { attendance = ["phone", "video"] } }]

[rights.limits.referral]
days = 3
paragraph = "invented § 1"
source = "this test"
certainty = "D"
started_by = [{ step = "referral-received", where = { purpose = ["workup"], route = ["gp"] } }]
"""


def test_every_right_is_explained_by_at_least_one_worked_example() -> None:
    assert {right.id for right, _ in EXAMPLES} == set(RULEBOOK.rights)


@pytest.mark.parametrize(("right", "example"), EXAMPLES, ids=lambda each: getattr(each, "id", None) or each.note[:40])
def test_each_worked_example_of_the_rulebook_comes_true(right, example) -> None:
    facts = [
        fact(each["step"], each["on"].isoformat(), **{k: v for k, v in each.items() if k not in ("step", "on")})
        for each in example.facts
    ]
    found = evaluate(facts, moment(example.today.isoformat()), RULEBOOK, CALENDAR)
    clock = next(msgspec.to_builtins(each) for each in found if each.right == right.id)
    assert {name: clock[name] for name in example.expect} == example.expect


@pytest.mark.parametrize("right", RULEBOOK.rights.values(), ids=lambda right: right.id)
def test_every_right_and_limit_names_its_paragraph_and_source(right) -> None:
    said = [right, *right.limits.values()]
    assert all(each.paragraph and each.source and each.certainty in ("A", "B", "C", "D", "NF") for each in said)


def test_an_invented_right_is_watched_by_data_alone() -> None:
    rulebook = Rulebook.parse(TEXT + INVENTED)
    facts = [
        fact("referral-received", "2026-02-02", purpose="workup", condition="cancer", route="gp"),
        fact("workup-started", "2026-02-04", attendance="phone"),
    ]
    found = {each.right: each for each in evaluate(facts, moment("2026-02-09"), rulebook, CALENDAR)}
    assert (found["cancer.first_call"].deadline.isoformat(), found["cancer.first_call"].outcome) == (
        "2026-02-05",
        "within",
    )
    assert found["cancer.workup"].state == "running"


def test_a_limit_can_change_from_a_date_on() -> None:
    changed = TEXT.replace(
        'days = 14\nparagraph = "BEK 584/2015 § 2, nr. 1"',
        'days = 14\nchanges = [{ from = 2026-03-01, days = 10, source = "this test" }]\n'
        'paragraph = "BEK 584/2015 § 2, nr. 1"',
    )
    rulebook = Rulebook.parse(changed)
    rule = rulebook.right("cancer.workup").limits["referral"]
    days = [rule.days_for(moment(on).date()) for on in ("2026-02-28", "2026-03-01")]
    assert days == [14, 10]


def test_the_text_and_the_reading_decide_the_digest() -> None:
    digests = {
        Rulebook.parse(TEXT).digest,
        Rulebook.parse(TEXT + "\n# a remark\n").digest,
        RULEBOOK.read_as("rolling").digest,
    }
    assert len(digests) == 3


@pytest.mark.parametrize("name", RULEBOOK.setting_sources)
def test_every_setting_says_since_when_from_where_and_why(name) -> None:
    setting = RULEBOOK.setting_sources[name]
    assert setting.since
    assert setting.source
    assert setting.why
    assert setting.value in setting.alternatives


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = ", "Invalid value"),
        (TEXT.replace("days = 14", 'days = "14"', 1), "Expected `int`"),
        (TEXT.replace('condition = "cancer"', 'condition = "gout"', 1), "unknown condition 'gout'"),
        (TEXT.replace('roll = "next_working_day"', 'roll = "next_moon"', 1), "next_moon"),
        (TEXT.replace("default = true\n", "", 1), "exactly one condition"),
        (TEXT.replace('setting = "aftertreatment_referral_limit"', 'setting = "gone"', 1), "unknown setting 'gone'"),
    ],
)
def test_a_mistake_in_the_rulebook_is_refused_with_its_place(text, said) -> None:
    with pytest.raises(RulebookError, match=said):
        Rulebook.parse(text)


def test_an_unknown_right_or_reading_names_those_there_are() -> None:
    with pytest.raises(RulebookError, match=r"cancer\.workup"):
        RULEBOOK.right("cancer.nothing")
    with pytest.raises(RulebookError, match="in_force"):
        RULEBOOK.read_as("nobodys")


def test_a_missing_rulebook_file_is_named(tmp_path) -> None:
    with pytest.raises(RulebookError, match=r"cannot read the rulebook .*none\.toml"):
        Rulebook.load(tmp_path / "none.toml")


def test_the_rulebook_is_plain_toml() -> None:
    assert tomllib.loads(TEXT)["version"] == RULEBOOK.version
