"""Payments taken into question, and refunds that fail after all: what banks do."""

from __future__ import annotations

from typing import Any

from web.stand_in import objects
from web.stand_in.books import Object, new_id
from web.stand_in.desk import Desk
from web.stand_in.parameters import Refused

DISPUTE_FEE_MINOR = 2_000
OUTCOMES = ("won", "lost", "reinstated")


def dispute(
    desk: Desk, charge: Object, amount: int | None = None, reason: str = "fraudulent"
) -> Object:
    """Take a paid charge, or a part of it, into question; the money leaves at once.

    Raises Refused for an unpaid charge and for more than it took.
    """
    amount = charge["amount_captured"] if amount is None else amount
    if not charge["paid"] or not 0 < amount <= charge["amount_captured"]:
        raise Refused(f"Charge {charge['id']} cannot be disputed so.", param="amount")
    made = _question(desk.books.now(), charge, amount, reason)
    desk.books.amend(charge, disputed=True)
    made = _moved(desk, made, -amount, DISPUTE_FEE_MINOR)
    desk.emit("charge.dispute.created", made)
    desk.emit("charge.dispute.funds_withdrawn", made)
    return made


def _question(now: int, charge: Object, amount: int, reason: str) -> Object:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "evidence_details": {"due_by": now + 7 * 86_400, "has_evidence": False},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }


def close_dispute(desk: Desk, made: Object, outcome: str) -> Object:
    """Let the bank decide: won or lost; reinstated is money that comes after a loss.

    Raises Refused for an outcome that cannot follow.
    """
    open_now = made["status"] in ("needs_response", "under_review")
    if outcome not in OUTCOMES or open_now == (outcome == "reinstated"):
        raise Refused(f"Dispute {made['id']} cannot become {outcome}.", param="outcome")
    if outcome == "reinstated" and made["status"] != "lost":
        raise Refused(f"Dispute {made['id']} was not lost.", param="outcome")
    if outcome == "lost":
        made = desk.books.amend(made, status="lost")
        desk.emit("charge.dispute.closed", made)
        return made
    made = _moved(desk, made, made["amount"], 0)
    made = desk.books.amend(made, status="won")
    if outcome == "won":
        desk.emit("charge.dispute.closed", made)
    desk.emit("charge.dispute.funds_reinstated", made)
    return made


def fail_refund(desk: Desk, made: Object) -> Object:
    """Let a refund come back, as from a card that was closed meanwhile.

    Raises Refused for one that has failed already.
    """
    if made["status"] == "failed":
        raise Refused(f"Refund {made['id']} has failed already.", param="status")
    charge = desk.books.get("charge", made["charge"])
    assert charge is not None
    now = desk.books.now()
    if made["status"] == "succeeded":
        back = objects.balance_transaction(
            now, made, "refund_failure", made["amount"], 0
        )
        desk.books.put(back)
    made = desk.books.amend(made, status="failed", failure_reason="lost_or_stolen_card")
    left = charge["amount_refunded"] - made["amount"]
    desk.books.amend(charge, amount_refunded=left, refunded=False)
    desk.emit("refund.failed", made)
    return made


def _moved(desk: Desk, made: Object, amount: int, fee: int) -> Object:
    kind = "adjustment"
    moved = objects.balance_transaction(desk.books.now(), made, kind, amount, fee)
    moved = desk.books.put({**moved, "reporting_category": "dispute"})
    found: list[Any] = [*made["balance_transactions"], moved]
    return desk.books.put({**made, "balance_transactions": found})
