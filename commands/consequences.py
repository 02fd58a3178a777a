"""What follows from what: every reaction of the service, and its deed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from commands.credit_notes import IssueCreditNote, issue_credit_note
from commands.domain_consequences import domain_reactions
from commands.gateways.processor import Payments
from commands.purchases import purchase_of
from commands.reaction_mails import mail_receipt, tell_holder
from commands.reactions import Reaction, reaction_context
from commands.receipts import IssueReceipt, Render, issue_receipt
from commands.refunds import send_refund
from commands.signing_consequences import signing_reactions
from commands.subscription_consequences import subscription_reactions
from commands.top_up_consequences import top_up_reactions
from commands.top_up_purchases import Shop
from commands.tracking_consequences import tracking_reactions
from commands.usage_consequences import usage_reactions
from ledger.credits import CreditBalance
from ledger.journal import Context, Fact, Journal
from ledger.purchases import Purchase
from ledger.receipts import Receipt
from ledger.reversals import RefundPart

Now = Callable[[], datetime]


class Consequences:
    """The deeds, each repeated safely: the causing fact's id makes it idempotent."""

    def __init__(
        self,
        journal: Journal,
        clock: Now,
        payments: Payments,
        seller: Mapping[str, Any],
        render: Render,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._payments = payments
        self._seller = seller
        self._render = render

    def when_purchase_paid_issue_receipt(self, fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.Paid)
        command = IssueReceipt(account_id=fact.account_id, purchase_id=fact.stream_id)
        context = self._context(fact, "issue_receipt")
        issue_receipt(self._journal, command, context, self._seller, self._render)

    def when_receipt_issued_mail_it(self, fact: Fact) -> None:
        assert isinstance(fact.event, Receipt.Issued)
        mail_receipt(self._journal, fact, fact.event, self._clock())

    def when_refund_approved_send_it(self, fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.RefundApproved)
        context = self._context(fact, "send_refund")
        named = (fact.account_id, fact.stream_id, fact.event.refund_id)
        send_refund(self._journal, self._payments, *named, context)

    def when_refunded_issue_credit_note(self, fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.Refunded)
        context = self._context(fact, "issue_credit_note")
        self._issue(fact, fact.event.key, fact.event.parts, context)

    def when_refund_came_back(self, fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.RefundFailed)
        if not fact.event.after_success:
            return
        purchase = purchase_of(self._journal, fact.account_id, fact.stream_id)
        parts = purchase.refunds[fact.event.key].parts
        context = self._context(fact, "take_note_back")
        self._issue(fact, fact.event.key, parts, context, taken_back=True)

    def when_payment_disputed_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.DisputeOpened)
        purchase = purchase_of(self._journal, fact.account_id, fact.stream_id)
        tell_holder(
            self._journal,
            fact,
            "payment_disputed",
            self._clock(),
            order_number=str(purchase.order_number),
            amount_minor=fact.event.amount_minor,
            currency=fact.event.currency,
            purchase_id=str(purchase.id),
            has_credits=any(item["credits"] for item in purchase.items),
        )

    def when_balance_is_low_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, CreditBalance.ThresholdCrossed)
        if fact.event.watcher == "notice":
            tell_holder(
                self._journal,
                fact,
                "low_balance",
                self._clock(),
                available=fact.event.available,
                threshold=fact.event.threshold,
            )

    def _issue(
        self,
        fact: Fact,
        key: str,
        parts: list[RefundPart],
        context: Context,
        *,
        taken_back: bool = False,
    ) -> None:
        command = IssueCreditNote(
            account_id=fact.account_id,
            purchase_id=fact.stream_id,
            key=key,
            taken_back=taken_back,
        )
        printing = (self._seller, self._render)
        issue_credit_note(self._journal, command, context, *printing, parts)

    def _context(self, fact: Fact, reaction: str) -> Context:
        return reaction_context(fact, reaction, self._clock())


def all_reactions(
    journal: Journal,
    clock: Now,
    payments: Payments,
    seller: Mapping[str, Any],
    render: Render,
    shop: Shop,
) -> list[Reaction]:
    """Return every reaction of the service."""
    do = Consequences(journal, clock, payments, seller, render)
    paid, refunded = "purchases.Paid", "purchases.Refunded"
    approved, failed = "purchases.RefundApproved", "purchases.RefundFailed"
    disputed, low = "purchases.DisputeOpened", "credits.ThresholdCrossed"
    note, back = do.when_refunded_issue_credit_note, do.when_refund_came_back
    return [
        Reaction("issue_receipt", paid, do.when_purchase_paid_issue_receipt),
        Reaction("mail_receipt", "receipts.Issued", do.when_receipt_issued_mail_it),
        Reaction("send_refund", approved, do.when_refund_approved_send_it),
        Reaction("issue_credit_note", refunded, note),
        Reaction("take_note_back", failed, back),
        Reaction("payment_disputed", disputed, do.when_payment_disputed_tell_holder),
        Reaction("low_balance", low, do.when_balance_is_low_tell_holder),
        *subscription_reactions(journal, clock, payments),
        *top_up_reactions(journal, clock, payments, shop),
        *usage_reactions(journal, clock),
        *domain_reactions(journal, clock),
        *signing_reactions(journal, clock),
        *tracking_reactions(journal, clock),
    ]
