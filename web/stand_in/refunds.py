"""Money going back: never more than a charge took."""

from __future__ import annotations

from typing import Any

from web.stand_in import objects
from web.stand_in.books import Object
from web.stand_in.desk import Desk
from web.stand_in.parameters import Refused
from web.stand_in.words import money


def refund(desk: Desk, charge: Object, amount: int | None, **fields: Any) -> Object:
    """Give back `amount` minor units of a charge, or what is left of it.

    Raises Refused for more than is left, for nothing, and for an unpaid charge.
    """
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    _check(charge, amount, left)
    now = desk.books.now()
    made = objects.refund(now, charge, amount=amount, **fields)
    moved = objects.balance_transaction(now, made, "refund", -amount, 0)
    desk.books.put(moved)
    made = desk.books.put({**made, "balance_transaction": moved["id"]})
    charge = desk.books.amend(
        charge,
        amount_refunded=charge["amount_refunded"] + amount,
        refunded=amount == left,
    )
    desk.emit("refund.created", made)
    desk.emit("charge.refunded", charge)
    return made


def _check(charge: Object, amount: int, left: int) -> None:
    if not charge["paid"]:
        raise Refused(f"Charge {charge['id']} was not paid.", param="charge")
    if left == 0:
        raise Refused(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    if amount < 1:
        raise Refused(
            "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        asked = money(amount, charge["currency"], "en")
        there = money(left, charge["currency"], "en")
        raise Refused(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge "
            f"({there})",
            param="amount",
        )
