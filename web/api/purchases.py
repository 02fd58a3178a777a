"""Purchases as programs see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from ledger.refusals import NoSuchPurchase
from projections.purchases import PurchaseRow
from projections.reversals import ReversalRow, is_told
from web.api import frame
from web.api.shapes import (
    PageQuery,
    Shape,
    identity,
    instant,
    many,
    page_shape,
    text,
    whole,
)
from web.policies import DEVICE, KEY

section = frame.Section("purchases", "What was bought, or nearly")
BOTH = (KEY, DEVICE)
MINE = (frame.READ, "purchases:read")


class ItemSchema(Shape):
    """One thing of a purchase; the amounts are those of the whole line."""

    kind = text("credits, plan or add_on")
    sku = text("Its name in the catalogue")
    description = text("As the receipt prints it")
    quantity = whole("How many")
    credits = whole("Credits that it grants", nullable=True)
    net_minor = whole("Without tax, in minor units")
    tax_category = text("UN/ECE 5305")
    tax_rate_basis_points = whole("2000 is 20 %")
    tax_minor = whole("The tax, in minor units")


class ReversalSchema(Shape):
    """A refund or a dispute of a purchase."""

    kind = text("refund or dispute")
    status = text("approved, sent, succeeded or failed; open, won or lost")
    amount_minor = whole("What went back, tax included, in minor units")
    currency = text("ISO 4217")
    began_at = instant("When it was asked for")
    changed_at = instant("When it became what it is")
    receipt_id = identity("Its credit note", nullable=True)
    receipt_number = text("As printed", nullable=True)


class PurchaseSchema(Shape):
    """A purchase and what became of it."""

    purchase_id = identity("The purchase")
    started_at = instant("When it was asked for")
    status = text(
        "processing, paid, declined, expired or cancelled; once paid also disputed,"
        " partly refunded or refunded"
    )
    items = many(ItemSchema, "What was asked for")
    currency = text("ISO 4217")
    net_minor = whole("Without tax, in minor units")
    tax_minor = whole("The tax, in minor units")
    total_minor = whole("What is paid, in minor units")
    decline_code = text("Why the card was refused", nullable=True)
    order_number = whole("Given once it is paid", nullable=True)
    paid_at = instant("When it was paid", nullable=True)
    payment_label = text("The card, for people", nullable=True)
    receipt_id = identity("Its receipt", nullable=True)
    receipt_number = text("As printed", nullable=True)
    reversals = many(ReversalSchema, "What went back of its money, the newest first")


PurchasesSchema = page_shape(PurchaseSchema, "Purchases")


@section.ask("/purchases", PurchasesSchema, query=PageQuery, who=BOTH, scopes=MINE)
def list_purchases(query: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    """List the purchases, newest first."""
    frame.known(account_id)
    before = frame.before("purchases", query)
    view = frame.views().purchases
    found = view.page(account_id, before=before, size=query["limit"])
    return frame.listed("purchases", found, [_shown(row) for row in found.rows])


@section.ask("/purchases/<uuid:purchase_id>", PurchaseSchema, who=BOTH, scopes=MINE)
def get_purchase(account_id: UUID, purchase_id: UUID) -> ResponseReturnValue:
    """Tell one purchase."""
    row = frame.views().purchases.purchase(frame.known(account_id), purchase_id)
    if row is None:
        raise NoSuchPurchase(purchase_id=purchase_id)
    return _shown(row)


def _shown(row: PurchaseRow) -> dict[str, Any]:
    receipt = row.receipt
    return {
        **vars(row),
        "receipt_id": receipt.receipt_id if receipt else None,
        "receipt_number": receipt.number if receipt else None,
        "reversals": [_told(one) for one in row.reversals if is_told(one)],
    }


def _told(one: ReversalRow) -> dict[str, Any]:
    noted = one.receipt_number is not None
    return {**vars(one), "receipt_id": one.receipt_id if noted else None}
