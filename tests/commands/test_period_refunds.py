"""The first month or year goes back whole, if it was hardly used, and ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from commands.refunds import ProposeRefund, propose_refund
from ledger.receipts import CREDIT_NOTE, RECEIPT
from ledger.refusals import RefundNotPromised
from projections.receipt_list import ReceiptRow
from tests.commands.subscribing import SMALL, Member
from tests.commands.test_subscription_consequences import react
from tests.conftest import context_at
from tests.web.service import followed


def give_back(member: Member, purchase_id: UUID, emails_sent: int | None) -> None:
    command = ProposeRefund(
        account_id=member.account_id,
        purchase_id=purchase_id,
        reason="not what she looked for",
        alone_minor=100_000,
        emails_sent=emails_sent,
    )
    propose_refund(member.service.journal, command, context_at(member.clock()))


@pytest.mark.parametrize("product", ["plan", "smtp"])
def test_a_first_period_goes_back_whole_and_ends(member: Member, product: str) -> None:
    purchase_id = member.subscribe(product, SMALL if product == "plan" else None)
    give_back(member, purchase_id, 1000)
    react(member)
    purchase = member.purchase(purchase_id)
    assert (purchase.refundable_minor, member.account().plan) == (0, "pay_per_email")
    assert member.subscription(product).processor_id is None
    kinds = [fact.kind for fact in receipts(member)]
    assert kinds == [RECEIPT, CREDIT_NOTE]


def test_a_used_or_a_later_period_stays_paid(member: Member) -> None:
    first = member.subscribe()
    for emails_sent, why in ((None, "emails_unknown"), (1001, "too_many_emails")):
        with pytest.raises(RefundNotPromised) as refused:
            give_back(member, first, emails_sent)
        assert refused.value.why == why
    member.travel(member.end() + timedelta(hours=3))
    member.look()
    [second] = member.subscription().purchases
    with pytest.raises(RefundNotPromised) as refused:
        give_back(member, second, 0)
    assert refused.value.why == "not_first"
    with pytest.raises(RefundNotPromised) as refused:
        give_back(member, first, 0)
    assert refused.value.why == "too_late"


def receipts(member: Member) -> list[ReceiptRow]:
    followed(member.service)
    found = member.service.views.receipts.page(member.account_id, size=10)
    return [*found.rows][::-1]
