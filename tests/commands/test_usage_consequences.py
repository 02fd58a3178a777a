"""Who is told that a tier is nearly used."""

from __future__ import annotations

import pytest

from tests.commands.subscribing import Member
from tests.commands.test_subscription_consequences import mails, react
from tests.commands.using import report


@pytest.mark.parametrize(("count", "told"), [(799, []), (800, [80]), (1000, [100])])
def test_the_holder_is_told_at_eighty_and_at_a_hundred(
    member: Member, count: int, told: list[int]
) -> None:
    member.subscribe()
    report(member, range(count), "1")
    react(member)
    found = mails(member, "usage_near")
    assert [values["percent"] for values in found] == told
