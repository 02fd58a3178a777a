"""What can happen to a payment, each act with the events that Stripe would send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from web.stand_in import card_objects, objects
from web.stand_in.billing import Billing
from web.stand_in.books import Books, Object
from web.stand_in.cards import Card
from web.stand_in.parameters import Refused
from web.stand_in.saved_cards import save_card, save_on_page
from web.stand_in.words import decline_message

AUTHENTICATION_FAILED = "payment_intent_authentication_failure"


class Desk:
    """Acts on the books; `announce` is told of every event, within the change."""

    def __init__(
        self, books: Books, announce: Callable[[Object], None], base_url: str
    ) -> None:
        self.books = books
        self.base_url = base_url.rstrip("/")
        self._announce = announce
        self.request: Object = {"id": None, "idempotency_key": None}
        self.billing = Billing(self)

    def emit(self, kind: str, about: Object) -> None:
        """Record an event about the object as it is now."""
        event = objects.event(self.books.now(), kind, about, self.request)
        self._announce(self.books.put(event))

    def open_customer(self, **fields: Any) -> Object:
        """A new customer."""
        made = self.books.put(objects.customer(self.books.now(), **fields))
        self.emit("customer.created", made)
        return made

    def open_checkout(
        self, fields: Object, lines: list[Object], intent: Object, **more: Any
    ) -> Object:
        """A new checkout session; `intent` is what its payment will carry."""
        made = self.books.put(objects.session(self.books.now(), **fields))
        note = {"lines": lines, "intent": intent, "waits_for": None, **more}
        self.books.put({"object": "stand_in.checkout", "id": made["id"], **note})
        return made

    def note_of(self, session: Object) -> Object:
        """What the page needs to know about a session beside Stripe's object."""
        note = self.books.get("stand_in.checkout", session["id"])
        assert note is not None
        return note

    def session(self, id: str) -> Object | None:
        """The checkout session, expired if its time has come."""
        with self.books.change():
            found = self.books.get("checkout.session", id)
            if found and found["status"] == "open" and self._is_over(found):
                return self.expire(found)
            return found

    def expire_due(self) -> None:
        """Expire every session whose time has come."""
        for session in self.books.all("checkout.session"):
            if session["status"] == "open" and self._is_over(session):
                self.session(session["id"])

    def expire(self, session: Object) -> Object:
        """Close an open session without a payment; raises Refused if not open."""
        if session["status"] != "open":
            raise Refused(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of {session['status']}."
            )
        closed = self.books.amend(session, status="expired", url=None)
        intent = self._intent(session)
        if intent is not None:
            reason = {"cancellation_reason": "abandoned", "next_action": None}
            now = self.books.now()
            intent = self.books.amend(
                intent, status="canceled", canceled_at=now, **reason
            )
            self.emit("payment_intent.canceled", intent)
        self.emit("checkout.session.expired", closed)
        return closed

    def ask_3d_secure(
        self, session: Object, payer: Object, card: Card, expiry: tuple[int, int]
    ) -> None:
        """Let the payment wait until the bank's page has been answered."""
        if session["mode"] != "setup":
            action = {"type": "redirect_to_url", "redirect_to_url": None}
            intent = self.books.amend(
                self._intent_made(session), status="requires_action", next_action=action
            )
            self.emit("payment_intent.requires_action", intent)
        waits = {"payer": payer, "number": card.number, "expiry": list(expiry)}
        self.books.amend(self.note_of(session), waits_for=waits)

    def fail_3d_secure(self, session: Object) -> None:
        """The person did not pass the bank's page: no charge was tried."""
        if session["mode"] == "setup":
            return
        intent = self._intent_made(session)
        method = card_objects.payment_method(self.books.now())
        self._refuse(intent, AUTHENTICATION_FAILED, None, None, method)

    def attempt(
        self,
        session: Object,
        payer: Object,
        card: Card,
        expiry: tuple[int, int],
        *,
        secured: bool = False,
    ) -> Object:
        """Try the card; the session as it is then, complete if the bank agreed.

        `payer` has the `email` and `name` that were typed.
        """
        self.books.amend(self.note_of(session), waits_for=None)
        if session["mode"] == "setup":
            return save_on_page(self, session, payer, card, expiry)
        intent = self._intent_made(session)
        details = objects.card_details(card, expiry, secured)
        billing = {"address": None, "phone": None, "tax_id": None, **payer}
        now = self.books.now()
        charge = objects.charge(
            now, intent, billing_details=billing, payment_method_details=details
        )
        if card.code:
            self.decline(intent, charge, card)
        else:
            self._succeed(session, intent, charge, payer, (card, expiry))
        return self.books.get("checkout.session", session["id"]) or session

    def _is_over(self, session: Object) -> bool:
        return bool(session["expires_at"] <= self.books.now())

    def _intent(self, session: Object) -> Object | None:
        note = self.note_of(session)
        intent = session["payment_intent"] or note.get("payment_intent")
        return self.books.get("payment_intent", intent) if intent else None

    def _intent_made(self, session: Object) -> Object:
        session = self.books.get("checkout.session", session["id"]) or session
        intent = self._intent(session)
        if intent is None:
            fields = {
                "amount": session["amount_total"],
                "currency": session["currency"],
                "customer": session["customer"],
                **self.note_of(session)["intent"],
            }
            made = objects.payment_intent(self.books.now(), **fields)
            intent = self.books.put(made)
            paying = session["mode"] == "payment"
            holder = session if paying else self.note_of(session)
            self.books.amend(holder, payment_intent=intent["id"])
            self.emit("payment_intent.created", intent)
        return intent

    def decline(self, intent: Object, charge: Object, card: Card) -> None:
        outcome = {"network_status": "declined_by_network", "type": "issuer_declined"}
        charge = self.books.put(
            {
                **charge,
                "failure_code": card.code,
                "failure_message": decline_message(card.decline_code, "en"),
                "outcome": _outcome(card.decline_code, **outcome),
            }
        )
        self.emit("charge.failed", charge)
        method = card_objects.payment_method(self.books.now(), charge)
        code = str(card.code)
        self._refuse(intent, code, card.decline_code, charge["id"], method)

    def _refuse(
        self,
        intent: Object,
        code: str,
        decline_code: str | None,
        charge: str | None,
        payment_method: Object,
    ) -> None:
        error = {
            "charge": charge,
            "code": code,
            "decline_code": decline_code,
            "message": decline_message(decline_code or code, "en"),
            "payment_method": payment_method,
            "type": "card_error" if charge else "invalid_request_error",
        }
        intent = self.books.amend(
            intent,
            last_payment_error={k: v for k, v in error.items() if v is not None},
            latest_charge=charge or intent["latest_charge"],
            next_action=None,
            status="requires_payment_method",
        )
        self.emit("payment_intent.payment_failed", intent)

    def _succeed(
        self,
        session: Object,
        intent: Object,
        charge: Object,
        payer: Object,
        paid_with: tuple[Card, tuple[int, int]],
    ) -> None:
        session = self.books.get("checkout.session", session["id"]) or session
        customer = session["customer"]
        recurs = session["mode"] == "subscription"
        if customer is None and (recurs or session["customer_creation"] == "always"):
            customer = self.open_customer(**payer)["id"]
        intent, charge = self.succeed_intent(intent, charge, customer)
        if customer and (recurs or intent["setup_future_usage"] == "off_session"):
            save_card(self, charge["payment_method"], customer, *paid_with)
        if recurs:
            session = self.billing.begin(session, intent, charge)
        self.billing.pay_named(self.note_of(session).get("invoice"), intent)
        rest: Object = {"address": None, "phone": None, "tax_ids": []}
        session = self.books.amend(
            session,
            customer=customer,
            customer_details={**rest, **payer, "tax_exempt": "none"},
            payment_status="paid",
            status="complete",
            url=None,
        )
        self.emit("checkout.session.completed", session)

    def succeed_intent(
        self, intent: Object, charge: Object, customer: str | None
    ) -> tuple[Object, Object]:
        """Take the money of a charge; payment and charge as they are then."""
        charge = self._collected(charge, customer)
        self.emit("charge.succeeded", charge)
        intent = self.books.amend(
            intent,
            amount_received=intent["amount"],
            customer=customer,
            last_payment_error=None,
            latest_charge=charge["id"],
            next_action=None,
            payment_method=charge["payment_method"],
            status="succeeded",
        )
        self.emit("payment_intent.succeeded", intent)
        return intent, charge

    def tick(self) -> None:
        """Do what time alone has made due."""
        self.expire_due()
        self.billing.step(self.books.now())

    def _collected(self, charge: Object, customer: str | None) -> Object:
        amount, now = charge["amount"], self.books.now()
        fee = objects.fee_of(amount)
        moved = objects.balance_transaction(now, charge, "charge", amount, fee)
        moved = self.books.put(moved)
        outcome = {"network_status": "approved_by_network", "type": "authorized"}
        return self.books.put(
            {
                **charge,
                "amount_captured": amount,
                "balance_transaction": moved["id"],
                "captured": True,
                "customer": customer,
                "outcome": _outcome(None, **outcome),
                "paid": True,
                "status": "succeeded",
            }
        )


def _outcome(reason: str | None, network_status: str, type: str) -> Object:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "seller_message": "Payment complete." if reason is None else "Declined.",
        "type": type,
    }
