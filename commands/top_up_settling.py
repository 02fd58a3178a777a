"""The processor's word on a payment by a saved card, whoever brings it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from commands.gateways.saved_cards import SavedCharge
from commands.purchases import SettlePurchase, processor_context, settle_purchase
from commands.top_up_purchases import (
    FailCharge,
    GiveUp,
    HandOver,
    fail_charge,
    give_up,
    hand_over,
)
from ledger.journal import Journal
from ledger.top_up_terms import OpenTopUp, Why


class Told(TypedDict):
    """What is told of an attempt that failed."""

    account_id: UUID
    purchase_id: UUID
    attempt_id: str
    code: str


def settle_saved(
    journal: Journal,
    account_id: UUID,
    it: OpenTopUp,
    state: SavedCharge,
    now: datetime,
) -> None:
    """Record what the processor says of a payment; while it waits, nothing.

    Raises NoSuchPurchase, and what settle_purchase refuses.
    """
    if state.status == "paid":
        _settle_paid(journal, account_id, it.purchase_id, state, now)
    elif state.status == "closed":
        give_up_open(journal, account_id, it, "cancelled", now)
    elif state.status == "failed":
        _settle_failed(journal, account_id, it, state, now)


def _settle_failed(
    journal: Journal,
    account_id: UUID,
    it: OpenTopUp,
    state: SavedCharge,
    now: datetime,
) -> None:
    number = len(it.attempts)
    attempt = state.attempt or state.id
    if attempt in it.attempts:
        attempt = f"{attempt}:{number}"
    told: Told = {
        "account_id": account_id,
        "purchase_id": it.purchase_id,
        "attempt_id": attempt,
        "code": state.code or "generic_decline",
    }
    context = processor_context(now, f"failed:{it.purchase_id}:{attempt}")
    if state.asks_holder:
        hand_over(journal, HandOver(**told, why="authentication"), context)
    else:
        fail_charge(journal, FailCharge(**told), context)


def _settle_paid(
    journal: Journal,
    account_id: UUID,
    purchase_id: UUID,
    state: SavedCharge,
    now: datetime,
) -> None:
    assert state.charge is not None
    assert state.paid_at is not None
    command = SettlePurchase(
        account_id=account_id,
        purchase_id=purchase_id,
        customer_id=state.customer,
        checkout_id="",
        payment_intent_id=state.id,
        charge_id=state.charge,
        amount_minor=state.amount_minor,
        currency=state.currency,
        payment_label=state.card_label,
        paid_at=state.paid_at,
    )
    settle_purchase(journal, command, processor_context(now, f"paid:{state.charge}"))


def give_up_open(
    journal: Journal,
    account_id: UUID,
    it: OpenTopUp,
    why: Why | Literal["not_needed"],
    now: datetime,
) -> None:
    """Record that the purchase under way will not be paid. Raises NoSuchPurchase."""
    command = GiveUp(account_id=account_id, purchase_id=it.purchase_id, why=why)
    give_up(journal, command, processor_context(now, f"give-up:{it.purchase_id}"))
