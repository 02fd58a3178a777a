"""What can be asked of a credit balance at a moment; nothing here decides anything."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger import claims as of_claims
from ledger import holds as of_holds
from ledger import lots as of_lots
from ledger.claims import Claim
from ledger.holds import Allowance, Figures, Hold, Totals
from ledger.lots import Lot, Part
from ledger.refusals import HoldExpired, NoSuchHold


class CreditQuestions:
    """The questions that a balance answers for a given `now`."""

    lots: dict[UUID, Lot]
    holds: dict[UUID, Hold]
    claims: dict[UUID, Claim]
    totals: Totals
    threshold: int | None
    top_up: int | None

    def figures(self, now: datetime) -> Figures:
        """Where every credit ever granted is now."""
        return of_holds.figures(self.lots, self.holds, self.claims, self.totals, now)

    def available(self, now: datetime) -> int:
        """Credits that can be held now, those of ended holds among them."""
        return self.figures(now).available

    def held(self, now: datetime) -> int:
        """Credits reserved by holds that have not ended."""
        return self.figures(now).held

    def balance(self, now: datetime) -> int:
        """Credits available or held: what the account can still send."""
        return self.available(now) + self.held(now)

    def lots_at(self, now: datetime) -> dict[UUID, Lot]:
        """The lots as time has left them: what ended holds had is free again."""
        return of_holds.lots_at(self.lots, self.holds, self.claims, now)

    def parts(self, now: datetime) -> list[Part]:
        """What is available now in burn order, each part with what it cost."""
        lots = self.lots_at(now)
        return of_lots.priced(lots, of_lots.burn_order(lots, now))

    def allowance(self, recipients: int, now: datetime) -> Allowance:
        """Whether so many recipients can be sent to, and how many credits lack."""
        return Allowance.of(recipients, self.available(now))

    def _known(self, hold_id: UUID, now: datetime) -> Hold:
        hold = of_holds.remembered(self.holds, hold_id, now)
        if hold is None:
            raise NoSuchHold(hold_id=hold_id)
        return hold

    def _hold_expired(self, hold_id: UUID, asked: int, now: datetime) -> HoldExpired:
        ended_at, available = self.holds[hold_id].expires_at, self.available(now)
        return HoldExpired(hold_id, ended_at, asked=asked, available=available)

    def _spendable(self, now: datetime) -> int:
        """What was free when something was last recorded, lots since expired too."""
        return sum(
            size
            for lot in self.lots.values()
            if lot.effective_at <= now
            for _, size in lot.free
        )

    def _pinned(self) -> frozenset[UUID]:
        return of_claims.pinned(self.claims)
