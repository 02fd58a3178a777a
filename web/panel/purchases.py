"""Buying, and the history of purchases with their receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast
from uuid import UUID

from flask import Blueprint, Response, abort, g, request
from werkzeug.wrappers import Response as AnyResponse

from commands import purchases as use
from commands.checkouts import settle_checkout
from commands.gateways.payments import PaymentsUnreachable
from commands.receipts import receipt_bytes, receipt_of
from ledger.refusals import NotFound
from web import access, pages
from web.panel import figures, purchase_figures
from web.panel.checkout_pages import lead_to_checkout
from web.policies import CUSTOMER, allow
from web.words import current_language

if TYPE_CHECKING:
    from ledger.receipts import Receipt

blueprint = Blueprint("purchases", __name__)


@blueprint.get("/purchases")
@allow(CUSTOMER)
def index() -> Response:
    """List the purchases, newest first."""
    return pages.page("purchases/index.html", **purchase_figures.purchases_page())


@blueprint.post("/purchases")
@allow(CUSTOMER)
def start() -> AnyResponse:
    """Start a purchase and lead to the processor's page."""
    journal, service = access.service().journal, access.service()
    command = use.StartPurchase(
        account_id=access.account_id(),
        sku=request.form.get("sku", ""),
        language=cast("Literal['en', 'fr']", current_language()),
    )
    context = access.form_context()
    started = use.start_purchase(journal, command, context, service.catalogue)
    return lead_to_checkout(UUID(started.ids["purchase"]))


@blueprint.post("/purchases/<uuid:purchase_id>/pay", endpoint="pay_again")
@allow(CUSTOMER)
def pay_again(purchase_id: UUID) -> AnyResponse:
    """Lead to a new page of the processor for a purchase that is not paid."""
    return lead_to_checkout(purchase_id)


@blueprint.get("/purchases/<uuid:purchase_id>")
@allow(CUSTOMER)
def show(purchase_id: UUID) -> Response:
    """Show one purchase."""
    return pages.page(
        "purchases/show.html", **purchase_figures.purchase_page(purchase_id)
    )


@blueprint.get("/purchases/<uuid:purchase_id>/returned")
@allow(CUSTOMER)
def returned(purchase_id: UUID) -> Response:
    """Where the processor sends the customer back: ask it now, show what it says."""
    service = access.service()
    account_id = access.account_id()
    purchase = use.purchase_of(service.journal, account_id, purchase_id)
    if purchase.checkout_id is not None and purchase.payment is None:
        arguments = (account_id, purchase_id, purchase.checkout_id, g.now)
        try:
            settle_checkout(service.journal, service.payments, *arguments)
        except PaymentsUnreachable:
            g.later = True
    position = service.journal.position_of(purchase_id)
    service.views.wait_until(("purchases", "credits"), account_id, position)
    # The webhook may have granted the lot since this request began.
    g.now = service.clock()
    return pages.page("purchases/returned.html", **figures.returned_page(purchase_id))


@blueprint.get("/receipts/<uuid:receipt_id>.pdf")
@allow(CUSTOMER, bucket="downloads")
def receipt(receipt_id: UUID) -> Response:
    """Download a receipt as it was issued."""
    journal = access.service().journal
    try:
        found = receipt_of(journal, access.account_id(), receipt_id)
        pdf = receipt_bytes(journal, found)
    except NotFound:
        abort(404)
    return pdf_response(found, pdf)


def pdf_response(found: Receipt, pdf: bytes) -> Response:
    """Return the stored bytes under the receipt's number (RFC 6266)."""
    response = Response(pdf, mimetype="application/pdf")
    name = found.number.replace("/", "-")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="receipt-{name}.pdf"'
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
