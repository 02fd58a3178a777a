"""Another tier, to the cent as it was shown; the end of a subscription, and undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.gateways.processor import PaymentRefused
from commands.plan_changes import (
    ChangePreview,
    ChangeTier,
    card_page,
    change_tier,
    end_every_subscription,
    end_subscription,
    keep_tier,
    payment_page,
    preview_tier,
)
from ledger.refusals import NotSubscribed, PreviewOutdated
from tests.commands.subscribing import BIG, FAILS_LATER, SMALL, Member
from tests.conftest import context_at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shown(member: Member, sku: str) -> ChangePreview:
    service = member.service
    parts = (service.journal, service.payments, service.catalogue)
    return preview_tier(*parts, member.account_id, sku, member.clock())


def change(member: Member, preview: ChangePreview, today: int | None = None) -> None:
    service = member.service
    parts = (service.journal, service.payments, service.catalogue)
    command = ChangeTier(
        account_id=member.account_id,
        sku=preview.terms["sku"],
        at=preview.at,
        today_minor=preview.today_minor if today is None else today,
    )
    change_tier(*parts, command, context_at(member.clock()))


def test_a_bigger_tier_is_charged_today_as_shown(member: Member) -> None:
    member.subscribe()
    start, end = member.clock(), member.end()
    member.travel(start + (end - start) / 2)
    preview = shown(member, BIG)
    assert (preview.at_once, preview.today_minor, preview.next_minor) == (
        True,
        1000,
        4900,
    )
    assert preview.next_at == end
    member.travel(member.clock() + timedelta(minutes=5))
    change(member, preview)
    subscription = member.subscription()
    assert subscription.terms is not None
    assert (subscription.terms["sku"], subscription.period) == (BIG, (start, end))
    purchase = member.purchase(subscription.purchases[-1])
    assert purchase.total.minor == 1000
    assert purchase.items[0]["description"].endswith("rest of the period")
    member.travel(end + 3 * HOUR)
    member.look()
    renewal = member.purchase(member.subscription().purchases[-1])
    assert renewal.total.minor == 4900


def test_what_was_not_shown_or_too_long_ago_is_not_charged(member: Member) -> None:
    member.subscribe()
    member.travel(member.clock() + DAY)
    preview = shown(member, BIG)
    with pytest.raises(PreviewOutdated):
        change(member, preview, today=1)
    member.travel(member.clock() + 2 * HOUR)
    with pytest.raises(PreviewOutdated):
        change(member, preview)
    assert len(member.subscription().purchases) == 1


def test_a_card_that_does_not_pay_leaves_the_tier(member: Member) -> None:
    member.subscribe(card=FAILS_LATER)
    preview = shown(member, BIG)
    with pytest.raises(PaymentRefused):
        change(member, preview)
    terms = member.subscription().terms
    assert terms is not None
    assert terms["sku"] == SMALL


def test_a_smaller_tier_waits_and_can_be_undone(member: Member) -> None:
    member.subscribe()
    change(member, shown(member, BIG))
    preview = shown(member, SMALL)
    assert (preview.at_once, preview.today_minor) == (False, 0)
    change(member, preview)
    scheduled = member.subscription().scheduled
    assert scheduled is not None
    assert scheduled["sku"] == SMALL
    service = member.service
    parts = (service.journal, service.payments, service.catalogue)
    for _ in range(2):
        keep_tier(*parts, member.account_id, member.clock())
    assert member.subscription().scheduled is None
    change(member, shown(member, SMALL))
    member.travel(member.end() + 3 * HOUR)
    member.look()
    terms = member.subscription().terms
    assert terms is not None
    assert (terms["sku"], member.subscription().scheduled) == (SMALL, None)


def test_the_end_waits_for_the_paid_period_and_can_be_undone(member: Member) -> None:
    member.subscribe()
    asked = (member.service.journal, member.service.payments, member.account_id)
    end_subscription(*asked, "plan", member.clock())
    assert member.subscription().status(member.clock()) == "ending"
    end_subscription(*asked, "plan", member.clock(), ending=False)
    assert member.subscription().status(member.clock()) == "active"


def test_what_is_not_paid_for_ends_at_once(member: Member) -> None:
    member.subscribe(card=FAILS_LATER)
    member.travel(member.end() + 3 * HOUR)
    member.look()
    asked = (member.service.journal, member.service.payments, member.account_id)
    end_subscription(*asked, "plan", member.clock())
    assert member.subscription().status(member.clock()) == "none"
    with pytest.raises(NotSubscribed):
        end_subscription(*asked, "plan", member.clock())


def test_everything_ends_with_the_account(member: Member) -> None:
    member.subscribe()
    member.subscribe("smtp", None)
    asked = (member.service.journal, member.service.payments, member.account_id)
    for _ in range(2):
        end_every_subscription(*asked, member.clock())
    for product in ("plan", "smtp"):
        assert member.subscription(product).processor_id is None


def test_an_overdue_renewal_and_a_card_have_their_pages(member: Member) -> None:
    asked = (member.service.journal, member.service.payments, member.account_id)
    with pytest.raises(NotSubscribed):
        card_page(*asked, "plan", "http://localhost:8000/plan")
    assert payment_page(*asked, "plan") is None
    member.subscribe(card=FAILS_LATER)
    assert payment_page(*asked, "plan") is None
    member.travel(member.end() + 3 * HOUR)
    url = payment_page(*asked, "plan")
    assert url is not None
    assert "/i/in_" in url
    assert "/c/pay/" in card_page(*asked, "plan", "http://localhost:8000/plan")
