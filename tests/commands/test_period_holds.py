"""Campaigns under the plan: allowed, refused with what helps, extended and over."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from commands.credits import HoldCredits, hold_credits
from commands.period_holds import (
    ExtendPeriodHold,
    ReleasePeriodHold,
    extend_period_hold,
    period_hold_of,
    release_period_hold,
)
from ledger.holds import HOLD_TERM
from ledger.refusals import (
    NoSuchHold,
    PaymentOverdue,
    PlanDiffers,
    RecipientsExceedTier,
    TierUsedUp,
)
from ledger.subscription_terms import GRACE
from ledger.usage import PeriodUsage
from tests.commands.subscribing import Member
from tests.commands.using import allow, report, used
from tests.conftest import context_at


def test_a_campaign_is_allowed_and_its_period_has_its_stream(member: Member) -> None:
    member.subscribe()
    hold_id = allow(member, 1000)
    hold, _ = period_hold_of(member.service.journal, member.account_id, hold_id)
    assert (hold.recipients, hold.expires_at) == (1000, member.clock() + HOLD_TERM)
    assert member.service.journal.fresh(PeriodUsage, used(member).id).version == 1


def test_told_again_it_is_the_same_hold(member: Member) -> None:
    member.subscribe()
    assert allow(member, 10, "once") == allow(member, 10, "once")


def test_campaigns_at_once_take_nothing_from_each_other(member: Member) -> None:
    member.subscribe()
    assert len({allow(member, 1000) for _ in range(3)}) == 3


def test_when_the_tier_is_used_no_new_campaign_is_allowed(member: Member) -> None:
    member.subscribe()
    running = allow(member, 1000)
    report(member, range(1000), "1")
    with pytest.raises(TierUsedUp):
        allow(member, 1)
    assert report(member, range(1500), "2") == (500, 1500)
    extend = ExtendPeriodHold(account_id=member.account_id, hold_id=running)
    context = context_at(member.clock() + timedelta(days=1))
    assert extend_period_hold(member.service.journal, extend, context).position


def test_a_campaign_beyond_the_tier_is_refused(member: Member) -> None:
    member.subscribe()
    with pytest.raises(RecipientsExceedTier):
        allow(member, 1001)


def test_an_unpaid_plan_allows_until_grace_is_over(member: Member) -> None:
    member.subscribe(card="4000000000000341")
    end = member.end()
    member.clock.now = end + GRACE - timedelta(microseconds=1)
    allow(member, 10)
    member.clock.now = end + GRACE
    with pytest.raises(PaymentOverdue):
        allow(member, 10)


def test_credits_are_not_held_under_the_plan_nor_the_plan_without_it(
    member: Member,
) -> None:
    with pytest.raises(PlanDiffers):
        allow(member, 10)
    member.subscribe()
    command = HoldCredits(account_id=member.account_id, campaign_id="c", credits=1)
    with pytest.raises(PlanDiffers):
        hold_credits(member.service.journal, command, context_at(member.clock()))


def test_a_released_campaign_is_known_no_more(member: Member) -> None:
    member.subscribe()
    hold_id = allow(member, 10)
    journal, context = member.service.journal, context_at(member.clock())
    command = ReleasePeriodHold(account_id=member.account_id, hold_id=hold_id)
    release_period_hold(journal, command, context)
    with pytest.raises(NoSuchHold):
        period_hold_of(journal, member.account_id, hold_id)
    with pytest.raises(NoSuchHold):
        period_hold_of(journal, uuid4(), hold_id)
