"""Why money does not move: each refusal on its branch, with its evidence."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.money_refusals import (
    AlreadyPaid,
    AlreadySubscribed,
    AmountDiffers,
    CapBelowPack,
    ChangeWaits,
    ExpiryPassed,
    MoneyUnderWay,
    NoSuchPeriod,
    NoSuchRefund,
    NotSold,
    NotSubscribed,
    OutsidePeriod,
    PackBelowThreshold,
    PaymentOverdue,
    PeriodSettled,
    PlanDiffers,
    PreviewOutdated,
    PurchaseUnpaid,
    RecipientsExceedTier,
    RefundDecided,
    RefundExceeds,
    RefundNotPromised,
    SameTier,
    SecondPersonNeeded,
    SubscriptionEnding,
    TierUsedUp,
)
from ledger.refusal import Conflict, Forbidden, Invalid, NotFound, Refusal
from tests.strategies import NOON

ID = UUID(int=1)
EACH: list[tuple[Refusal, type[Refusal]]] = [
    (AlreadyPaid(order_number=1, charge_id="ch"), Conflict),
    (AmountDiffers(1, "EUR", 2, "EUR"), Conflict),
    (CapBelowPack(cap_minor=1, total_minor=2), Invalid),
    (PackBelowThreshold(credits=1, threshold=2), Invalid),
    (ExpiryPassed(expires_at=NOON), Invalid),
    (MoneyUnderWay(why="refund"), Conflict),
    (NoSuchRefund(refund_id=ID), NotFound),
    (PreviewOutdated(shown_minor=5), Conflict),
    (NoSuchPeriod(period_id=ID), NotFound),
    (OutsidePeriod(NOON, NOON, NOON), Invalid),
    (PeriodSettled(settled_at=NOON), Conflict),
    (PlanDiffers(holds="period"), Conflict),
    (RecipientsExceedTier(2, 1), Conflict),
    (TierUsedUp(1, 1, NOON), Conflict),
    (PurchaseUnpaid(purchase_id=ID), Conflict),
    (RefundDecided(refund_id=ID, status="approved"), Conflict),
    (RefundExceeds(asked_minor=2, left_minor=1), Conflict),
    (RefundNotPromised(why="too_late"), Conflict),
    (AlreadySubscribed(product="plan"), Conflict),
    (ChangeWaits(sku="u-1", at=NOON), Conflict),
    (NotSold(sku="u-9", currency="EUR"), NotFound),
    (NotSubscribed(product="smtp"), Conflict),
    (PaymentOverdue(product="plan"), Conflict),
    (SameTier(sku="u-1"), Conflict),
    (SubscriptionEnding(ends_at=NOON), Conflict),
    (SecondPersonNeeded(refund_id=ID), Forbidden),
]


@pytest.mark.parametrize(
    ("refusal", "branch"), EACH, ids=[type(one).__name__ for one, _ in EACH]
)
def test_each_hangs_on_one_branch_and_says_why_in_a_sentence(
    refusal: Refusal, branch: type[Refusal]
) -> None:
    assert type(refusal).__bases__ == (branch,)
    assert (type(refusal).__doc__ or "").partition("\n")[0].endswith(".")
    assert vars(refusal)
