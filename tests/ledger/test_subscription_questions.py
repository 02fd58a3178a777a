"""What can be done with a subscription, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.refusals import (
    AlreadySubscribed,
    ChangeWaits,
    NotSubscribed,
    PaymentOverdue,
    Refusal,
    SameTier,
    SubscriptionEnding,
)
from ledger.subscriptions import Subscription
from tests.ledger.test_subscriptions import ACCOUNT, begun, fail, month, terms
from tests.strategies import NOON

SOON = NOON + timedelta(days=1)


def refused(it: Subscription, sku: str = "u-2") -> type[Refusal]:
    with pytest.raises(Refusal) as caught:
        it.check_change(sku, SOON)
    return type(caught.value)


def test_another_tier_may_be_chosen_in_a_paid_period() -> None:
    begun().check_change("u-2", SOON)


def test_the_first_reason_against_another_tier_is_told() -> None:
    it = begun()
    assert refused(it, "u-1") is SameTier
    it.schedule(terms("u-0", 500))
    assert refused(it, "u-1") is ChangeWaits
    fail(it, 1)
    assert refused(it, "u-1") is PaymentOverdue
    it.end_later(True)
    assert refused(it, "u-1") is SubscriptionEnding
    it.end(SOON)
    assert refused(it, "u-1") is NotSubscribed


def test_a_period_that_nobody_paid_for_comes_first() -> None:
    with pytest.raises(PaymentOverdue):
        begun().check_change("u-2", month(1)[0])


def test_one_can_be_begun_where_none_runs() -> None:
    it = Subscription(account_id=ACCOUNT, product="plan")
    it.check_none(NOON)
    with pytest.raises(NotSubscribed):
        it.check_running(NOON)


def test_none_can_be_begun_where_one_runs_or_is_blocked() -> None:
    it = begun()
    it.check_running(SOON)
    for moment in (SOON, month(5)[0]):
        with pytest.raises(AlreadySubscribed):
            it.check_none(moment)
