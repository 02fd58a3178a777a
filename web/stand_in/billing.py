"""Subscriptions: begun on a page, renewed and retried by the stand-in's own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.stand_in import billing_objects, objects
from web.stand_in.billing_objects import later
from web.stand_in.books import Object, new_id
from web.stand_in.cards import Card, card_of, off_session
from web.stand_in.saved_cards import charge_of

if TYPE_CHECKING:
    from web.stand_in.desk import Desk

DAY = 86_400
RETRIES = (3 * DAY, 5 * DAY, 7 * DAY)
"""When a renewal that failed is tried again, counted from the first attempt."""


class Billing:
    """Acts on subscriptions and invoices, each act with the events of Stripe."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.books = desk.books

    def begin(self, session: Object, intent: Object, charge: Object) -> Object:
        """Begin what a checkout's page was paid for; the session with it."""
        books, now, note = self.books, self.books.now(), self.desk.note_of(session)
        sold = self.books.put(
            billing_objects.price(
                now,
                session["amount_total"],
                session["currency"],
                note["interval"],
                new_id("prod", 14),
            )
        )
        made = books.put(
            billing_objects.subscription(
                now,
                sold,
                later(now, note["interval"], 1),
                customer=intent["customer"],
                default_payment_method=charge["payment_method"],
                metadata=note["subscription"].get("metadata", {}),
            )
        )
        self.desk.emit("customer.subscription.created", made)
        invoice = self.charge_period(made, "subscription_create")
        self.pay(invoice, intent)
        return books.amend(session, subscription=made["id"], invoice=invoice["id"])

    def charge_period(self, subscription: Object, reason: str) -> Object:
        """An open invoice for the period that the subscription is in."""
        item = subscription["items"]["data"][0]
        span = (item["current_period_start"], item["current_period_end"])
        amount = item["price"]["unit_amount"]
        line = billing_objects.line(amount, "1 × subscription", span, subscription)
        return self.open_invoice(subscription, [line], reason)

    def open_invoice(
        self, subscription: Object, lines: list[Object], reason: str
    ) -> Object:
        """An invoice that is to be paid, and the payment that it waits for."""
        now = self.books.now()
        made = billing_objects.invoice(now, subscription, lines, reason)
        url = f"{self.desk.base_url}/i/{made['id']}"
        made = self.books.put({**made, "hosted_invoice_url": url})
        self.books.amend(subscription, latest_invoice=made["id"])
        self.desk.emit("invoice.created", made)
        self.desk.emit("invoice.finalized", made)
        return made

    def collect(self, invoice: Object) -> Object:
        """Charge the saved card for an open invoice; the invoice as it is then."""
        if invoice["total"] <= 0:
            return self.pay(invoice, None)
        intent = self._intent_of(invoice)
        card = self._card(invoice)
        if card is None:
            return self._failed(invoice)
        saved, fault = card[0], off_session(card[1])
        charge = charge_of(self.desk, intent, saved, card[1])
        if fault is not None:
            self.desk.decline(intent, charge, fault)
            return self._failed(invoice)
        self.desk.succeed_intent(intent, charge, invoice["customer"])
        return self.pay(invoice, self.books.get("payment_intent", intent["id"]))

    def pay(self, invoice: Object, intent: Object | None) -> Object:
        """Note an invoice as paid, and its subscription as running again."""
        now = self.books.now()
        if intent is not None:
            self._note_payment(invoice, intent)
        moments = {**invoice["status_transitions"], "paid_at": now}
        paid = self.books.amend(
            invoice,
            amount_paid=invoice["amount_due"],
            amount_remaining=0,
            attempt_count=invoice["attempt_count"] + 1,
            attempted=True,
            next_payment_attempt=None,
            status="paid",
            status_transitions=moments,
        )
        for kind in ("invoice.paid", "invoice.payment_succeeded"):
            self.desk.emit(kind, paid)
        subscription = self.subscription_of(paid)
        if subscription["status"] in ("past_due", "unpaid"):
            self.change(subscription, status="active")
        return paid

    def pay_named(self, invoice_id: str | None, intent: Object) -> None:
        """Pay the invoice that a page was opened for, if it was."""
        invoice = self.books.get("invoice", invoice_id or "")
        if invoice is not None and invoice["status"] == "open":
            self.pay(invoice, intent)

    def change(self, subscription: Object, **fields: object) -> Object:
        """Change a subscription and tell of it."""
        found = self.books.get("subscription", subscription["id"]) or subscription
        changed = self.books.amend(found, **fields)
        self.desk.emit("customer.subscription.updated", changed)
        return changed

    def cancel(self, subscription: Object) -> Object:
        """End a subscription now; what is open is not charged any more."""
        now = self.books.now()
        for invoice in self.invoices_of(subscription["id"]):
            if invoice["status"] in ("open", "draft"):
                self.books.amend(invoice, auto_advance=False, next_payment_attempt=None)
        found = self.books.get("subscription", subscription["id"]) or subscription
        ended = self.books.amend(
            found,
            status="canceled",
            ended_at=now,
            canceled_at=found["canceled_at"] or now,
        )
        self.desk.emit("customer.subscription.deleted", ended)
        return ended

    def invoices_of(self, subscription_id: str) -> list[Object]:
        """The invoices of a subscription, oldest first."""
        return [
            one
            for one in self.books.all("invoice")
            if one["parent"]["subscription_details"]["subscription"] == subscription_id
        ]

    def subscription_of(self, invoice: Object) -> Object:
        """The subscription that an invoice charges for."""
        whose = invoice["parent"]["subscription_details"]["subscription"]
        found = self.books.get("subscription", whose)
        assert found is not None
        return found

    def step(self, until: int) -> None:
        """Renew and retry whatever is due by then, in the order of its time."""
        while True:
            due = [one for one in self._due() if one[0] <= until]
            if not due:
                return
            moment, _, kind, id = min(due)
            with self.books.change(), self.books.at(moment):
                self.desk.request = {"id": None, "idempotency_key": None}
                found = self.books.get(kind, id)
                assert found is not None
                if kind == "invoice":
                    self.collect(found)
                else:
                    self._renew(found)

    def _due(self) -> list[tuple[int, int, str, str]]:
        renewals = [
            (one["items"]["data"][0]["current_period_end"], 1, one["object"], one["id"])
            for one in self.books.all("subscription")
            if one["status"] != "canceled"
        ]
        retries = [
            (one["next_payment_attempt"], 0, one["object"], one["id"])
            for one in self.books.all("invoice")
            if one["next_payment_attempt"] is not None
        ]
        return renewals + retries

    def _renew(self, subscription: Object) -> None:
        if subscription["cancel_at_period_end"]:
            self.cancel(subscription)
            return
        [item] = subscription["items"]["data"]
        start, number = item["current_period_end"], 1
        anchor = subscription["billing_cycle_anchor"]
        interval = item["price"]["recurring"]["interval"]
        while later(anchor, interval, number) <= start:
            number += 1
        end = later(anchor, interval, number)
        item = {**item, "current_period_start": start, "current_period_end": end}
        items = {**subscription["items"], "data": [item]}
        renewed = self.change(subscription, items=items)
        invoice = self.charge_period(renewed, "subscription_cycle")
        if renewed["status"] == "unpaid":
            self.books.amend(invoice, status="draft", auto_advance=False)
        else:
            self.collect(invoice)

    def _card(self, invoice: Object) -> tuple[Object, Card] | None:
        subscription = self.subscription_of(invoice)
        id = subscription["default_payment_method"] or ""
        saved, note = (
            self.books.get(kind, id) for kind in ("payment_method", "stand_in.card")
        )
        return (saved, card_of(note["number"])) if saved and note else None

    def _failed(self, invoice: Object) -> Object:
        count = invoice["attempt_count"] + 1
        again = None
        if count <= len(RETRIES):
            again = invoice["created"] + RETRIES[count - 1]
        failed = self.books.amend(
            invoice, attempt_count=count, attempted=True, next_payment_attempt=again
        )
        self.desk.emit("invoice.payment_failed", failed)
        status = "past_due" if again else "unpaid"
        self.change(self.subscription_of(failed), status=status)
        return failed

    def _payment(self, invoice: Object) -> Object | None:
        found = self.books.all("invoice_payment")
        return next((one for one in found if one["invoice"] == invoice["id"]), None)

    def _intent_of(self, invoice: Object) -> Object:
        """The payment that all attempts of an invoice are of."""
        payment = self._payment(invoice)
        named = payment["payment"]["payment_intent"] if payment else ""
        found = self.books.get("payment_intent", named)
        if found is not None:
            return found
        made = objects.payment_intent(
            self.books.now(),
            amount=invoice["amount_due"],
            currency=invoice["currency"],
            customer=invoice["customer"],
        )
        made = self.books.put(made)
        self.desk.emit("payment_intent.created", made)
        now = self.books.now()
        self.books.put(billing_objects.invoice_payment(now, invoice, made["id"]))
        return made

    def _note_payment(self, invoice: Object, intent: Object) -> None:
        now = self.books.now()
        payment = self._payment(invoice)
        if payment is None:
            payment = billing_objects.invoice_payment(now, invoice, intent["id"])
        self.books.put(
            {
                **payment,
                "amount_paid": invoice["amount_due"],
                "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
                "status": "paid",
                "status_transitions": {"canceled_at": None, "paid_at": now},
            }
        )
