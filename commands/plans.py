"""Which plan an account sends under: credits, or contacts of a period."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from commands.owners import owner
from ledger.accounts import UNLIMITED, Account
from ledger.journal import Journal
from ledger.refusals import PlanDiffers
from ledger.subscription_terms import Product
from ledger.subscriptions import Subscription

Kind = Literal["credits", "period"]


def require_account(
    journal: Journal, account_id: UUID, *, closed_too: bool = False
) -> Account:
    """Return the verified account. Raises NoSuchAccount, AccountClosed."""
    return owner(journal, account_id, journal.load, closed_too=closed_too)


def subscription_of(
    journal: Journal, account_id: UUID, product: Product, *, fresh: bool = False
) -> Subscription:
    """Return the account's subscription to a product; a new one if it had none."""
    load = journal.fresh if fresh else journal.load
    try:
        return load(Subscription, Subscription.create_id(account_id, product))
    except KeyError:
        return Subscription(account_id=account_id, product=product)


def kind_of(journal: Journal, account: Account, now: datetime) -> Kind:
    """Return what is held for a campaign of the account.

    The plan that the account was told of is asked first, since most have none; its end
    needs no news.
    """
    if account.plan != UNLIMITED:
        return "credits"
    plan = subscription_of(journal, account.id, "plan")
    return "credits" if plan.status(now) == "none" else "period"


def require_plan(
    journal: Journal, account_id: UUID, kind: Kind, now: datetime
) -> Account:
    """Return the account. Raises NoSuchAccount, AccountClosed, PlanDiffers."""
    account = require_account(journal, account_id)
    right = kind_of(journal, account, now)
    if right != kind:
        raise PlanDiffers(holds=right)
    return account
