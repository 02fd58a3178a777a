"""The stream of automatic top-up beside those of purchases and credits."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from commands.plans import require_account
from ledger.aggregate import Aggregate
from ledger.credits import CreditBalance
from ledger.journal import Change, Context, Journal, Recorded, VersionConflict
from ledger.purchases import Purchase
from ledger.top_up_terms import Why
from ledger.top_ups import TopUp

TOP_UP = "top-up"
"""The note of a lot that was bought so."""
ASK_AFTER = timedelta(minutes=2)
"""How long we wait to be told before we ask the processor ourselves."""
PAGE_AGAIN = timedelta(minutes=10)
DAILY, HOURLY = timedelta(days=1), timedelta(hours=1)
"""How often it is looked at where nothing is under way: credits may have expired and
prices changed; where the cap is reached, a month may have begun."""
NEVER = timedelta(days=36_500)
WATCHED = """
INSERT INTO watched_top_ups (account_id, ask_at) VALUES (%s, %s)
ON CONFLICT ON CONSTRAINT watched_top_ups_one DO UPDATE SET ask_at = excluded.ask_at"""


def top_up_of(journal: Journal, account_id: UUID) -> TopUp:
    """Return the account's automatic top-up; a new one if it had none.

    Past every cache: what is decided from an old state and recorded meets a conflict,
    but what is then left undone would meet none.
    """
    try:
        return journal.fresh(TopUp, TopUp.create_id(account_id))
    except KeyError:
        return TopUp(account_id=account_id)


def known_top_up(journal: Journal, account_id: UUID) -> TopUp | None:
    """Return the account's automatic top-up; None where there never was one.

    Raises NoSuchAccount.
    """
    require_account(journal, account_id, closed_too=True)
    try:
        return journal.fresh(TopUp, TopUp.create_id(account_id))
    except KeyError:
        return None


def watched(top_up: TopUp, now: datetime) -> Change:
    """Return the change that has it looked at again in time."""
    row = (top_up.account_id, next_look(top_up, now))
    return Change(sql=WATCHED, params=row, refusal=VersionConflict())


def watch(journal: Journal, account_id: UUID, now: datetime) -> None:
    """Note when to look next, whether or not anybody tells us before."""
    top_up = top_up_of(journal, account_id)
    with journal.connections.for_account(account_id) as connection:
        connection.execute(WATCHED, (account_id, next_look(top_up, now)))


def next_look(top_up: TopUp, now: datetime) -> datetime:
    """Return when it is to be looked at again."""
    moments = []
    if top_up.open is not None and not top_up.open.by_holder:
        due = top_up.open.next_attempt_at
        moments.append(due if due and due > now else now + ASK_AFTER)
    if top_up.page is not None and now < top_up.page[1] + HOURLY:
        moments.append(now + PAGE_AGAIN)
    if top_up.status == "on":
        moments.append(now + (HOURLY if top_up.capped else DAILY))
    return min(moments, default=now + NEVER)


def balance_now(journal: Journal, account_id: UUID) -> CreditBalance:
    """Return the account's balance past every cache; a new one if it had none."""
    try:
        return journal.fresh(CreditBalance, CreditBalance.create_id(account_id))
    except KeyError:
        return CreditBalance(account_id=account_id)


def follow(balance: CreditBalance, top_up: TopUp, now: datetime) -> None:
    """Let the balance watch for what the top-up waits for."""
    balance.set_top_up(top_up.watching, now)


def pending(*aggregates: Aggregate | None) -> list[Aggregate]:
    """Return those that decided something."""
    return [one for one in aggregates if one is not None and one.pending_events]


def record_watched(
    journal: Journal, top_up: TopUp, *others: Aggregate, context: Context
) -> Recorded:
    """Record what was decided, with the balance that watches and the next look."""
    balance = balance_now(journal, top_up.account_id)
    follow(balance, top_up, context.now)
    touched = pending(top_up, balance, *others)
    if not touched:
        return journal.unchanged(top_up)
    changes = [watched(top_up, context.now)]
    return journal.record(*touched, context=context, changes=changes)


def bought_so(journal: Journal, purchase: Purchase) -> list[Aggregate]:
    """Return the top-up that a paid purchase is of, having noted it; none for others.

    Raises NoSuchAccount.
    """
    top_up = known_top_up(journal, purchase.account_id)
    if top_up is not None:
        top_up.buy(purchase.id)
    return pending(top_up)


def reversed_by(purchase: Purchase) -> Why | None:
    """Return why what a purchase has just decided pauses top-up; None if it does not.

    Whoever asks his money back, or whose bank does, is not charged by himself. News of
    a refund that we asked for is none.
    """
    for fact in purchase.pending_events:
        if isinstance(fact, Purchase.DisputeOpened):
            return "disputed"
        if isinstance(fact, Purchase.RefundProposed):
            return "refunded"
        if isinstance(fact, Purchase.RefundSent | Purchase.Refunded):
            return "refunded" if fact.key == fact.processor_refund_id else None
    return None
