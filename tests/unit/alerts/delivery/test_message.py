"""A message is about what it holds."""

import pytest

from tests.unit.alerts.delivery.made import item, message


@pytest.mark.parametrize("about", ["alert", "digest"])
def test_alerts_without_items_are_no_message(about: str) -> None:
    with pytest.raises(ValueError, match="with 0 items"):
        message(about=about)


@pytest.mark.parametrize(("about", "head"), [("test", None), ("head", "x")])
def test_a_test_and_a_head_have_no_items(about: str, head: str | None) -> None:
    with pytest.raises(ValueError, match="with 1 items"):
        message(item(), about=about, head=head)


@pytest.mark.parametrize(("about", "head"), [("test", "x"), ("head", None)])
def test_the_head_is_in_its_own_message_only(about: str, head: str | None) -> None:
    with pytest.raises(ValueError, match="ledger's head"):
        message(about=about, head=head)
