"""Buying: started here, paid at the processor's page, settled exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4, uuid5

from commands.credits import balance_of
from commands.owners import owned
from commands.plans import require_account
from commands.top_up_notes import (
    TOP_UP,
    balance_now,
    bought_so,
    follow,
    known_top_up,
    pending,
    watched,
)
from ledger.catalogue import Catalogue
from ledger.credits import CreditBalance
from ledger.items import pack_item
from ledger.journal import OUTSIDE_BODY, Actor, Context, Journal, Recorded, handler
from ledger.lots import lot_terms
from ledger.money import Money
from ledger.purchase_facts import Payment
from ledger.purchases import Purchase
from ledger.refusals import NoSuchPurchase
from ledger.top_up_terms import Why

DESCRIPTIONS = {"en": "{credits} e-mail credits", "fr": "{credits} crédits e-mail"}
ASK_AFTER = timedelta(minutes=2)
"""How long we wait to be told before we ask the processor ourselves."""
GROUPS = {"en": ",", "fr": "\N{NARROW NO-BREAK SPACE}"}


@dataclass(frozen=True, kw_only=True)
class StartPurchase:
    """Ask for one pack of credits at today's price."""

    account_id: UUID
    sku: str
    language: Literal["en", "fr"]
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenCheckout:
    """Note the processor's page where the purchase can be paid."""

    account_id: UUID
    purchase_id: UUID
    checkout_id: str
    expires_at: datetime
    ask_after: timedelta = field(default=ASK_AFTER, metadata=OUTSIDE_BODY)


@dataclass(frozen=True, kw_only=True)
class SettlePurchase:
    """Note that the processor has the money."""

    account_id: UUID
    purchase_id: UUID
    customer_id: str
    checkout_id: str
    payment_intent_id: str
    charge_id: str
    amount_minor: int
    currency: str
    payment_label: str | None
    paid_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeclinePurchase:
    """Note that a card was refused."""

    account_id: UUID
    purchase_id: UUID
    attempt_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ExpirePurchase:
    """Note that the processor's page has closed unpaid."""

    account_id: UUID
    purchase_id: UUID
    checkout_id: str | None


@dataclass(frozen=True, kw_only=True)
class CancelPurchase:
    """Give a purchase up, as the customer wishes."""

    account_id: UUID
    purchase_id: UUID


@handler
def start_purchase(
    journal: Journal, command: StartPurchase, context: Context, catalogue: Catalogue
) -> Recorded:
    """Record what is wanted and its price; its id stands in `ids["purchase"]`.

    The first purchase fixes the account's currency.
    Raises NoSuchAccount, CurrencyIsFixed, NoSuchPack, in this order.
    """
    account = require_account(journal, command.account_id)
    currency = command.currency or account.currency or catalogue.currencies[0]
    account.fix_currency(currency)
    pack = catalogue.pack(command.sku, currency)
    description = credits_in_words(pack.credits, command.language)
    purchase_id = context.new_id("purchase")
    purchase = Purchase.start(
        purchase_id,
        command.account_id,
        [pack_item(pack, catalogue.tax_for(account.country), description)],
        currency=currency,
        catalogue_version=catalogue.version,
        language=command.language,
    )
    return journal.record(
        purchase, account, context=context, ids={"purchase": purchase_id}
    )


@handler
def open_checkout(
    journal: Journal, command: OpenCheckout, context: Context
) -> Recorded:
    """Record the checkout, where its name leads, and when to ask about it.

    Raises NoSuchPurchase, AlreadyPaid, PurchaseClosed, in this order.
    """
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.open_checkout(command.checkout_id, command.expires_at)
    account_id, checkout_id = command.account_id, command.checkout_id
    name = ("stripe_checkout", checkout_id, account_id, purchase.id)
    asked = (account_id, checkout_id, purchase.id, context.now + command.ask_after)
    return journal.record_any(
        purchase,
        context=context,
        inserts={"directory": [name], "open_checkouts": [asked]},
    )


