"""The purchases of automatic top-up, each step of theirs as it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal, cast
from uuid import UUID

from commands.plans import subscription_of
from commands.purchases import credits_in_words, purchase_of
from commands.top_up_notes import balance_now, follow, known_top_up, pending, watched
from ledger.accounts import UNLIMITED, Account
from ledger.catalogue import Catalogue, Pack
from ledger.items import pack_item
from ledger.journal import Context, Journal, Recorded, handler
from ledger.purchases import Purchase
from ledger.refusals import NoSuchPack
from ledger.top_up_terms import Why, month_of
from ledger.top_ups import TopUp


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What is sold, in which zone a month begins, and where a payer comes back to.

    The addresses have `{purchase_id}` in the place of the purchase.
    """

    catalogue: Catalogue
    zone: tzinfo
    success_url: str
    cancel_url: str


@dataclass(frozen=True, kw_only=True)
class BeginTopUp:
    """Buy a pack with the saved card if credits are low and nothing is in the way."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class OpenCharge:
    """Note the payment by which the saved card can pay."""

    account_id: UUID
    purchase_id: UUID
    payment_intent_id: str


@dataclass(frozen=True, kw_only=True)
class FailCharge:
    """Note that the saved card did not pay."""

    account_id: UUID
    purchase_id: UUID
    attempt_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Let the purchase be paid on the processor's page alone.

    With `code` the attempt before was refused for it.
    """

    account_id: UUID
    purchase_id: UUID
    why: Literal["authentication", "by_hand"]
    attempt_id: str | None = None
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """Note that the purchase will not be paid."""

    account_id: UUID
    purchase_id: UUID
    why: Why | Literal["not_needed"]


@handler
def begin_top_up(
    journal: Journal, command: BeginTopUp, context: Context, shop: Shop
) -> Recorded:
    """Record a purchase at today's price; its id stands in `ids["purchase"]`.

    What is in its way, a dearer pack or the cap, is recorded; or nothing, where
    nothing is to be bought. Raises NoSuchAccount.
    """
    top_up = known_top_up(journal, command.account_id)
    account = journal.fresh(Account, command.account_id)
    if top_up is None or top_up.open is not None:
        return journal.unchanged(account)
    if not may_buy(journal, account, top_up, context):
        return journal.unchanged(account)
    purchase = _begun(journal, account, top_up, context, shop)
    balance = balance_now(journal, account.id)
    follow(balance, top_up, context.now)
    touched = pending(purchase, top_up, balance)
    if not touched:
        return journal.unchanged(top_up)
    ids = {} if purchase is None else {"purchase": purchase.id}
    changes = [watched(top_up, context.now)]
    return journal.record(*touched, context=context, ids=ids, changes=changes)


def may_buy(
    journal: Journal, account: Account, top_up: TopUp, context: Context
) -> bool:
    """Whether the account buys by itself now, were its credits low."""
    if top_up.watching is None or account.closed or account.disabled:
        return False
    plan = subscription_of(journal, account.id, "plan", fresh=True)
    return account.plan != UNLIMITED or plan.status(context.now) == "none"


def _begun(
    journal: Journal, account: Account, top_up: TopUp, context: Context, shop: Shop
) -> Purchase | None:
    """Return the purchase that begins; None where it may not, or need not."""
    assert top_up.terms is not None
    rule = shop.catalogue.tax_for(account.country)
    try:
        pack: Pack = shop.catalogue.pack(top_up.terms["sku"], top_up.terms["currency"])
    except NoSuchPack:
        top_up.pause("not_sold")
        return None
    total = pack.total(rule).minor
    if total > top_up.terms["total_minor"]:
        top_up.pause("dearer", total)
        return None
    available = balance_now(journal, account.id).available(context.now)
    if available >= top_up.terms["threshold"]:
        return None
    purchase_id, month = context.new_id("purchase"), month_of(context.now, shop.zone)
    if not top_up.begin(purchase_id, total, month):
        return None
    language = "fr" if account.language == "fr" else "en"
    return Purchase.start(
        purchase_id,
        account.id,
        [pack_item(pack, rule, credits_in_words(pack.credits, language))],
        currency=pack.currency,
        catalogue_version=shop.catalogue.version,
        language=cast("Literal['en', 'fr']", language),
    )


@handler
def open_charge(journal: Journal, command: OpenCharge, context: Context) -> Recorded:
    """Record the payment; a purchase that has one keeps it. Raises NoSuchPurchase."""
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    top_up = known_top_up(journal, command.account_id)
    if top_up is None:
        return journal.unchanged(purchase)
    top_up.open_charge(purchase.id, command.payment_intent_id)
    return journal.record_any(top_up, context=context)


@handler
def fail_charge(journal: Journal, command: FailCharge, context: Context) -> Recorded:
    """Record a refusal, and after the last one that nothing more is tried.

    Raises NoSuchPurchase.
    """
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    top_up = known_top_up(journal, command.account_id)
    if top_up is None or not top_up.is_open(purchase.id):
        return journal.unchanged(purchase)
    now = context.now
    top_up.fail(purchase.id, command.attempt_id, command.code, now)
    purchase.decline(command.attempt_id, command.code)
    if not top_up.is_open(purchase.id):
        purchase.cancel()
    return _record(journal, purchase, top_up, context)


@handler
def hand_over(journal: Journal, command: HandOver, context: Context) -> Recorded:
    """Record that the saved card pays no more for it. Raises NoSuchPurchase."""
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    top_up = known_top_up(journal, command.account_id)
    if top_up is None or not top_up.is_open(purchase.id):
        return journal.unchanged(purchase)
    top_up.hand_over(purchase.id, command.why)
    if command.attempt_id is not None and command.code is not None:
        purchase.decline(command.attempt_id, command.code)
    return _record(journal, purchase, top_up, context)


@handler
def give_up(journal: Journal, command: GiveUp, context: Context) -> Recorded:
    """Record that it will not be paid; its amount counts no more.

    Raises NoSuchPurchase.
    """
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    top_up = known_top_up(journal, command.account_id)
    if top_up is None or not top_up.is_open(purchase.id):
        return journal.unchanged(purchase)
    top_up.give_up(purchase.id, command.why)
    if purchase.status == "open":
        purchase.cancel()
    return _record(journal, purchase, top_up, context)


def _record(
    journal: Journal, purchase: Purchase, top_up: TopUp, context: Context
) -> Recorded:
    """Record what was decided, if anything was; the balance watches accordingly."""
    balance = balance_now(journal, purchase.account_id)
    follow(balance, top_up, context.now)
    touched = pending(top_up, purchase, balance)
    if not touched:
        return journal.unchanged(purchase)
    changes = [watched(top_up, context.now)]
    ids = {"purchase": purchase.id}
    return journal.record(*touched, context=context, ids=ids, changes=changes)
