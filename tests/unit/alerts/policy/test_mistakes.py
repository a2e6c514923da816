"""A mistake in the policy is told with file, line and column, the key, what is wrong and what is accepted."""

import pytest

from alerts.policy import Policy, PolicyError
from tests.unit.alerts.policy.small import LINES, SMALL, mistakes, policy

KIRURGI = '[recipients.kirurgi]\nmail = "kirurgi@example.dk"\n'
HOOK = '[recipients.hook]\nwebhook = "https://example.dk/in"\nsecret = "ward"\n'
ROUTE = '[[routes]]\nrole = "hospital"\nto = ["kirurgi"]\n'


def told(added: str) -> list[str]:
    """Mistakes as they are printed, the lines counted from what is added."""
    return [f"{each.line - LINES}:{each.column}: {each.key}: {each.text}" for each in mistakes(added)]


@pytest.mark.parametrize("added", ["", KIRURGI + ROUTE, HOOK, '[recipients."ø-1"]\nmail = "o@xn--6ca.example.dk"\n'])
def test_what_is_right_has_no_mistakes(added: str) -> None:
    assert told(added) == []


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("[recipient]\n", "1:1: recipient: unknown key; did you mean 'recipients'?"),
        ("[recipients]\nkirurgi = 1\n", "2:11: recipients.kirurgi: give a table under [recipients.kirurgi]"),
        ('[recipients."a b"]\nmail = "a@b.dk"\n', "1:1: recipients.a b: a recipient's name has letters, digits"),
        ("[recipients.a]\n", "1:1: recipients.a: give either mail or webhook"),
        (HOOK + 'mail = "a@b.dk"\n', "1:1: recipients.hook: give either mail or webhook"),
        ('[recipients.a]\nmail = "Anna <a@b.dk>"\n', "2:8: recipients.a.mail: 'Anna <a@b.dk>' is no mail address"),
        ('[recipients.a]\nmail = "a@b"\n', "2:8: recipients.a.mail: 'a@b' is no mail address"),
        ('[recipients.a]\nmail = "ø@example.dk"\n', "2:8: recipients.a.mail: 'ø@example.dk' is no mail address"),
        ('[recipients.a]\nmail = "o@æ.example.dk"\n', "2:8: recipients.a.mail: 'o@æ.example.dk' is no mail address"),
        ('[recipients.a]\nmail = "a..b@b.dk"\n', "2:8: recipients.a.mail: 'a..b@b.dk' is no mail address"),
        ('[recipients.a]\nmail = ".a@b.dk"\n', "2:8: recipients.a.mail: '.a@b.dk' is no mail address"),
        ('[recipients.a]\nmail = "a.@b.dk"\n', "2:8: recipients.a.mail: 'a.@b.dk' is no mail address"),
        (KIRURGI + 'languge = "en"\n', "3:1: recipients.kirurgi.languge: unknown key; did you mean 'language'?"),
        (KIRURGI + 'language = "fr"\n', "3:12: recipients.kirurgi.language: give da or en"),
        (KIRURGI + 'secret = "ward"\n', "3:1: recipients.kirurgi.secret: is for a webhook"),
        (KIRURGI + "allow_private = true\n", "3:1: recipients.kirurgi.allow_private: is for a webhook"),
        (
            KIRURGI + 'deputy = "kirugi"\n',
            "3:10: recipients.kirurgi.deputy: no recipient 'kirugi'; did you mean 'kirurgi'?",
        ),
        (
            KIRURGI + 'deputy = "kirurgi"\n',
            "3:10: recipients.kirurgi.deputy: goes round in a circle (kirurgi → kirurgi)",
        ),
        (KIRURGI + "away = 3\n", "3:8: recipients.kirurgi.away: give entries such as away = [{ from"),
        (
            KIRURGI + 'away = [{ from = "2026-07-06", to = 2026-07-07 }]\n',
            "3:18: recipients.kirurgi.away[1].from: give a date without quotes",
        ),
        (
            KIRURGI + "away = [{ from = 2026-07-06, to = 2026-07-06T08:00:00 }]\n",
            "3:35: recipients.kirurgi.away[1].to: give a date without quotes",
        ),
        (
            KIRURGI + "away = [{ from = 2026-07-06, to = 2026-07-05 }]\n",
            "3:35: recipients.kirurgi.away[1].to: 2026-07-05 is before 2026-07-06",
        ),
        (
            KIRURGI + "away = [{ from = 2026-07-06 }]\n",
            "3:9: recipients.kirurgi.away[1].to: give a date without quotes",
        ),
        (HOOK.replace("https", "http"), "2:11: recipients.hook.webhook: must begin with https://"),
        (
            HOOK.replace("https", "ftp") + "allow_private = true\n",
            "2:11: recipients.hook.webhook: must begin with https://",
        ),
        (HOOK.replace("//", "//user:pass@"), "2:11: recipients.hook.webhook: must have no login"),
        (HOOK.replace("/in", "/in#x"), "2:11: recipients.hook.webhook: must have no login and no fragment"),
        (HOOK.replace("example.dk", ""), "2:11: recipients.hook.webhook: is no URL"),
        (HOOK.replace("example.dk", "example.dk:x"), "2:11: recipients.hook.webhook: is no URL"),
        (HOOK.replace('secret = "ward"\n', ""), "1:1: recipients.hook.secret: name the setting that holds the signing"),
        (HOOK.replace("ward", "not a name"), "3:10: recipients.hook.secret: give the name of a setting"),
        (HOOK + "allow_private = 1\n", "4:17: recipients.hook.allow_private: give true or false"),
        (
            KIRURGI + ROUTE.replace('"kirurgi"', '"kirurgi", "kirugi"'),
            "5:18: routes[1].to[2]: no recipient 'kirugi'; did",
        ),
        (KIRURGI + ROUTE.replace('["kirurgi"]', "[]"), "5:6: routes[1].to: give a list of texts with at least one"),
        (
            KIRURGI + ROUTE.replace("hospital", "hospitl"),
            "4:8: routes[1].role: no role 'hospitl'; did you mean 'hospital'?",
        ),
        (KIRURGI + ROUTE + 'region = "Fyn"\n', "6:1: routes[1].region: unknown key; did you mean 'regions'?"),
        (KIRURGI + ROUTE + 'rights = "*"\n', "6:10: routes[1].rights: give a list of texts"),
        (KIRURGI + ROUTE + "units = [1]\n", "6:10: routes[1].units[1]: give a list of texts with at least one"),
        ("[routes]\n", "1:1: routes: give entries under [[routes]]"),
        ('[heads]\nto = ["x"]\n', "2:7: heads.to[1]: no recipient 'x'; there are none yet"),
        ("[test_route]\n", "1:1: test_route.to: give a list of texts"),
        ("[ladder]\nplann = []\n", "2:1: ladder.plann: unknown key; did you mean 'plan'?"),
        ("[ladder]\nplan = []\n", "2:8: ladder.plan: give a list of roles with at least one"),
        ('[ladder]\nplan = ["region", []]\n', "2:19: ladder.plan[2]: give a list of roles with at least one"),
        ("[hand_over]\nplan = 0\n", "2:8: hand_over.plan: give a whole number, 1 or more"),
        ("[rate_limit]\nper_hour = 0\n", "2:12: rate_limit.per_hour: give a whole number, 1 or more"),
        (
            '[working_time]\ndays = ["mon", "tirsdag"]\n',
            "2:16: working_time.days[2]: no weekday 'tirsdag'; use fri, mon",
        ),
        ('[working_time]\nfrom = "8"\n', '2:8: working_time.from: give a local time of day as "HH:MM"'),
        ('[working_time]\nto = "24:00"\n', '2:6: working_time.to: give a local time of day as "HH:MM"'),
        ('[working_time]\nto = "07:00"\n', '2:6: working_time.to: must be later than "from" (08:00)'),
        ('[quiet_hours]\nfrom = "16:00"\n', '1:1: quiet_hours.to: give a local time of day as "HH:MM"'),
        ('[quiet_hours]\nto = "16:00"\n', '1:1: quiet_hours.from: give a local time of day as "HH:MM"'),
        ('[quiet_hours]\nfrom = "16:00"\nto = "16:00"\n', '3:6: quiet_hours.to: must differ from "from"'),
        ('[quiet_hours]\ntiers = ["plan", "escalate"]\n', "2:18: quiet_hours.tiers[2]: escalate is never delayed"),
        ('[quiet_hours]\ntiers = ["passed"]\n', "2:10: quiet_hours.tiers[1]: passed is never delayed; use plan, act"),
        ('[quiet_hours]\ntiers = ["pln"]\n', "2:10: quiet_hours.tiers[1]: no tier 'pln'; use plan, act, refer"),
        ('[digest]\ntiers = ["escalate"]\n', "2:10: digest.tiers[1]: escalate is never delayed"),
        ('[digest]\nat = "morning"\n', '2:6: digest.at: give a local time of day as "HH:MM"'),
    ],
)
def test_each_mistake_is_told_with_its_place(added: str, message: str) -> None:
    found = told(added)
    assert len(found) == 1, found
    assert found[0].startswith(message)


