"""What takes credits of a balance without spending them: claims, and staff."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger import claims as of_claims
from ledger import lots as of_lots
from ledger.claims import ClaimTerms, Step
from ledger.credit_questions import CreditQuestions
from ledger.lots import Piece
from ledger.refusals import InsufficientCredits


class CreditClaims(CreditQuestions):
    """The decisions of a balance about claims, removals and thresholds."""

    if TYPE_CHECKING:  # the balance assigns what these have decided
        _settle: Any
        _frozen: Any
        _thawed: Any
        _withdrawn: Any
        _restored: Any
        _debt_filled: Any
        _removed: Any
        _threshold_crossed: Any
        _top_up_threshold_set: Any

    def set_top_up(self, credits: int | None, now: datetime) -> None:
        """Have more bought below so many available credits, at once if it is so now."""
        assert credits is None or credits > 0
        if credits != self.top_up:
            self._top_up_threshold_set(credits=credits)
            if credits is not None and self.available(now) < credits:
                self._watch(credits, now)

    def remove(self, credits: int, reason: str, now: datetime) -> None:
        """Take available credits away for a reason. Raises InsufficientCredits."""
        assert credits > 0
        available, before = self.available(now), self._spendable(now)
        if credits > available:
            raise InsufficientCredits(asked=credits, available=available)
        self._settle(now)
        pieces = of_lots.first(of_lots.burn_order(self.lots, now), credits)
        parts = of_lots.priced(self.lots, pieces)
        self._removed(credits=credits, parts=parts, reason=reason)
        self._watch(before, now)

    def claim(self, claim_id: UUID, wanted: ClaimTerms, now: datetime) -> None:
        """Make a claim what its refund or dispute says; told again it is no news.

        Credits that are held stay so; once released they go to the claim.
        """
        before = self._spendable(now)
        self._settle(now)
        self._make_way(claim_id, wanted)
        while step := of_claims.next_step(self.claims.get(claim_id), wanted, self.lots):
            self._take_step(claim_id, wanted, step)
        self._settle(now)
        self._watch(before, now)

    def _take_step(self, claim_id: UUID, wanted: ClaimTerms, step: Step) -> None:
        old = self.claims.get(claim_id)
        terms: ClaimTerms = {**wanted, "credits": step.credits}
        parts = of_lots.priced(self.lots, step.pieces)
        got = old.withdrawn if old else []
        match step.act:
            case "freeze":
                self._frozen(claim_id=claim_id, claim=terms, parts=parts)
            case "thaw":
                terms["state"] = old.state if old else "frozen"
                self._thawed(claim_id=claim_id, claim=terms, parts=parts)
            case "withdraw":
                debt = step.credits - of_lots.count(got) - of_lots.count(parts)
                self._withdrawn(
                    claim_id=claim_id,
                    claim=terms,
                    parts=parts,
                    from_frozen=step.thawing,
                    debt=debt,
                )
            case "restore":
                terms["state"] = "withdrawn"
                debt = step.credits - of_lots.count(got) + of_lots.count(parts)
                self._restored(claim_id=claim_id, claim=terms, parts=parts, debt=debt)

    def _make_way(self, claim_id: UUID, wanted: ClaimTerms) -> None:
        """Money that has gone comes before money that is only in question."""
        pieces = of_claims.free_of(self.lots, wanted["lot_id"], wanted["credits"])
        free = of_lots.count(pieces)
        for other_id, given in of_claims.yielding(self.claims, claim_id, wanted, free):
            terms = of_claims.terms_of(self.claims[other_id])
            parts = of_lots.priced(self.lots, given)
            self._thawed(claim_id=other_id, claim=terms, parts=parts)

    def _fill(self, claim_id: UUID, pieces: list[Piece]) -> None:
        claim = self.claims[claim_id]
        self._debt_filled(
            claim_id=claim_id,
            claim=of_claims.terms_of(claim),
            parts=of_lots.priced(self.lots, pieces),
            debt=claim.debt - of_lots.count(pieces),
        )

    def _watch(self, before: int, now: datetime) -> None:
        available = self.available(now)
        for watcher, threshold in (("notice", self.threshold), ("top_up", self.top_up)):
            if threshold is not None and available < threshold <= before:
                self._threshold_crossed(
                    watcher=watcher, threshold=threshold, available=available
                )

    def _give_claims_their_due(self) -> None:
        for claim_id, pieces in of_claims.due(self.claims, self.lots):
            claim = self.claims[claim_id]
            if claim.state == "withdrawn":
                self._fill(claim_id, pieces)
            else:
                terms = of_claims.terms_of(claim)
                parts = of_lots.priced(self.lots, pieces)
                self._frozen(claim_id=claim_id, claim=terms, parts=parts)

    def _fill_debts(self, lot_id: UUID, quantity: int) -> None:
        for claim_id, pieces in of_claims.fills(self.claims, [(lot_id, 0, quantity)]):
            self._fill(claim_id, pieces)
