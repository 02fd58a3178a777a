"""Cards that may be charged again: saved on a page, and the pages for saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.stand_in import billing_objects, objects
from web.stand_in.books import Object, new_id
from web.stand_in.cards import Card
from web.stand_in.parameters import Refused

if TYPE_CHECKING:
    from web.stand_in.desk import Desk

PAGE_SECONDS = 3600


def save_card(
    desk: Desk, id: str, customer: str, card: Card, expiry: tuple[int, int]
) -> Object:
    """Attach a card to a customer; the number is only in a note of our own."""
    now = desk.books.now()
    saved = desk.books.put(billing_objects.saved_card(now, id, customer, card, expiry))
    desk.books.put({"object": "stand_in.card", "id": id, "number": card.number})
    desk.emit("payment_method.attached", saved)
    return saved


def replace_card(
    desk: Desk, customer_id: str, card: Card, expiry: tuple[int, int]
) -> Object:
    """Save a card and charge it from now on, for every subscription as well."""
    saved = save_card(desk, new_id("pm"), customer_id, card, expiry)
    customer = desk.books.get("customer", customer_id)
    assert customer is not None
    settings = {**customer["invoice_settings"], "default_payment_method": saved["id"]}
    customer = desk.books.amend(customer, invoice_settings=settings)
    desk.emit("customer.updated", customer)
    for one in desk.books.all("subscription"):
        if one["customer"] == customer_id and one["status"] != "canceled":
            desk.billing.change(one, default_payment_method=saved["id"])
    return saved


def save_on_page(
    desk: Desk, session: Object, payer: Object, card: Card, expiry: tuple[int, int]
) -> Object:
    """Save the card that was typed on a page for it; the session as it is then."""
    if card.code:
        return session
    done: Object = {"status": "complete", "url": None}
    waiting = desk.books.get("setup_intent", session["setup_intent"] or "")
    if waiting is None:  # the portal's page: it is the card from now on
        replace_card(desk, session["customer"], card, expiry)
        return desk.books.amend(session, **done)
    customer = session["customer"] or desk.open_customer(**payer)["id"]
    saved = save_card(desk, new_id("pm"), customer, card, expiry)
    made = {"customer": customer, "payment_method": saved["id"]}
    waiting = desk.books.amend(waiting, status="succeeded", **made)
    desk.emit("setup_intent.succeeded", waiting)
    session = desk.books.amend(session, customer=customer, **done)
    desk.emit("checkout.session.completed", session)
    return session


def detach(desk: Desk, saved: Object) -> Object:
    """Let a card not be charged again, whoever it is of."""
    gone = desk.books.amend(saved, customer=None)
    desk.emit("payment_method.detached", gone)
    return gone


def charge_of(desk: Desk, intent: Object, saved: Object, card: Card) -> Object:
    """An attempt to charge a saved card, before its bank has answered."""
    expiry = (saved["card"]["exp_month"], saved["card"]["exp_year"])
    return objects.charge(
        desk.books.now(),
        intent,
        billing_details=saved["billing_details"],
        payment_method=saved["id"],
        payment_method_details=objects.card_details(card, expiry, False),
    )


def card_page(desk: Desk, customer: Object, back: str, locale: str | None) -> Object:
    """A page where another card is saved; the session behind it."""
    return _page(desk, customer["id"], "setup", 0, back, locale, "usd", {})


def invoice_page(desk: Desk, invoice: Object) -> Object:
    """A page where an open invoice is paid. Raises Refused for any other."""
    if invoice["status"] != "open":
        raise Refused("This invoice is not open.")
    back = f"{desk.base_url}/i/{invoice['id']}/paid"
    return _page(
        desk,
        invoice["customer"],
        "payment",
        invoice["amount_due"],
        back,
        None,
        invoice["currency"],
        {"invoice": invoice["id"]},
    )


def _page(
    desk: Desk,
    customer: str,
    mode: str,
    amount: int,
    back: str,
    locale: str | None,
    currency: str,
    note: Object,
) -> Object:
    fields: Object = {
        "mode": mode,
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": currency,
        "customer": customer,
        "customer_email": None,
        "customer_creation": None,
        "client_reference_id": None,
        "expires_at": desk.books.now() + PAGE_SECONDS,
        "locale": locale,
        "metadata": {},
        "success_url": back,
        "cancel_url": back,
    }
    session = desk.open_checkout(fields, [], {}, **note)
    return desk.books.amend(session, url=f"{desk.base_url}/c/pay/{session['id']}")
