"""Charging a saved card for automatic top-up, whoever comes to it: fact or janitor.

A purchase has one payment at the processor, made before it is tried and noted here
before that. It can be paid once at most, so that whoever is unsure asks how it stands
and goes on from there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from commands.asking import ask_about_each
from commands.credits import credits_of
from commands.gateways.processor import PaymentRefused, Payments
from commands.plans import require_account
from commands.purchases import processor_context, purchase_of
from commands.top_up_cards import settle_card
from commands.top_up_notes import top_up_of, watch
from commands.top_up_purchases import (
    BeginTopUp,
    HandOver,
    OpenCharge,
    Shop,
    begin_top_up,
    hand_over,
    may_buy,
    open_charge,
)
from commands.top_up_settling import give_up_open, settle_saved
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Journal
from ledger.purchases import Purchase
from ledger.refusals import MoneyUnderWay
from ledger.top_up_terms import OpenTopUp
from ledger.top_ups import TopUp


def look(
    journal: Journal,
    payments: Payments,
    shop: Shop,
    account_id: UUID,
    context: Context,
) -> None:
    """Begin a purchase if one is called for, and go on with the one under way.

    Done again with the same key it begins one at most.
    Raises NoSuchAccount, PaymentsUnreachable.
    """
    begin_top_up(journal, BeginTopUp(account_id=account_id), context, shop)
    charge_top_up(journal, payments, account_id, context.now)


def charge_top_up(
    journal: Journal, payments: Payments, account_id: UUID, now: datetime
) -> None:
    """Charge the saved card for the purchase under way, if it is due, or ask about it.

    Raises NoSuchAccount, PaymentsUnreachable.
    """
    require_account(journal, account_id, closed_too=True)
    top_up = top_up_of(journal, account_id)
    it = top_up.open
    if it is None or it.by_holder:
        return
    if it.payment_intent_id is None and not _is_wanted(journal, top_up, now):
        give_up_open(journal, account_id, it, "not_needed", now)
        return
    id = it.payment_intent_id or _made(journal, payments, top_up, it, now)
    if id is None:
        return
    state = payments.saved_charge(id)
    known = state.status == "ready" or state.attempt in it.attempts
    if known and it.is_due(now):
        if not _is_wanted(journal, top_up, now) or top_up.card is None:
            give_up_open(journal, account_id, it, "not_needed", now)
            return
        key = f"top-up:{it.purchase_id}:{len(it.attempts)}"
        state, known = payments.try_charge(id, top_up.card, key), False
    if not known:
        settle_saved(journal, account_id, it, state, now)


def settle_charge(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    payment_intent_id: str,
    now: datetime,
) -> None:
    """Record what became of a payment that somebody told us of.

    One that is no top-up's is somebody else's to settle.
    Raises NoSuchAccount, PaymentsUnreachable.
    """
    require_account(journal, account_id, closed_too=True)
    top_up = top_up_of(journal, account_id)
    for it in (top_up.open, top_up.given_up):
        if it is not None and it.payment_intent_id == payment_intent_id:
            state = payments.saved_charge(payment_intent_id)
            known = it.by_holder or state.attempt in it.attempts
            if state.status == "paid" or not known:
                settle_saved(journal, account_id, it, state, now)


def stop_charge(
    journal: Journal, payments: Payments, account_id: UUID, now: datetime
) -> None:
    """Let the saved card not be charged for the purchase under way, if there is one.

    One that is paid meanwhile is settled as paid.
    Raises NoSuchAccount, MoneyUnderWay while the bank is asked; PaymentsUnreachable.
    """
    require_account(journal, account_id, closed_too=True)
    it = top_up_of(journal, account_id).open
    if it is None or it.by_holder:
        return
    if it.payment_intent_id is not None:
        state = payments.close_charge(it.payment_intent_id)
        if state.status == "waiting":
            raise MoneyUnderWay(why="payment")
        if state.status == "paid":
            settle_saved(journal, account_id, it, state, now)
            return
    give_up_open(journal, account_id, it, "not_needed", now)


def take_over(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    purchase: Purchase,
    now: datetime,
) -> bool:
    """Whether the holder may pay for a purchase on a page, as no other way is left.

    Raises MoneyUnderWay while the bank is asked; PaymentsUnreachable.
    """
    it = top_up_of(journal, account_id).open
    if it is None or it.purchase_id != purchase.id:
        return purchase.status == "open"
    command = HandOver(account_id=account_id, purchase_id=purchase.id, why="by_hand")
    hand_over(journal, command, processor_context(now, f"by-hand:{purchase.id}"))
    if purchase.checkout_id is not None:
        return not payments.expire_checkout(purchase.checkout_id).paid
    if it.payment_intent_id is None:
        return True
    state = payments.close_charge(it.payment_intent_id)
    if state.status == "waiting":
        raise MoneyUnderWay(why="payment")
    if state.status == "paid":
        settle_saved(journal, account_id, it, state, now)
    return state.status != "paid"


def ask_about_top_ups(
    journal: Journal, payments: Payments, shop: Shop, now: datetime
) -> int:
    """Look at top-ups whose time has come; return how many there were.

    One that makes trouble is looked at again, and the others all the same; the first
    trouble is raised at the end.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "UPDATE watched_top_ups SET ask_at = %s WHERE account_id IN"
            " (SELECT account_id FROM watched_top_ups WHERE ask_at <= %s"
            " ORDER BY ask_at LIMIT 20 FOR UPDATE SKIP LOCKED) RETURNING account_id",
            (now + timedelta(hours=1), now),
        ).fetchall()
    return ask_about_each(
        rows, lambda account_id: _ask(journal, payments, shop, account_id, now)
    )