def test_a_signing_key_in_the_file_is_refused_and_not_repeated() -> None:
    found = told(HOOK.replace("ward", "whsec_" + "c2VjcmV0"))
    assert ["signing key itself" in each for each in found] == [True]
    assert "c2VjcmV0" not in found[0]


def test_a_circle_of_deputies_is_told_for_each_who_is_in_it() -> None:
    circle = "".join(f'[recipients.{a}]\nmail = "{a}@b.dk"\ndeputy = "{b}"\n' for a, b in ("ab", "bc", "ca", "da"))
    assert [each.split("; ")[0] for each in told(circle)] == [
        "3:10: recipients.a.deputy: goes round in a circle (a → b → c → a)",
        "6:10: recipients.b.deputy: goes round in a circle (b → c → a → b)",
        "9:10: recipients.c.deputy: goes round in a circle (c → a → b → c)",
    ]


def test_all_mistakes_are_collected_and_the_message_has_the_first_in_the_file() -> None:
    with pytest.raises(PolicyError) as caught:
        policy('[heads]\nto = ["x"]\n[working_time]\nfrom = 8\n[rate_limit]\nper_hour = "many"\n')
    assert len(caught.value.mistakes) == 3
    first = f"policy.toml:{LINES + 2}:7: heads.to[1]: no recipient 'x'; there are none yet"
    assert str(caught.value) == f"{first} (and 2 more: `fristvagt policy check` lists all)"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb = = 2\n", "2:5"),
        ("a = 1\n[b", "2:3"),
        ('a = """\n', "1:8"),
        ("a = 1\na = 2\n", "2:6"),
        ("x = [", "1:6"),
    ],
)
def test_what_is_no_toml_is_told_with_line_and_column(text: str, place: str) -> None:
    with pytest.raises(PolicyError, match=rf"^p\.toml:{place}: is not TOML: [^(]*$"):
        Policy.parse(text, "p.toml")


def test_an_own_role_is_known_when_it_is_an_owner_or_in_the_ladder() -> None:
    route = KIRURGI + ROUTE.replace("hospital", "secretary")
    assert len(told(route)) == 1
    assert told('[ladder]\nplan = ["department", "secretary"]\n' + route) == []
    Policy.parse(SMALL.replace('plan = ["department"]', 'plan = ["secretary"]') + route)


def test_an_inner_address_may_be_plain_http() -> None:
    added = HOOK.replace("https", "http") + "allow_private = true\n"
    assert policy(added).contacts["hook"].allow_private
