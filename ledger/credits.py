"""Credits an account holds.

Granted in lots, held for a campaign, captured when sent, never below zero.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ledger import claims as of_claims
from ledger import credit_facts as facts
from ledger import holds as of_holds
from ledger import lots as of_lots
from ledger.aggregate import Aggregate, event
from ledger.claims import Claim, ClaimTerms
from ledger.credit_claims import CreditClaims
from ledger.holds import HOLD_TERM, CreditState, Hold, Totals
from ledger.lots import Lot, LotTerms, Part
from ledger.refusals import (
    CaptureExceedsHold,
    HoldExists,
    InsufficientCredits,
    LotExists,
)


class CreditBalance(CreditClaims, Aggregate, created_event_name="Opened"):
    """The credits of one account.

    Expiry is exact to the instant without anybody's help: every question is answered
    for a given `now`. What time alone has changed is recorded just before the next
    decision that records something.
    """

    TOPIC = "credits"
    SNAPSHOT_EVERY = 100
    STATE = CreditState

    Event = facts.Event
    Opened = facts.Opened
    Granted = facts.Granted
    Held = facts.Held
    HoldExtended = facts.HoldExtended
    Captured = facts.Captured
    Released = facts.Released
    HoldLapsed = facts.HoldLapsed
    Expired = facts.Expired
    ThresholdSet = facts.ThresholdSet
    ThresholdCrossed = facts.ThresholdCrossed
    TopUpThresholdSet = facts.TopUpThresholdSet
    Removed = facts.Removed
    Frozen = facts.Frozen
    Thawed = facts.Thawed
    Withdrawn = facts.Withdrawn
    Restored = facts.Restored
    DebtFilled = facts.DebtFilled

    @staticmethod
    def create_id(account_id: UUID) -> UUID:
        return uuid5(account_id, "credits")

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.lots: dict[UUID, Lot] = {}
        self.holds: dict[UUID, Hold] = {}
        self.totals = Totals()
        self.threshold: int | None = None
        self.claims: dict[UUID, Claim] = {}
        self.top_up: int | None = None

    def grant(self, lot_id: UUID, lot: LotTerms, note: str | None = None) -> None:
        """Add a lot. Raises LotExists while credits of that lot are left."""
        if lot_id in self.lots:
            raise LotExists(lot_id=lot_id)
        self._settle(lot["granted_at"])
        self._granted(lot_id=lot_id, lot=lot, note=note)
        if lot["source_kind"] == "purchase":
            self._fill_debts(lot_id, lot["quantity"])

    def hold(
        self,
        hold_id: UUID,
        credits: int,
        campaign_id: str,
        now: datetime,
        term: timedelta = HOLD_TERM,
    ) -> None:
        """Reserve all of the credits for a campaign, or none.

        Raises HoldExists, InsufficientCredits, in this order.
        """
        assert credits > 0
        assert of_holds.is_term(term)
        if of_holds.remembered(self.holds, hold_id, now):
            raise HoldExists(hold_id=hold_id)
        available = self.available(now)
        if credits > available:
            raise InsufficientCredits(asked=credits, available=available)
        before = self._spendable(now)
        self._settle(now)
        pieces = of_lots.first(of_lots.burn_order(self.lots, now), credits)
        self._held(
            hold_id=hold_id,
            campaign_id=campaign_id,
            credits=credits,
            parts=of_lots.priced(self.lots, pieces),
            expires_at=now + term,
        )
        self._watch(before, now)

    def extend(self, hold_id: UUID, now: datetime, term: timedelta = HOLD_TERM) -> None:
        """Let a running hold last until now + term, unless it lasts longer anyway.

        Raises NoSuchHold, HoldExpired, in this order.
        """
        assert of_holds.is_term(term)
        hold = self._known(hold_id, now)
        if hold.has_ended(now):
            raise self._hold_expired(hold_id, hold.open, now)
        if now + term > hold.expires_at:
            self._settle(now)
            self._hold_extended(hold_id=hold_id, expires_at=now + term)

    def capture(
        self, hold_id: UUID, credits: int, now: datetime, *, final: bool = False
    ) -> None:
        """Spend credits of a hold; with `final` what is then left is released.

        After the hold's end they are taken from what is available, all or none.
        Raises NoSuchHold, CaptureExceedsHold, HoldExpired, in this order.
        """
        assert credits > 0
        hold = self._known(hold_id, now)
        if credits > hold.open:
            raise CaptureExceedsHold(hold_id=hold_id, asked=credits, held=hold.open)
        late = hold.has_ended(now)
        if late and credits > self.available(now):
            raise self._hold_expired(hold_id, credits, now)
        before = self._spendable(now)
        self._settle(now)
        pieces = of_lots.burn_order(self.lots, now) if late else hold.pieces
        parts = of_lots.priced(self.lots, of_lots.first(pieces, credits))
        self._captured(hold_id=hold_id, credits=credits, parts=parts, late=late)
        self._watch(before, now)
        if final and hold_id in self.holds:
            self.release(hold_id, now)

    def release(self, hold_id: UUID, now: datetime) -> None:
        """Close a hold; what it reserves is available again, or expires at once.

        Raises NoSuchHold.
        """
        self._known(hold_id, now)
        self._settle(now)
        self._release(hold_id)
        self._settle(now)

    def set_threshold(self, credits: int | None) -> None:
        """Ask for a notice when fewer credits are available, or for none."""
        assert credits is None or credits >= 0
        if credits != self.threshold:
            self._threshold_set(credits=credits)

    def _release(self, hold_id: UUID) -> None:
        parts = of_lots.priced(self.lots, self.holds[hold_id].pieces)
        self._released(hold_id=hold_id, credits=of_lots.count(parts), parts=parts)

    def _settle(self, now: datetime) -> None:
        for hold_id, hold in list(self.holds.items()):
            if hold.pieces and hold.has_ended(now):
                parts = of_lots.priced(self.lots, hold.pieces)
                self._lapsed(hold_id=hold_id, credits=hold.open, parts=parts)
            if hold.is_forgotten(now):
                self._release(hold_id)
        self._give_claims_their_due()
        lost = of_lots.priced(self.lots, of_lots.lost(self.lots, now))
        if lost:
            self._expired(credits=of_lots.count(lost), parts=lost)

    @event(Granted)
    def _granted(self, lot_id: UUID, lot: LotTerms, note: str | None) -> None:
        quantity = lot["quantity"]
        self.lots[lot_id] = Lot(**lot, free=[(0, quantity)], left=quantity)
        self.totals = replace(self.totals, granted=self.totals.granted + quantity)

    @event(Held)
    def _held(
        self,
        hold_id: UUID,
        campaign_id: str,
        credits: int,
        parts: list[Part],
        expires_at: datetime,
    ) -> None:
        pieces = of_lots.pieces_of(parts)
        self.lots = of_lots.taken(self.lots, pieces)
        self.holds[hold_id] = Hold(
            campaign_id=campaign_id, open=credits, pieces=pieces, expires_at=expires_at
        )

    @event(HoldExtended)
    def _hold_extended(self, hold_id: UUID, expires_at: datetime) -> None:
        self.holds[hold_id] = replace(self.holds[hold_id], expires_at=expires_at)

    @event(Captured)
    def _captured(
        self, hold_id: UUID, credits: int, parts: list[Part], late: bool
    ) -> None:
        pieces = of_lots.pieces_of(parts)
        self.lots = of_lots.gone(self.lots, pieces, self._pinned())
        self.holds = of_holds.captured(self.holds, hold_id, pieces)
        self.totals = replace(self.totals, captured=self.totals.captured + credits)

    @event(Released)
    def _released(self, hold_id: UUID, credits: int, parts: list[Part]) -> None:
        self.lots = of_lots.put_back(self.lots, of_lots.pieces_of(parts))
        del self.holds[hold_id]

    @event(HoldLapsed)
    def _lapsed(self, hold_id: UUID, credits: int, parts: list[Part]) -> None:
        self.lots = of_lots.put_back(self.lots, of_lots.pieces_of(parts))
        self.holds[hold_id] = replace(self.holds[hold_id], pieces=[])

    @event(Expired)
    def _expired(self, credits: int, parts: list[Part]) -> None:
        self.lots = of_lots.gone(self.lots, of_lots.pieces_of(parts), self._pinned())
        self.totals = replace(self.totals, expired=self.totals.expired + credits)

    @event(ThresholdSet)
    def _threshold_set(self, credits: int | None) -> None:
        self.threshold = credits

    @event(TopUpThresholdSet)
    def _top_up_threshold_set(self, credits: int | None) -> None:
        self.top_up = credits

    @event(ThresholdCrossed)
    def _threshold_crossed(self, watcher: str, threshold: int, available: int) -> None:
        """Nothing changes: the fact is for those who react."""

    @event(Removed)
    def _removed(self, credits: int, parts: list[Part], reason: str) -> None:
        self.lots = of_lots.gone(self.lots, of_lots.pieces_of(parts), self._pinned())
        self.totals = replace(self.totals, removed=self.totals.removed + credits)

    @event(Frozen)
    def _frozen(self, claim_id: UUID, claim: ClaimTerms, parts: list[Part]) -> None:
        pieces = of_lots.pieces_of(parts)
        self.claims = of_claims.changed(self.claims, claim_id, claim, frozen=pieces)
        self.lots = of_lots.taken(self.lots, pieces)

    @event(Thawed)
    def _thawed(self, claim_id: UUID, claim: ClaimTerms, parts: list[Part]) -> None:
        pieces = of_lots.pieces_of(parts)
        self.claims = of_claims.changed(self.claims, claim_id, claim, freed=pieces)
        self.lots = of_lots.put_back(self.lots, pieces)

    @event(Withdrawn)
    def _withdrawn(
        self,
        claim_id: UUID,
        claim: ClaimTerms,
        parts: list[Part],
        from_frozen: int,
        debt: int,
    ) -> None:
        pieces = of_lots.pieces_of(parts)
        self.claims = of_claims.changed(self.claims, claim_id, claim, withdrawn=pieces)
        self.lots = of_lots.gone(self.lots, pieces, self._pinned())

    @event(Restored)
    def _restored(
        self, claim_id: UUID, claim: ClaimTerms, parts: list[Part], debt: int
    ) -> None:
        pieces = of_lots.pieces_of(parts)
        self.claims = of_claims.changed(self.claims, claim_id, claim, restored=pieces)
        self.lots = of_lots.given_back(self.lots, pieces)

    @event(DebtFilled)
    def _debt_filled(
        self, claim_id: UUID, claim: ClaimTerms, parts: list[Part], debt: int
    ) -> None:
        pieces = of_lots.pieces_of(parts)
        self.claims = of_claims.changed(self.claims, claim_id, claim, withdrawn=pieces)
        self.lots = of_lots.gone(self.lots, pieces, self._pinned())
