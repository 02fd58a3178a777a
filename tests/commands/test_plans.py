"""Which plan an account sends under."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.plan_changes import end_subscription
from commands.plans import kind_of, require_account, require_plan
from ledger.refusals import PlanDiffers
from tests.commands.subscribing import Member


def kind(member: Member) -> str:
    journal = member.service.journal
    account = require_account(journal, member.account_id)
    return kind_of(journal, account, member.clock())


def test_the_plan_is_credits_until_a_period_is_paid(member: Member) -> None:
    assert kind(member) == "credits"
    member.subscribe()
    assert kind(member) == "period"


def test_a_plan_that_ends_is_over_at_that_instant_whoever_was_told(
    member: Member,
) -> None:
    member.subscribe()
    end = member.end()
    asked = (member.service.journal, member.service.payments, member.account_id)
    end_subscription(*asked, "plan", member.clock(), ending=True)
    member.clock.now = end - timedelta(microseconds=1)
    assert kind(member) == "period"
    member.clock.now = end
    assert kind(member) == "credits"


def test_the_other_kind_is_refused_and_the_right_one_named(member: Member) -> None:
    journal, now = member.service.journal, member.clock()
    with pytest.raises(PlanDiffers) as refused:
        require_plan(journal, member.account_id, "period", now)
    assert refused.value.holds == "credits"
    assert require_plan(journal, member.account_id, "credits", now)