@handler
def settle_purchase(
    journal: Journal, command: SettlePurchase, context: Context
) -> Recorded:
    """Record the payment and grant what was bought, in one transaction.

    Told again it changes nothing, whoever tells it.
    Raises NoSuchPurchase, AlreadyPaid for another charge, AmountDiffers.
    """
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    payment = _payment(command)
    if purchase.payment == payment:
        return journal.unchanged(purchase)
    number = journal.next_order_number()
    purchase.pay(
        number,
        payment,
        amount=Money(command.amount_minor, command.currency),
        payment_label=command.payment_label,
        paid_at=min(command.paid_at, context.now),
    )
    bought = bought_so(journal, purchase)
    balance = balance_of(journal, command.account_id, closed_too=True)
    _grant_bought(balance, purchase, context.now, note=TOP_UP if bought else None)
    ids, rows = {"purchase": purchase.id, "order": number}, _names(command, number)
    touched, names = (purchase, balance, *bought), {"directory": rows}
    return journal.record(*touched, context=context, ids=ids, inserts=names)


@handler
def decline_purchase(
    journal: Journal, command: DeclinePurchase, context: Context
) -> Recorded:
    """Record a refused card, unless it no longer matters. Raises NoSuchPurchase."""
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.decline(command.attempt_id, command.code)
    return journal.record_any(purchase, context=context)


@handler
def expire_purchase(
    journal: Journal, command: ExpirePurchase, context: Context
) -> Recorded:
    """Record a checkout that ran out, unless it is over. Raises NoSuchPurchase."""
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.expire(command.checkout_id)
    if not purchase.pending_events:
        return journal.unchanged(purchase)
    return _record_unpaid(journal, purchase, "authentication", context)


@handler
def cancel_purchase(
    journal: Journal, command: CancelPurchase, context: Context
) -> Recorded:
    """Give it up. Raises NoSuchPurchase, AlreadyPaid, PurchaseClosed, in this order."""
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.cancel()
    return _record_unpaid(journal, purchase, "cancelled", context)


def _record_unpaid(
    journal: Journal, purchase: Purchase, why: Why, context: Context
) -> Recorded:
    """Record that a purchase will not be paid; top-up pauses if it was one of its."""
    top_up = known_top_up(journal, purchase.account_id)
    if top_up is None or not top_up.is_open(purchase.id):
        return journal.record(purchase, context=context)
    balance = balance_now(journal, purchase.account_id)
    top_up.give_up(purchase.id, why)
    follow(balance, top_up, context.now)
    return journal.record(
        purchase,
        *pending(top_up, balance),
        context=context,
        changes=[watched(top_up, context.now)],
    )


def credits_in_words(credits: int, language: str) -> str:
    """Return so many credits as a document's line names them."""
    count = f"{credits:,}".replace(",", GROUPS[language])
    return DESCRIPTIONS[language].format(credits=count)


def processor_context(now: datetime, key: str) -> Context:
    """Return the envelope of a command in the processor's name."""
    return Context(
        principal="processor",
        key=key,
        actor=Actor("processor", "stripe"),
        now=now,
        correlation_id=uuid4(),
    )


def purchase_of(journal: Journal, account_id: UUID, purchase_id: UUID) -> Purchase:
    """Return the account's purchase; another account's is as unknown as none.

    Raises NoSuchPurchase.
    """
    unknown = NoSuchPurchase(purchase_id=purchase_id)
    return owned(journal.load, Purchase, purchase_id, account_id, unknown)


def _payment(command: SettlePurchase) -> Payment:
    return Payment(
        customer_id=command.customer_id,
        checkout_id=command.checkout_id,
        payment_intent_id=command.payment_intent_id,
        charge_id=command.charge_id,
    )


def _grant_bought(
    balance: CreditBalance, purchase: Purchase, now: datetime, note: str | None
) -> None:
    """Grant a lot for each item of credits, at the price paid for it."""
    for index, item in enumerate(purchase.items):
        if item["credits"] is not None:
            terms = lot_terms(
                item["credits"],
                now,
                net_minor=item["net_minor"],
                tax_minor=item["tax_minor"],
                currency=purchase.currency,
                source_kind="purchase",
                source_id=str(purchase.id),
            )
            balance.grant(uuid5(purchase.id, f"lot {index}"), terms, note)


def _names(command: SettlePurchase, number: int) -> list[tuple[str, str, UUID, UUID]]:
    """Return the directory rows by which the outside will speak of the payment."""
    names = (
        ("order_number", str(number)),
        ("stripe_payment_intent", command.payment_intent_id),
        ("stripe_charge", command.charge_id),
    )
    return [
        (kind, name, command.account_id, command.purchase_id) for kind, name in names
    ]
