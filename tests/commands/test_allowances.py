"""May I send to so many? One question for both plans, and what would help."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from commands.allowances import Answer, allowance_of, more_credits
from ledger.subscription_terms import GRACE
from tests.commands.subscribing import BIG, Member
from tests.commands.using import report, used
from tests.conftest import context_at
from tests.web.service import a_purchase


def asked(member: Member, recipients: int) -> Answer:
    service = member.service
    given = (service.journal, service.catalogue, member.account_id, recipients)
    return allowance_of(*given, context_at(member.clock()))


def test_credits_suffice_or_the_smallest_pack_that_makes_up_is_named(
    member: Member,
) -> None:
    a_purchase(member.service, member.account_id)
    assert asked(member, 2000).allowed
    found = asked(member, 4001)
    assert (found.kind, found.allowed, found.short) == ("credits", False, 2001)
    assert found.reason == "too_few_credits"
    remedy = found.remedies[0]
    packs = member.service.catalogue.packs_in("EUR")
    sizes = sorted(pack.credits for pack in packs if pack.credits >= 2001)
    assert (remedy.act, remedy.quantity) == ("buy_credits", sizes[0])


def test_beyond_every_pack_the_biggest_is_named(member: Member) -> None:
    catalogue = member.service.catalogue
    biggest = max(pack.credits for pack in catalogue.packs_in("EUR"))
    assert more_credits(catalogue, "EUR", biggest + 1).quantity == biggest
    none = replace(catalogue, packs=())
    assert more_credits(none, "EUR", 1).sku is None


def test_the_plan_answers_with_its_count_and_period(member: Member) -> None:
    member.subscribe()
    report(member, range(900), "1")
    found, usage = asked(member, 1000), used(member)
    assert found.allowed
    assert (found.kind, found.counted, found.available) == ("period", 900, 100)
    assert (found.period_id, found.period_until) == (usage.id, usage.period_until)


def test_a_used_tier_offers_the_next_one_or_to_wait(member: Member) -> None:
    member.subscribe()
    report(member, range(1000), "1")
    found = asked(member, 1)
    assert (found.allowed, found.reason) == (False, "tier_used_up")
    assert [(one.act, one.sku) for one in found.remedies] == [
        ("bigger_tier", BIG),
        ("wait", None),
    ]
    assert found.remedies[1].at == used(member).period_until


def test_a_campaign_beyond_the_tier_is_told_which_is_big_enough(
    member: Member,
) -> None:
    member.subscribe()
    found = asked(member, 4000)
    assert (found.reason, found.short) == ("recipients_exceed_tier", 3000)
    assert [(one.act, one.quantity) for one in found.remedies] == [
        ("bigger_tier", 5000)
    ]


def test_an_unpaid_plan_is_to_be_paid(member: Member) -> None:
    member.subscribe(card="4000000000000341")
    member.clock.now = member.end() + GRACE + timedelta(seconds=1)
    found = asked(member, 1)
    assert (found.allowed, found.reason) == (False, "renewal_unpaid")
    assert found.remedies[0].page == "/plan"
