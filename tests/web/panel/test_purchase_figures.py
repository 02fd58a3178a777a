"""What the pages say of a purchase, and of what became of its money."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from commands.purchases import (
    CancelPurchase,
    DeclinePurchase,
    cancel_purchase,
    decline_purchase,
)
from commands.refunds import ProposeRefund, propose_refund
from commands.reversals import RecordReversals, record_reversals
from ledger.reversals import DisputeNews, RefundNews
from tests.conftest import NOON
from tests.web.reading import Ann
from tests.web.service import a_purchase


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "The bank says that the card has too few funds."),
        ("expired_card", "The card has expired."),
        ("authentication_failed", "The bank could not confirm that it was you."),
        ("something_new", "The bank gave no reason; another card may do."),
    ],
)
def test_a_declined_purchase_says_why_and_can_be_paid_again(
    ann: Ann, code: str, words: str
) -> None:
    purchase_id = ann.start()
    decline = DeclinePurchase(
        account_id=ann.account_id, purchase_id=purchase_id, attempt_id="a", code=code
    )
    ann.do(decline_purchase, decline)
    told = ann.read(f"/purchases/{purchase_id}")
    assert "The card was declined; nothing was charged." in told
    assert words in told
    assert "Pay again" in told


def test_a_purchase_that_was_given_up_reads_as_left_and_is_closed(ann: Ann) -> None:
    purchase_id = ann.start()
    cancel = CancelPurchase(account_id=ann.account_id, purchase_id=purchase_id)
    ann.do(cancel_purchase, cancel)
    told = ann.read(f"/purchases/{purchase_id}")
    assert "The payment page was left; nothing was charged." in told
    assert "Pay again" not in told
    assert "The payment page was left" in ann.read("/purchases")


def test_an_order_number_comes_with_the_payment(ann: Ann) -> None:
    waits, paid = ann.start(), a_purchase(ann.service, ann.account_id)
    assert "Given when it is paid" in ann.read(f"/purchases/{waits}")
    told = ann.read(f"/purchases/{paid}")
    assert re.search(r"Order number \d+", told)
    assert "Visa •••• 4242" in told


def reverse(ann: Ann, purchase_id: UUID, dispute: Any, *amounts: int) -> None:
    """Let the processor tell of refunds, and of a dispute of the whole."""
    command = RecordReversals(
        account_id=ann.account_id,
        purchase_id=purchase_id,
        refunds=[
            RefundNews(
                id=f"re_{number}",
                refund_id=None,
                amount_minor=amount,
                status="succeeded",
                code=None,
                created_at=NOON,
            )
            for number, amount in enumerate(amounts)
        ],
        disputes=[
            DisputeNews(
                id="du_1",
                amount_minor=2000,
                status=status,
                reason="fraudulent",
                opened_at=NOON,
            )
            for status in ([dispute] if dispute else [])
        ],
    )
    ann.do(record_reversals, command)


def test_a_refund_is_an_entry_of_its_own(ann: Ann) -> None:
    purchase_id = a_purchase(ann.service, ann.account_id)
    reverse(ann, purchase_id, None, 500)
    told = ann.read("/purchases")
    assert "Partly refunded" in told
    assert "\N{MINUS SIGN}€5.00" in told
    assert "Refund" in ann.read(f"/purchases/{purchase_id}")
    reverse(ann, purchase_id, None, 500, 1500)
    assert "Partly" not in ann.read("/purchases")
    assert "Credits Refunded" not in told


@pytest.mark.parametrize(
    ("status", "words", "on_credits"),
    [
        ("open", "Disputed at the bank", "2,000 credits are frozen"),
        ("won", "decided for the payment", "2,000"),
        ("lost", "decided against the payment", "Lost with the disputed payment"),
    ],
)
def test_a_dispute_is_told_on_both_pages(
    ann: Ann, status: str, words: str, on_credits: str
) -> None:
    purchase_id = a_purchase(ann.service, ann.account_id)
    reverse(ann, purchase_id, status)
    assert words in ann.read(f"/purchases/{purchase_id}")
    assert on_credits in ann.read("/credits")


def test_a_debt_is_told_until_it_is_made_up_for(ann: Ann) -> None:
    purchase_id = a_purchase(ann.service, ann.account_id)
    ann.send("spring", 300, 300)
    reverse(ann, purchase_id, "lost")
    assert "300 credits are owed" in ann.read("/credits")
    a_purchase(ann.service, ann.account_id)
    told = ann.read("/credits")
    assert "are owed" not in told
    assert "Made up for credits spent" in told


def test_what_staff_only_proposed_is_not_the_customers_to_see(ann: Ann) -> None:
    purchase_id = a_purchase(ann.service, ann.account_id)
    command = ProposeRefund(
        account_id=ann.account_id, purchase_id=purchase_id, reason="he asked"
    )
    ann.do(propose_refund, command)
    assert "Refund" not in ann.read(f"/purchases/{purchase_id}")
