"""Credits an account holds.

Granted in lots, held for a campaign, captured when sent, never below zero.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ledger import holds as of_holds
from ledger import lots as of_lots
from ledger.aggregate import Aggregate, event
from ledger.holds import HOLD_TERM, Allowance, CreditState, Figures, Hold, Totals
from ledger.lots import Lot, LotTerms, Part
from ledger.refusals import (
    CaptureExceedsHold,
    HoldExists,
    HoldExpired,
    InsufficientCredits,
    LotExists,
    NoSuchHold,
)


class CreditBalance(Aggregate, created_event_name="Opened"):
    """The credits of one account.

    Expiry is exact to the instant without anybody's help: every question is answered
    for a given `now`. What time alone has changed is recorded just before the next
    decision that records something.
    """

    TOPIC = "credits"
    SNAPSHOT_EVERY = 100
    STATE = CreditState

    class Event(Aggregate.Event):
        TOPIC = "credits.Event"

    class Opened(Event, Aggregate.Created):
        TOPIC = "credits.Opened"
        account_id: UUID

    class Granted(Event):
        TOPIC = "credits.Granted"
        lot_id: UUID
        lot: LotTerms
        note: str | None

    class Held(Event):
        TOPIC = "credits.Held"
        hold_id: UUID
        campaign_id: str
        credits: int
        parts: list[Part]
        expires_at: datetime

    class HoldExtended(Event):
        TOPIC = "credits.HoldExtended"
        hold_id: UUID
        expires_at: datetime

    class Captured(Event):
        TOPIC = "credits.Captured"
        hold_id: UUID
        credits: int
        parts: list[Part]
        late: bool

    class Released(Event):
        TOPIC = "credits.Released"
        hold_id: UUID
        credits: int
        parts: list[Part]

    class HoldLapsed(Event):
        TOPIC = "credits.HoldLapsed"
        hold_id: UUID
        credits: int
        parts: list[Part]

    class Expired(Event):
        TOPIC = "credits.Expired"
        credits: int
        parts: list[Part]

    class ThresholdSet(Event):
        TOPIC = "credits.ThresholdSet"
        credits: int | None

    @staticmethod
    def create_id(account_id: UUID) -> UUID:
        return uuid5(account_id, "credits")

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.lots: dict[UUID, Lot] = {}
        self.holds: dict[UUID, Hold] = {}
        self.totals = Totals()
        self.threshold: int | None = None

    def figures(self, now: datetime) -> Figures:
        """Where every credit ever granted is now."""
        return of_holds.figures(self.lots, self.holds, self.totals, now)

    def available(self, now: datetime) -> int:
        """Credits that can be held now, those of ended holds among them."""
        return self.figures(now).available

    def held(self, now: datetime) -> int:
        """Credits reserved by holds that have not ended."""
        return self.figures(now).held

    def balance(self, now: datetime) -> int:
        """Credits available or held: what the account can still send."""
        return self.available(now) + self.held(now)

    def parts(self, now: datetime) -> list[Part]:
        """What is available now in burn order, each part with what it cost."""
        lots = of_holds.lots_at(self.lots, self.holds, now)
        return of_lots.priced(lots, of_lots.burn_order(lots, now))

    def allowance(self, recipients: int, now: datetime) -> Allowance:
        """Whether so many recipients can be sent to, and how many credits lack."""
        return Allowance.of(recipients, self.available(now))

    def grant(self, lot_id: UUID, lot: LotTerms, note: str | None = None) -> None:
        """Add a lot. Raises LotExists while credits of that lot are left."""
        if lot_id in self.lots:
            raise LotExists(lot_id=lot_id)
        self._settle(lot["granted_at"])
        self._granted(lot_id=lot_id, lot=lot, note=note)

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
        self._settle(now)
        pieces = of_lots.first(of_lots.burn_order(self.lots, now), credits)
        self._held(
            hold_id=hold_id,
            campaign_id=campaign_id,
            credits=credits,
            parts=of_lots.priced(self.lots, pieces),
            expires_at=now + term,
        )

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
        self._settle(now)
        pieces = of_lots.burn_order(self.lots, now) if late else hold.pieces
        parts = of_lots.priced(self.lots, of_lots.first(pieces, credits))
        self._captured(hold_id=hold_id, credits=credits, parts=parts, late=late)
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

    def _known(self, hold_id: UUID, now: datetime) -> Hold:
        hold = of_holds.remembered(self.holds, hold_id, now)
        if hold is None:
            raise NoSuchHold(hold_id=hold_id)
        return hold

    def _hold_expired(self, hold_id: UUID, asked: int, now: datetime) -> HoldExpired:
        ended_at, available = self.holds[hold_id].expires_at, self.available(now)
        return HoldExpired(hold_id, ended_at, asked=asked, available=available)

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
        self.lots = of_lots.gone(self.lots, pieces)
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
        self.lots = of_lots.gone(self.lots, of_lots.pieces_of(parts))
        self.totals = replace(self.totals, expired=self.totals.expired + credits)

    @event(ThresholdSet)
    def _threshold_set(self, credits: int | None) -> None:
        self.threshold = credits
