"""Saved cards at Stripe: saved on its page, charged while their holder is away."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from commands.gateways.processor_failures import PaymentRefused
from commands.gateways.saved_cards import CardPage, SavedCharge
from commands.gateways.stripe_client import StripeConnection, failures
from commands.gateways.stripe_objects import (
    attempt_of,
    card_label,
    card_label_of,
    instant,
)
from ledger.top_up_terms import SavedCard

NO_BANK = "invalid_request"
CARD_ONLY = ["card"]
ASKS_HOLDER = ("authentication_required", "authentication_not_handled")
STATUS: dict[str, Literal["ready", "failed", "waiting", "paid", "closed"]] = {
    "requires_confirmation": "ready",
    "requires_payment_method": "failed",
    "requires_action": "failed",
    "succeeded": "paid",
    "canceled": "closed",
}


class StripeSavedCards(StripeConnection):
    """What Stripe does about saved cards; the refusals are SavedCards'."""

    def open_card_page(
        self,
        *,
        account_id: UUID,
        customer: str | None,
        customer_email: str,
        success_url: str,
        cancel_url: str,
        locale: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> tuple[str, str, datetime]:
        params: Any = {
            **_for_saving(account_id),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "locale": "fr" if locale == "fr" else "en",
            "expires_at": int(expires_at.timestamp()),
        }
        new = {"customer_email": customer_email, "customer_creation": "always"}
        params |= {"customer": customer} if customer else new
        with failures():
            session = self._client().v1.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            )
        if session.url is None:  # an answer repeated for a key, long since closed
            raise PaymentRefused("This page is closed", "checkout_closed")
        return session.id, session.url, instant(session.expires_at)

    def saved_on(self, checkout_id: str) -> CardPage:
        asked: Any = {"expand": ["setup_intent.payment_method"]}
        with failures():
            found = self._client().v1.checkout.sessions.retrieve(checkout_id, asked)
        session: dict[str, Any] = found.to_dict()
        method = (session.get("setup_intent") or {}).get("payment_method") or {}
        done = session["status"] == "complete" and bool(method)
        return CardPage(
            id=checkout_id,
            status=session["status"],
            card=_card(session["customer"], method) if done else None,
        )

    def forget_card(self, payment_method_id: str) -> None:
        methods = self._client().v1.payment_methods
        try:
            with failures():
                methods.detach(payment_method_id)
        except PaymentRefused:
            with failures():
                if methods.retrieve(payment_method_id).customer is not None:
                    raise

    def create_charge(
        self,
        *,
        purchase_id: UUID,
        account_id: UUID,
        card: SavedCard,
        amount_minor: int,
        currency: str,
        description: str,
        idempotency_key: str,
    ) -> str:
        params: Any = {
            "amount": amount_minor,
            "currency": currency.lower(),
            "customer": card.customer_id,
            "payment_method": card.payment_method_id,
            "allowed_payment_method_types": CARD_ONLY,
            "description": description,
            "metadata": {
                "purchase_id": str(purchase_id),
                "account_id": str(account_id),
            },
        }
        with failures():
            made = self._client().v1.payment_intents.create(
                params, {"idempotency_key": idempotency_key}
            )
        return made.id

    def try_charge(self, id: str, card: SavedCard, idempotency_key: str) -> SavedCharge:
        params: Any = {"off_session": True, "payment_method": card.payment_method_id}
        try:
            with failures():
                self._client().v1.payment_intents.confirm(
                    id, params, {"idempotency_key": idempotency_key}
                )
        except PaymentRefused as refused:
            state = self.saved_charge(id)
            if state.status == "ready":  # the card is not there, so no bank was asked
                return replace(state, status="failed", code=refused.code or NO_BANK)
            return state
        return self.saved_charge(id)

    def saved_charge(self, id: str) -> SavedCharge:
        asked: Any = {"expand": ["latest_charge"]}
        with failures():
            found = self._client().v1.payment_intents.retrieve(id, asked)
        return _state(found.to_dict())

    def close_charge(self, id: str) -> SavedCharge:
        with contextlib.suppress(PaymentRefused), failures():
            self._client().v1.payment_intents.cancel(id)
        return self.saved_charge(id)


def _for_saving(account_id: UUID) -> dict[str, Any]:
    ours = {"account_id": str(account_id)}
    return {
        "mode": "setup",
        "allowed_payment_method_types": CARD_ONLY,
        "metadata": ours,
        "setup_intent_data": {"metadata": ours},
    }


def _card(customer: str, method: dict[str, Any]) -> SavedCard:
    label = card_label_of(method.get("type"), method.get("card") or {})
    return SavedCard(customer_id=customer, payment_method_id=method["id"], label=label)


def _state(intent: dict[str, Any]) -> SavedCharge:
    status = STATUS.get(intent["status"], "waiting")
    paid = status == "paid"
    charge: dict[str, Any] = intent.get("latest_charge") or {}
    error: dict[str, Any] = intent.get("last_payment_error") or {}
    code = error.get("decline_code") or error.get("code")
    return SavedCharge(
        id=intent["id"],
        status=status,
        customer=intent["customer"],
        charge=charge.get("id") if paid else None,
        amount_minor=intent["amount"],
        currency=intent["currency"].upper(),
        card_label=card_label(charge) if paid else None,
        paid_at=instant(charge["created"]) if paid else None,
        attempt=attempt_of(error, intent) if status == "failed" else None,
        code=code or "generic_decline" if status == "failed" else None,
        asks_holder=intent["status"] == "requires_action" or code in ASKS_HOLDER,
    )
