"""A bank in memory: what became of each payment's money, told when it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from commands.gateways.processor import ChargeState, PaymentRefused
from ledger.reversals import DisputeNews, RefundNews


@dataclass
class Charge:
    """A payment, its refunds and its disputes as they stand, by their names."""

    paid: int
    refunds: dict[str, RefundNews] = field(default_factory=dict)
    disputes: dict[str, DisputeNews] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """What nobody has asked back, in minor units."""
        given = (o.amount_minor for o in self.refunds.values() if o.status != "failed")
        taken = (o.amount_minor for o in self.disputes.values() if o.status != "won")
        return self.paid - sum(given) - sum(taken)

    def live(self) -> list[str]:
        """The refunds and disputes that can still go on, or be taken back."""
        refunds = [o.id for o in self.refunds.values() if o.status != "failed"]
        return refunds + [o.id for o in self.disputes.values() if o.status != "won"]

    def gives(self, refund_id: UUID | None, amount: int) -> bool:
        """Whether a refund would be made, or has been."""
        if refund_id and any(o.refund_id == refund_id for o in self.refunds.values()):
            return True
        disputed = any(one.status != "won" for one in self.disputes.values())
        return not disputed and 0 < amount <= self.left


@dataclass
class Bank:
    """All payments; a new refund is `begins` at first."""

    now: datetime
    charges: dict[str, Charge] = field(default_factory=dict)
    begins: Literal["pending", "succeeded"] = "pending"
    count: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def charge(self, id: str) -> ChargeState:
        """How the payment stands."""
        charge = self.charges[id]
        refunds, disputes = charge.refunds.values(), charge.disputes.values()
        return ChargeState(id=id, refunds=[*refunds], disputes=[*disputes])

    def refund(
        self,
        *,
        charge: str,
        amount_minor: int,
        refund_id: UUID | None,
        account_id: UUID,
    ) -> None:
        """Give back a part; never twice for one id, and never more than is left."""
        it, number = self.charges[charge], next(self.count)
        if not it.gives(refund_id, amount_minor):
            raise PaymentRefused(f"{account_id} has less.", code="amount_too_large")
        if refund_id and any(o.refund_id == refund_id for o in it.refunds.values()):
            return
        name = f"re_{number}"
        it.refunds[name] = RefundNews(
            id=name,
            refund_id=refund_id,
            amount_minor=amount_minor,
            status=self.begins,
            code=None,
            created_at=self.moment(number),
        )

    def dispute(self, charge: str, amount_minor: int) -> None:
        """Take a part of a payment into question."""
        number = next(self.count)
        self.charges[charge].disputes[f"du_{number}"] = DisputeNews(
            id=f"du_{number}",
            amount_minor=amount_minor,
            status="open",
            reason="fraudulent",
            opened_at=self.moment(number),
        )

    def decide(
        self,
        charge: str,
        name: str,
        status: Literal["succeeded", "failed", "lost", "won"],
    ) -> None:
        """Let a refund or a dispute go on."""
        it = self.charges[charge]
        if status == "succeeded" or status == "failed":
            it.refunds[name] = replace(it.refunds[name], status=status)
        else:
            it.disputes[name] = replace(it.disputes[name], status=status)

    def moment(self, number: int) -> datetime:
        """Now, but no two things happen at one instant."""
        return self.now + timedelta(microseconds=number)
