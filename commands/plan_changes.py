"""Changing a subscription: another tier, its end, and that undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from commands.gateways.billing import Price
from commands.gateways.processor import Payments
from commands.plans import require_account, subscription_of
from commands.subscription_settling import settle_subscription
from commands.subscriptions import metadata_of, offer_of, price_of
from ledger.catalogue import Catalogue
from ledger.journal import Context, Journal
from ledger.journal.context import command_id
from ledger.refusals import NotSubscribed, PreviewOutdated
from ledger.subscription_terms import (
    Product,
    SubscriptionTerms,
    terms_of,
    total_of,
)
from ledger.subscriptions import Subscription

PREVIEW_LASTS = timedelta(hours=1)
"""How long what was shown may be confirmed: time enough to ask somebody."""


@dataclass(frozen=True, kw_only=True)
class ChangePreview:
    """What another tier costs: today, for the rest of the period, and from the next.

    `at` is the moment that today's amount is counted from; it and the amount are given
    back when the change is confirmed. A smaller tier costs nothing today, and holds
    from the next period on.
    """

    terms: SubscriptionTerms
    at_once: bool
    at: datetime
    today_minor: int
    next_minor: int
    next_at: datetime
    currency: str


@dataclass(frozen=True, kw_only=True)
class ChangeTier:
    """Have another tier, as it was shown."""

    account_id: UUID
    sku: str
    at: datetime
    today_minor: int


def preview_tier(
    journal: Journal,
    payments: Payments,
    catalogue: Catalogue,
    account_id: UUID,
    sku: str,
    at: datetime,
) -> ChangePreview:
    """Return what another tier would cost from that moment on.

    Raises NoSuchAccount, NotSubscribed, SubscriptionEnding, PaymentOverdue,
    ChangeWaits, SameTier, NotSold; PaymentsUnreachable.
    """
    account = require_account(journal, account_id)
    subscription = subscription_of(journal, account_id, "plan", fresh=True)
    subscription.check_change(sku, at)
    assert subscription.terms is not None
    offer = offer_of(catalogue, "plan", sku, subscription.terms["currency"])
    terms = terms_of(offer, catalogue.tax_for(account.country))
    price = price_of("plan", terms, account.language)
    return _shown(payments, subscription, terms, price, at.replace(microsecond=0))


def _shown(
    payments: Payments,
    subscription: Subscription,
    terms: SubscriptionTerms,
    price: Price,
    at: datetime,
) -> ChangePreview:
    assert subscription.terms is not None
    assert subscription.period is not None
    assert subscription.processor_id is not None
    today, bigger = 0, _is_bigger(terms, subscription.terms)
    if bigger:
        id = subscription.processor_id
        today = payments.preview_change(id, price, at).total_minor
    return ChangePreview(
        terms=terms,
        at_once=bigger,
        at=at,
        today_minor=today,
        next_minor=total_of(terms).minor,
        next_at=subscription.period[1],
        currency=terms["currency"],
    )


def change_tier(
    journal: Journal,
    payments: Payments,
    catalogue: Catalogue,
    command: ChangeTier,
    context: Context,
) -> None:
    """Have another tier; done again with the same key it is done once.

    Raises what preview_tier does, PreviewOutdated where the amount is another or was
    shown too long ago, and PaymentRefused where the card does not pay.
    """
    asked = (command.account_id, command.sku)
    if not timedelta(0) <= context.now - command.at <= PREVIEW_LASTS:
        raise PreviewOutdated(shown_minor=command.today_minor)
    shown = preview_tier(journal, payments, catalogue, *asked, command.at)
    if shown.today_minor != command.today_minor:
        raise PreviewOutdated(shown_minor=command.today_minor)
    account = require_account(journal, command.account_id)
    id = _running(journal, command.account_id, "plan", context.now).processor_id
    assert id is not None
    price = price_of("plan", shown.terms, account.language)
    told = metadata_of("plan", shown.terms, catalogue.version, account.language)
    if shown.at_once:
        key = command_id(context.principal, "change_tier", context.key)
        payments.change_now(id, price, told, shown.at, f"change:{key}")
    else:
        payments.change_later(id, price, told)
    settle_subscription(journal, payments, command.account_id, id, context.now)


def keep_tier(
    journal: Journal,
    payments: Payments,
    catalogue: Catalogue,
    account_id: UUID,
    now: datetime,
) -> None:
    """Undo the change to a smaller tier; nothing happens where none waits.

    Raises NoSuchAccount, NotSubscribed; PaymentsUnreachable.
    """
    account = require_account(journal, account_id)
    subscription = _running(journal, account_id, "plan", now)
    if subscription.scheduled is None or subscription.terms is None:
        return
    assert subscription.processor_id is not None
    language, terms = account.language, subscription.terms
    price = price_of("plan", terms, language)
    told = metadata_of("plan", terms, catalogue.version, language)
    payments.change_later(subscription.processor_id, price, told)
    id = subscription.processor_id
    settle_subscription(journal, payments, account_id, id, now)


def end_subscription(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    product: Product,
    now: datetime,
    *,
    ending: bool = True,
) -> None:
    """Let it end with what is paid for, at once if nothing is; or undo that.

    Raises NoSuchAccount, NotSubscribed; PaymentsUnreachable.
    """
    require_account(journal, account_id)
    subscription = _running(journal, account_id, product, now)
    assert subscription.processor_id is not None
    id = subscription.processor_id
    if ending and subscription.status(now) in ("overdue", "blocked"):
        payments.end_now(id)
    else:
        payments.end_later(id, ending)
    settle_subscription(journal, payments, account_id, id, now)


def end_every_subscription(
    journal: Journal, payments: Payments, account_id: UUID, now: datetime
) -> None:
    """End whatever the account subscribes to, now.

    Raises NoSuchAccount, PaymentsUnreachable.
    """
    require_account(journal, account_id, closed_too=True)
    products: tuple[Product, ...] = ("plan", "smtp")
    for product in products:
        id = subscription_of(journal, account_id, product, fresh=True).processor_id
        if id is not None:
            end_now(journal, payments, account_id, id, now)


def end_now(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    processor_id: str,
    now: datetime,
) -> None:
    """End a subscription, whatever is paid for.

    Raises NoSuchAccount, PaymentsUnreachable.
    """
    require_account(journal, account_id, closed_too=True)
    payments.end_now(processor_id)
    settle_subscription(journal, payments, account_id, processor_id, now)


def card_page(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    product: Product,
    return_url: str,
) -> str:
    """Return the address where another card is entered.

    Raises NoSuchAccount, NotSubscribed; PaymentsUnreachable.
    """
    account = require_account(journal, account_id)
    subscription = subscription_of(journal, account_id, product, fresh=True)
    if subscription.customer_id is None:
        raise NotSubscribed(product=product)
    customer = subscription.customer_id
    return payments.card_page(customer, return_url, account.language)


def payment_page(
    journal: Journal, payments: Payments, account_id: UUID, product: Product
) -> str | None:
    """Return the address where an overdue renewal is paid; None where none is due.

    Raises NoSuchAccount; PaymentsUnreachable.
    """
    require_account(journal, account_id)
    subscription = subscription_of(journal, account_id, product, fresh=True)
    if subscription.processor_id is None:
        return None
    state = payments.subscription(subscription.processor_id)
    due = [one for one in state.invoices if one.status == "open"]
    return due[-1].page_url if due else None


def _running(
    journal: Journal, account_id: UUID, product: Product, now: datetime
) -> Subscription:
    subscription = subscription_of(journal, account_id, product, fresh=True)
    subscription.check_running(now)
    return subscription


def _is_bigger(new: SubscriptionTerms, old: SubscriptionTerms) -> bool:
    return (new["contacts"] or 0) > (old["contacts"] or 0)
