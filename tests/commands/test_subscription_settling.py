"""A subscription's life, told by nobody, twice, or late: the books are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from commands.subscription_settling import next_look, settle_subscription
from ledger.subscription_terms import GRACE
from tests.commands.subscribing import FAILS_LATER, Member
from tests.conftest import NOON
from tests.web.service import an_account

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def status(member: Member) -> str:
    return member.subscription().status(member.clock())


def test_what_is_paid_on_the_page_serves_at_once(member: Member) -> None:
    purchase = member.purchase(member.subscribe())
    subscription = member.subscription()
    assert (status(member), member.account().plan) == ("active", "unlimited")
    assert purchase.order_number is not None
    assert purchase.payment is not None
    assert purchase.payment.invoice_id is not None
    assert subscription.period is not None
    assert subscription.period[0] == NOON
    assert subscription.purchases == [purchase.id]


def test_told_twice_it_is_recorded_once(member: Member) -> None:
    member.subscribe()
    before = member.subscription().version
    for _ in range(2):
        member.settle(member.id())
    assert member.subscription().version == before


def test_a_renewal_that_nobody_told_us_of_is_found(member: Member) -> None:
    member.subscribe()
    end = member.end()
    member.travel(end + HOUR)
    assert (member.look(), status(member)) == (0, "overdue")
    member.travel(end + 2 * HOUR)
    assert (member.look(), status(member)) == (1, "active")
    purchase = member.purchase(member.subscription().purchases[0])
    assert purchase.items[0]["kind"] == "plan"
    assert purchase.total.minor == 2900
    assert member.subscription().period == (end, member.end())
    assert member.look() == 0


def test_an_unpaid_renewal_serves_until_grace_is_over_and_recovers(
    member: Member,
) -> None:
    member.subscribe(card=FAILS_LATER)
    end = member.end()
    for days in (0, 3, 5, 7):
        member.travel(end + days * DAY + 3 * HOUR)
        member.settle(member.id())
        assert member.subscription().serves(member.clock())
    assert [at for _, at in member.subscription().failures] == [1, 2, 3, 4]
    member.travel(end + GRACE)
    assert member.look() == 1
    assert (status(member), member.subscription().blocked_at) == (
        "blocked",
        end + GRACE,
    )
    owed = member.service.payments.subscription(member.id()).invoices[-1]
    page = member.stand_in.ask("GET", f"/i/{owed.id}")[1]["Location"]
    member.stand_in.fill(page)
    member.settle(member.id())
    assert (status(member), member.subscription().failures) == ("active", [])


def test_an_end_changes_the_plan_back(member: Member) -> None:
    member.subscribe()
    end = member.end()
    member.service.payments.end_later(member.id(), True)
    member.settle(member.id())
    assert (status(member), member.account().plan) == ("ending", "unlimited")
    member.travel(end + 3 * HOUR)
    assert status(member) == "none"
    assert member.look() == 1
    assert member.subscription().ended_at == end
    assert member.account().plan == "pay_per_email"


def test_a_yearly_renewal_is_noticed_two_weeks_before(member: Member) -> None:
    member.subscribe("smtp", None)
    assert member.account().plan == "pay_per_email"
    end = member.end("smtp")
    member.travel(end - 14 * DAY)
    assert member.look() == 1
    assert member.subscription("smtp").reminded_of == end


def test_another_accounts_subscription_is_not_recorded(member: Member) -> None:
    member.subscribe()
    other = an_account(member.service, "Bo Lee")
    asked = (other, member.id(), NOON)
    journal, payments = member.service.journal, member.service.payments
    assert settle_subscription(journal, payments, *asked) is None


def test_a_second_one_is_ended_and_its_payment_recorded(member: Member) -> None:
    other, first = member.start(), member.start()
    for purchase_id in (first, other):
        _, url = member.opened(purchase_id)
        member.stand_in.fill(url)
    for purchase_id in (first, other):
        checkout = member.purchase(purchase_id).checkout_id
        state = member.service.payments.checkout(checkout or "")
        member.settle(state.subscription or "")
    member.settle(state.subscription or "")
    second = member.bank.subscription(state.subscription or "")
    assert second["status"] == "canceled"
    assert member.subscription().purchases == [first]
    assert member.purchase(other).order_number is not None


def test_it_is_looked_at_when_something_is_due(member: Member) -> None:
    member.subscribe("smtp", None)
    subscription, end = member.subscription("smtp"), member.end("smtp")
    assert next_look(subscription, NOON) == end - 14 * DAY
    assert next_look(subscription, end - DAY) == end + 2 * HOUR
    assert next_look(subscription, end + 3 * HOUR) == end + 15 * HOUR
    assert next_look(subscription, end + GRACE - HOUR) == end + GRACE
    subscription.end(end)
    assert next_look(subscription, end) > end + 9999 * DAY


def test_a_changed_price_touches_nothing_that_was_sold(member: Member) -> None:
    bought = member.subscribe()
    dearer = tuple(
        replace(tier, net_minor=3 * tier.net_minor)
        for tier in member.service.catalogue.tiers
    )
    changed = replace(member.service.catalogue, version="dearer", tiers=dearer)
    member.service.catalogue = changed
    member.travel(member.end() + 3 * HOUR)
    member.look()
    found = member.subscription()
    assert member.purchase(bought).total.minor == 2900
    [renewal] = found.purchases
    assert renewal != bought
    assert member.purchase(renewal).total.minor == 2900
    assert found.terms is not None
    assert found.terms["net_minor"] == 2900
