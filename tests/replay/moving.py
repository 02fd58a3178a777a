"""Money and credits that go back, decided once, so that it can be recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from ledger.claims import ClaimTerms
from ledger.credits import CreditBalance
from ledger.period_holds import PeriodHolds
from ledger.purchases import Purchase
from ledger.reversals import DisputeNews, RefundNews, RefundPart
from ledger.subscription_terms import SubscriptionTerms
from ledger.subscriptions import Subscription
from ledger.top_up_terms import SavedCard, TopUpTerms
from ledger.top_ups import TopUp
from ledger.usage import Batch, PeriodUsage
from tests.conftest import NOON
from tests.shop import paid, started
from tests.strategies import lot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PART: RefundPart = {"item": 0, "credits": 5, "net_minor": 10, "tax_minor": 2}


def purchase(account_id: UUID, order_number: int) -> Purchase:
    """A paid purchase with refunds of every end, and disputes won and lost."""
    it = paid(started(account_id), order_number, "Visa •••• 4242")
    first, second = uuid4(), uuid4()
    for refund_id in (first, second):
        it.propose_refund(
            refund_id,
            [PART],
            reason="changed his mind",
            approvals=1,
            proposed_by="staff bo",
            emails_sent=None,
            now=NOON + HOUR,
        )
    it.approve_refund(first, "staff cy")
    it.reject_refund(second, "staff cy", "he used them")
    for status in ("pending", "succeeded", "failed"):
        it.reverse([news(first, status)], [])
    for status in ("open", "lost", "won"):
        it.reverse([], [dispute(status)])
    return it


def news(refund_id: UUID, status: Any) -> RefundNews:
    return RefundNews(
        id="re_1",
        refund_id=refund_id,
        amount_minor=12,
        status=status,
        code="lost_or_stolen_card" if status == "failed" else None,
        created_at=NOON + 2 * HOUR,
    )


def dispute(status: Any) -> DisputeNews:
    return DisputeNews(
        id="du_1",
        amount_minor=120,
        status=status,
        reason="fraudulent",
        opened_at=NOON + DAY,
    )


def taken() -> list[Callable[[CreditBalance], None]]:
    """What claims and staff do to a balance, one deed after the other."""
    first, claim, hold = uuid4(), uuid4(), uuid4()

    def wanted(state: Any, credits: int) -> ClaimTerms:
        return {
            "kind": "dispute",
            "source_id": str(first),
            "lot_id": first,
            "state": state,
            "credits": credits,
        }

    return [
        lambda b: b.grant(first, lot(9)),
        lambda b: b.set_threshold(8),
        lambda b: b.set_top_up(3, NOON),
        lambda b: b.hold(hold, 2, "spring", NOON),
        lambda b: b.capture(hold, 2, NOON),
        lambda b: b.remove(1, "granted twice", NOON),
        lambda b: b.claim(claim, wanted("frozen", 9), NOON),
        lambda b: b.claim(claim, wanted("frozen", 4), NOON),
        lambda b: b.claim(claim, wanted("withdrawn", 9), NOON),
        lambda b: b.grant(uuid4(), lot(2)),
        lambda b: b.claim(claim, wanted("withdrawn", 0), NOON),
    ]


def subscription(account_id: UUID) -> Subscription:
    """A year of SMTP access with everything that can become of one."""
    it, month = Subscription(account_id=account_id, product="smtp"), 31 * DAY
    year, small, big = 365 * DAY, terms("smtp", 4_900), terms("smtp-2", 5_900)
    it.pay("sub_1", "cus_1", small, uuid4(), (NOON, NOON + year))
    it.watch(NOON + year - DAY)
    it.schedule(big)
    it.schedule(small)
    it.change(big, uuid4(), NOON + month)
    it.end_later(True)
    it.end_later(False)
    fail: Any = {"code": "card_declined", "next_attempt_at": None}
    it.fail("in_2", 1, failed_at=NOON + year + HOUR, **fail)
    it.watch(NOON + year + month)
    it.pay("sub_1", "cus_1", big, uuid4(), (NOON + year, NOON + 2 * year))
    it.end(NOON + 2 * year)
    return it


def usage(account_id: UUID) -> PeriodUsage:
    """A period whose end and tier moved, that was corrected and settled."""
    month = 30 * DAY
    it = PeriodUsage(
        account_id=account_id,
        period_from=NOON,
        period_until=NOON + month - DAY,
        tier_contacts=2,
    )
    it.plan_is(NOON + month, 1)
    for number, now in ((1, NOON), (2, NOON + month + DAY)):
        batch: Batch = {
            "campaign_id": "spring",
            "batch_id": str(number),
            "sent_at": NOON,
        }
        contacts = b"contact-0000000%d" % number
        it.report(batch, contacts, 1, now)
    it.settle(NOON + 2 * month)
    return it


def campaigns(account_id: UUID) -> PeriodHolds:
    """Campaigns that were extended, released, and forgotten."""
    it = PeriodHolds(account_id=account_id)
    first, second = uuid4(), uuid4()
    it.hold(first, 500, "spring", NOON)
    it.hold(second, 300, "summer", NOON)
    it.extend(first, NOON + DAY)
    it.release(first, NOON + DAY)
    it.hold(uuid4(), 1, "autumn", NOON + 9 * DAY)
    return it


def top_up(account_id: UUID) -> TopUp:
    """Agreed to, charged, refused, handed over, capped, paused and ended."""
    it, purchases = TopUp(account_id=account_id), [uuid4() for _ in range(3)]
    agreed: TopUpTerms = {
        "threshold": 500,
        "sku": "credits-2000",
        "credits": 2000,
        "currency": "EUR",
        "total_minor": 2000,
        "cap_minor": 3000,
    }
    it.turn_on(agreed)
    it.open_page("cs_card", NOON + HOUR)
    card = {"customer_id": "cus_1", "payment_method_id": "pm_1"}
    it.save_card("cs_card", SavedCard(**card, label="Visa •••• 3184"))
    for purchase_id in purchases[:2]:
        it.begin(purchase_id, 2000, "2026-11")
        it.open_charge(purchase_id, f"pi_{purchase_id}")
        it.fail(purchase_id, "ch_1", "insufficient_funds", NOON)
        it.hand_over(purchase_id, "authentication")
        if purchase_id == purchases[0]:
            it.give_up(purchase_id, "not_needed")
    it.buy(purchases[1])
    it.begin(purchases[2], 2000, "2026-11")
    it.begin(purchases[2], 2100, "2026-12")
    it.turn_off("closed")
    it.remove_card()
    return it


def terms(sku: str, net_minor: int) -> SubscriptionTerms:
    return {
        "sku": sku,
        "contacts": None,
        "currency": "EUR",
        "net_minor": net_minor,
        "tax_category": "AE",
        "tax_rate_basis_points": 0,
        "tax_minor": 0,
    }