def _ask(
    journal: Journal, payments: Payments, shop: Shop, account_id: UUID, now: datetime
) -> None:
    top_up = top_up_of(journal, account_id)
    if top_up.page is not None:
        settle_card(journal, payments, account_id, top_up.page[0], now)
    version = top_up_of(journal, account_id).version
    context = _context(account_id, version, now)
    look(journal, payments, shop, account_id, context)
    watch(journal, account_id, now)


def _context(account_id: UUID, version: int, now: datetime) -> Context:
    """Return the envelope of a look: at one state of the stream it is one look."""
    key = f"{account_id} {version}"
    return Context(
        principal="system:top_up",
        key=key,
        actor=Actor("system", "top_up"),
        now=now,
        correlation_id=uuid5(account_id, key),
    )


def _is_wanted(journal: Journal, top_up: TopUp, now: datetime) -> bool:
    """Whether credits are still low, and its holder still wants it."""
    account = require_account(journal, top_up.account_id, closed_too=True)
    context = _context(account.id, top_up.version, now)
    if not may_buy(journal, account, top_up, context) or top_up.watching is None:
        return False
    found = credits_of(journal, account.id, context)
    return found.figures.available < top_up.watching


def _made(
    journal: Journal,
    payments: Payments,
    top_up: TopUp,
    it: OpenTopUp,
    now: datetime,
) -> str | None:
    """Return the payment, made and noted; None where the processor will not have it."""
    assert top_up.card is not None
    account_id = top_up.account_id
    purchase = purchase_of(journal, account_id, it.purchase_id)
    try:
        id = payments.create_charge(
            purchase_id=purchase.id,
            account_id=account_id,
            card=top_up.card,
            amount_minor=purchase.total.minor,
            currency=purchase.currency,
            description=purchase.items[0]["description"],
            idempotency_key=f"top-up:{purchase.id}",
        )
    except PaymentRefused:
        give_up_open(journal, account_id, it, "declined", now)
        return None
    command = OpenCharge(
        account_id=account_id, purchase_id=purchase.id, payment_intent_id=id
    )
    open_charge(journal, command, processor_context(now, f"charge:{id}"))
    return id
