"""A subscription's life as the processor tells it, late, twice and in any order."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ledger.periods import period
from ledger.refusals import AlreadySubscribed
from ledger.subscription_terms import GRACE, SubscriptionTerms
from ledger.subscriptions import Subscription
from tests.strategies import NOON

DAY = timedelta(days=1)
ACCOUNT = uuid4()


def terms(sku: str = "u-1", net_minor: int = 900) -> SubscriptionTerms:
    return {
        "sku": sku,
        "contacts": 1000,
        "currency": "EUR",
        "net_minor": net_minor,
        "tax_category": "AE",
        "tax_rate_basis_points": 0,
        "tax_minor": 0,
    }


def month(number: int) -> tuple[datetime, datetime]:
    return period(NOON, "month", number)


def begun(product: str = "plan") -> Subscription:
    it = Subscription(account_id=ACCOUNT, product=product)
    it.pay("sub_1", "cus_1", terms(), uuid4(), month(0))
    return it


def topics(it: Subscription) -> list[str]:
    return [type(fact).__name__ for fact in it.pending_events]


def fail(it: Subscription, attempt: int, invoice: str = "in_2") -> None:
    it.fail(
        invoice,
        attempt,
        code="card_declined",
        next_attempt_at=month(1)[0] + 3 * DAY,
        failed_at=month(1)[0],
    )


def test_it_serves_from_the_first_payment_until_grace_is_over() -> None:
    it, end = begun(), month(0)[1]
    moment = timedelta(microseconds=1)
    assert it.status(end - moment) == "active"
    assert it.status(end) == "overdue"
    assert it.serves(end + GRACE - moment)
    assert it.status(end + GRACE) == "blocked"
    assert not it.serves(end + GRACE)


def test_before_anything_was_paid_there_is_none() -> None:
    it = Subscription(account_id=ACCOUNT, product="plan")
    it.fail("in", 1, code=None, next_attempt_at=None, failed_at=NOON)
    it.schedule(terms("u-2"))
    it.end_later(True)
    it.end(NOON)
    it.watch(NOON)
    assert topics(it) == ["Opened"]
    assert it.status(NOON) == "none"


def test_a_renewal_brings_the_next_period_and_forgets_what_failed() -> None:
    it = begun()
    fail(it, 1)
    it.pay("sub_1", "cus_1", terms(), uuid4(), month(1))
    assert (it.period, it.failures) == (month(1), [])
    assert topics(it)[-2:] == ["PaymentFailed", "Renewed"]


def test_a_payment_told_again_or_too_late_is_no_news() -> None:
    it, second = begun(), uuid4()
    it.pay("sub_1", "cus_1", terms(), second, month(2))
    before = topics(it)
    it.pay("sub_1", "cus_1", terms(), second, month(2))
    it.pay("sub_1", "cus_1", terms(), uuid4(), month(1))
    assert topics(it) == before


def test_a_failure_counts_once_for_each_attempt() -> None:
    it = begun()
    for attempt in (1, 1, 3, 2):
        fail(it, attempt)
    assert it.failures == [("in_2", 1), ("in_2", 3)]
    assert it.next_attempt_at == month(1)[0] + 3 * DAY


def test_the_end_of_grace_is_noted_once_and_a_payment_lifts_it() -> None:
    it = begun()
    late = month(0)[1] + GRACE
    for _ in range(2):
        it.watch(late + DAY)
    assert topics(it)[2:] == ["Blocked"]
    assert it.blocked_at == late
    it.pay("sub_1", "cus_1", terms(), uuid4(), month(1))
    assert it.status(late + DAY) == "active"
    assert it.blocked_at is None


def test_a_yearly_renewal_is_near_two_weeks_before_once() -> None:
    it, end = begun("smtp"), month(0)[1]
    it.watch(end - timedelta(days=14, seconds=1))
    assert topics(it) == ["Opened", "Begun"]
    for days in (14, 3):
        it.watch(end - days * DAY)
    assert topics(it)[2:] == ["RenewalNear"]


def test_nobody_is_reminded_of_what_is_not_to_come_or_comes_monthly() -> None:
    ending = begun("smtp")
    ending.end_later(True)
    ending.watch(month(0)[1] - DAY)
    monthly = begun()
    monthly.watch(month(0)[1] - DAY)
    assert "RenewalNear" not in topics(ending) + topics(monthly)


def test_it_can_be_made_to_end_with_its_period_and_that_undone() -> None:
    it, end = begun(), month(0)[1]
    it.end_later(True)
    it.end_later(True)
    assert it.status(end - DAY) == "ending"
    assert it.status(end) == "none"
    it.end_later(False)
    assert it.status(end) == "overdue"
    assert topics(it)[2:] == ["EndRequested", "EndUndone"]


def test_another_tier_holds_at_once_when_it_was_charged() -> None:
    it, purchase_id = begun(), uuid4()
    for _ in range(2):
        it.change(terms("u-2", 2900), purchase_id, NOON + DAY)
    assert it.terms == terms("u-2", 2900)
    assert it.period == month(0)
    assert topics(it)[2:] == ["Changed"]


def test_a_smaller_tier_waits_for_the_next_period() -> None:
    it, small = begun(), terms("u-0", 500)
    it.schedule(small)
    it.schedule(small)
    assert (it.terms, it.scheduled) == (terms(), small)
    it.schedule(terms())
    assert it.scheduled is None
    it.schedule(terms())
    assert topics(it)[2:] == ["ChangeScheduled", "ChangeDropped"]
    it.schedule(small)
    it.pay("sub_1", "cus_1", small, uuid4(), month(1))
    assert (it.terms, it.scheduled) == (small, None)


def test_one_that_is_over_can_be_followed_by_another() -> None:
    it, later = begun(), uuid4()
    it.end(NOON + DAY)
    it.end(NOON + DAY)
    assert it.status(NOON + DAY) == "none"
    it.pay("sub_1", "cus_1", terms(), uuid4(), month(1))
    assert topics(it)[2:] == ["Ended"]
    it.pay("sub_2", "cus_1", terms(), later, month(3))
    assert (it.processor_id, it.purchases) == ("sub_2", [later])


def test_another_of_the_processor_is_refused_while_one_runs() -> None:
    it = begun()
    with pytest.raises(AlreadySubscribed):
        it.pay("sub_2", "cus_1", terms(), uuid4(), (NOON + DAY, NOON + 32 * DAY))


def test_one_whose_end_nobody_told_ends_when_the_next_begins() -> None:
    it = begun()
    it.end_later(True)
    it.pay("sub_2", "cus_1", terms(), uuid4(), month(1))
    assert topics(it)[3:] == ["Ended", "Begun"]
    assert it.ended_at == month(0)[1]


def test_the_first_purchase_ever_is_remembered() -> None:
    it = begun()
    first = it.purchases[0]
    it.end(NOON + DAY)
    it.pay("sub_2", "cus_1", terms(), UUID(int=9), month(3))
    assert it.first_purchase_id == first
