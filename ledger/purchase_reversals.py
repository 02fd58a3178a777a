"""What a purchase decides about money that goes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from uuid import UUID

from ledger import reversals
from ledger.items import Item
from ledger.refusals import (
    NoSuchRefund,
    PurchaseUnpaid,
    RefundDecided,
    RefundExceeds,
    SecondPersonNeeded,
)
from ledger.reversals import (
    Dispute,
    DisputeNews,
    DisputeStatus,
    ItemClaim,
    Refund,
    RefundNews,
    RefundPart,
    RefundStatus,
)


class Why(TypedDict):
    """Who wants to give money back, why, and how many others must agree."""

    reason: str
    approvals: int
    proposed_by: str
    emails_sent: int | None


class PurchaseReversals:
    """The decisions of a purchase about refunds and disputes.

    News of them comes late, twice and in any order; what is known changes nothing.
    """

    id: Any
    items: list[Item]
    currency: str
    order_number: int | None
    refunds: dict[str, Refund]
    disputes: dict[str, Dispute]

    if TYPE_CHECKING:  # the purchase assigns what these have decided
        _refund_proposed: Any
        _refund_approved: Any
        _refund_rejected: Any
        _refund_sent: Any
        _refunded: Any
        _refund_failed: Any
        _dispute_opened: Any
        _dispute_won: Any
        _dispute_lost: Any

    @property
    def claims(self) -> list[ItemClaim]:
        """What refunds and disputes demand of the credits that were bought."""
        return reversals.claims_of(self.items, self.refunds, self.disputes)

    @property
    def refundable_minor(self) -> int:
        """What was paid less what refunds, also those under way, give back."""
        paid = sum(reversals.gross(item) for item in self.items)
        return max(0, paid - reversals.given_back(self.refunds.values()))

    @property
    def kept_minor(self) -> int:
        """What was paid less what went back: refunds that were made, disputes lost."""
        made = (one for one in self.refunds.values() if one.status == "succeeded")
        lost = (one for one in self.disputes.values() if one.status == "lost")
        paid = sum(reversals.gross(item) for item in self.items)
        gone = reversals.given_back(made) + sum(one.amount_minor for one in lost)
        return max(0, paid - gone)

    def propose_refund(
        self,
        refund_id: UUID,
        parts: list[RefundPart],
        *,
        now: datetime,
        **why: Unpack[Why],
    ) -> None:
        """Want to give back these parts; without `approvals` it is approved at once.

        Raises PurchaseUnpaid, RefundExceeds, in this order.
        """
        assert parts
        amount = sum(part["net_minor"] + part["tax_minor"] for part in parts)
        assert amount > 0
        self._check_paid()
        if amount > self.refundable_minor:
            raise RefundExceeds(asked_minor=amount, left_minor=self.refundable_minor)
        self._refund_proposed(
            refund_id=refund_id,
            parts=parts,
            amount_minor=amount,
            currency=self.currency,
            proposed_at=now,
            **why,
        )
        if not why["approvals"]:
            self._refund_approved(refund_id=refund_id, approved_by=why["proposed_by"])

    def approve_refund(self, refund_id: UUID, approved_by: str) -> None:
        """Agree to what somebody else proposed.

        Raises NoSuchRefund, RefundDecided, SecondPersonNeeded, in this order.
        """
        refund = self._undecided(refund_id)
        if refund.proposed_by == approved_by:
            raise SecondPersonNeeded(refund_id=refund_id)
        self._refund_approved(refund_id=refund_id, approved_by=approved_by)

    def reject_refund(self, refund_id: UUID, rejected_by: str, reason: str) -> None:
        """Disagree, or take back one's own proposal.

        Raises NoSuchRefund, RefundDecided, in this order.
        """
        self._undecided(refund_id)
        self._refund_rejected(
            refund_id=refund_id, rejected_by=rejected_by, reason=reason
        )

    def refuse_refund(self, refund_id: UUID, code: str) -> None:
        """Note that the processor will not make an approved refund."""
        refund = self.refunds.get(str(refund_id))
        if refund and refund.status == "approved":
            self._refund_rejected(
                refund_id=refund_id, rejected_by="processor", reason=code
            )

    def reverse(
        self, refunds: Iterable[RefundNews], disputes: Iterable[DisputeNews]
    ) -> None:
        """Note how the processor says that they stand. Raises PurchaseUnpaid."""
        self._check_paid()
        for refund in sorted(refunds, key=lambda one: (one.created_at, one.id)):
            self._note_refund(refund)
        for dispute in sorted(disputes, key=lambda one: (one.opened_at, one.id)):
            self._note_dispute(dispute)

    def _note_refund(self, news: RefundNews) -> None:
        key = str(news.refund_id)
        key = key if key in self.refunds else news.id
        known = self.refunds.get(key)
        status = known.status if known else None
        if news.status == "failed":
            if known and status not in reversals.UNDONE:
                self._refund_failed(
                    key=key,
                    processor_refund_id=news.id,
                    code=news.code or "unknown",
                    after_success=status == "succeeded",
                )
        elif status in (None, "proposed", "approved", "sent"):
            self._note_payment_back(key, known, news)

    def _note_payment_back(
        self, key: str, known: Refund | None, news: RefundNews
    ) -> None:
        told = {
            "key": key,
            "processor_refund_id": news.id,
            "amount_minor": news.amount_minor,
            "currency": self.currency,
        }
        if news.status == "pending":
            if known is None or known.status != "sent":
                self._refund_sent(**told, sent_at=news.created_at)
            return
        parts = known.parts if known and known.ours else self._parts_for(key, news)
        self._refunded(**told, parts=parts, refunded_at=news.created_at)

    def _parts_for(self, key: str, news: RefundNews) -> list[RefundPart]:
        """Return what a refund that was not ours takes off the items, in order."""
        others = [one for other, one in self.refunds.items() if other != key]
        start = reversals.given_back(others)
        return reversals.parts_between(self.items, start, start + news.amount_minor)

    def _note_dispute(self, news: DisputeNews) -> None:
        known = self.disputes.get(news.id)
        if known is None:
            self._dispute_opened(
                dispute_id=news.id,
                amount_minor=news.amount_minor,
                currency=self.currency,
                reason=news.reason,
                opened_at=news.opened_at,
            )
        status = known.status if known else "open"
        if news.status == "won" and status != "won":
            self._dispute_won(dispute_id=news.id, reinstated=status == "lost")
        elif news.status == "lost" and status == "open":
            self._dispute_lost(dispute_id=news.id)

    def _undecided(self, refund_id: UUID) -> Refund:
        refund = self.refunds.get(str(refund_id))
        if refund is None:
            raise NoSuchRefund(refund_id=refund_id)
        if refund.status != "proposed":
            raise RefundDecided(refund_id=refund_id, status=refund.status)
        return refund

    def _check_paid(self) -> None:
        if self.order_number is None:
            raise PurchaseUnpaid(purchase_id=self.id)

    def _refund_is(
        self, key: str, status: RefundStatus, *, came_back: bool = False
    ) -> None:
        self.refunds[key] = replace(
            self.refunds[key], status=status, came_back=came_back
        )

    def _refund_came(
        self,
        key: str,
        status: RefundStatus,
        processor_id: str,
        amount_minor: int,
        at: datetime,
        parts: list[RefundPart] | None = None,
    ) -> None:
        known = self.refunds.get(key) or Refund(
            status=status,
            ours=False,
            parts=[],
            amount_minor=amount_minor,
            approvals=0,
            proposed_by=None,
            at=at,
        )
        self.refunds[key] = replace(
            known,
            status=status,
            amount_minor=amount_minor,
            parts=known.parts if parts is None else parts,
            processor_id=processor_id,
        )

    def _dispute_is(self, dispute_id: str, status: DisputeStatus) -> None:
        self.disputes[dispute_id] = replace(self.disputes[dispute_id], status=status)
