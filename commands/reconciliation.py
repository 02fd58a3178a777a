"""The processor's books against ours, day by day and both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from commands.checkouts import settle_checkout
from commands.gateways.processor import Movement, Payments
from commands.purchases import purchase_of
from commands.reconciliation_reports import (
    Difference,
    Report,
    days_without_report,
    keep_report,
)
from commands.reversals import settle_reversals
from ledger.aggregate import SYSTEM
from ledger.journal import Fact, Journal, Reader
from ledger.purchase_facts import (
    DisputeOpened,
    Paid,
    Refunded,
)
from ledger.purchases import Purchase
from ledger.refusals import NoSuchPurchase, Refusal

BATCH_FACTS = 5_000
RECORDED_WITHIN = timedelta(days=3)
"""How long after a day its money may have been recorded and still is looked for."""
Key = tuple[str, str]
"""Kind and the processor's id."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one of the books says: the amount is positive where money came."""

    kind: str
    name: str
    account_id: UUID
    amount_minor: int
    currency: str


def reconcile(
    journal: Journal, reader: Reader, payments: Payments, day: date, now: datetime
) -> Report:
    """Compare a day (UTC) both ways, settle what was news to us, and keep the report.

    Raises PaymentsUnreachable, PaymentRefused.
    """
    since = datetime.combine(day, time(), UTC)
    until = since + timedelta(days=1)
    theirs = {
        (one.kind, one.name): one
        for one in payments.movements(since, until)
        if one.kind != "other"
    }
    ours = {
        (one.kind, one.name): one for one in recorded(journal, reader, since, until)
    }
    settled = 0
    for key, movement in theirs.items():
        entry = ours.get(key) or _recorded_elsewhere(journal, movement)
        if entry is None and _settle(journal, payments, movement, now):
            entry = _recorded_elsewhere(journal, movement)
            settled += entry is not None
        if entry is not None:
            ours[key] = entry
    found = list(differences(ours, theirs))
    report = Report(day=day, movements=len(theirs), settled=settled, differences=found)
    keep_report(journal, report, now)
    return report


def reconcile_due(
    journal: Journal, reader: Reader, payments: Payments, now: datetime
) -> int:
    """Reconcile yesterday once, two hours after it was over; return how many.

    Done by two at a time it comes to the same.
    """
    day = (now - timedelta(days=1, hours=2)).date()
    due = days_without_report(journal, [day])
    for one in due:
        reconcile(journal, reader, payments, one, now)
    return len(due)


def differences(
    ours: dict[Key, Entry], theirs: dict[Key, Movement]
) -> Iterator[Difference]:
    """Yield what only one has, and where the amounts differ, in order of the ids."""
    for key in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(key), theirs.get(key)
        if here and there and here.amount_minor == there.amount_minor:
            continue
        known = here or there
        assert known is not None
        yield Difference(
            kind=key[0],
            name=key[1],
            what="amount"
            if here and there
            else ("missing there" if here else "missing here"),
            account_id=known.account_id or SYSTEM,
            ours_minor=here.amount_minor if here else None,
            theirs_minor=there.amount_minor if there else None,
            currency=known.currency,
        )


def recorded(
    journal: Journal, reader: Reader, since: datetime, until: datetime
) -> Iterator[Entry]:
    """Yield what our journal says about money that moved in a time."""
    with journal.connections.for_account(SYSTEM) as connection:
        after, last = _places(journal, since, until + RECORDED_WITHIN)
        while True:
            facts = list(reader.batch(connection, after, BATCH_FACTS))
            for fact in facts:
                if fact.topic.startswith("purchases."):
                    yield from _entries(journal, fact, since, until)
            if not facts or (last is not None and facts[-1].position >= last):
                return
            after = facts[-1].position


def _places(
    journal: Journal, since: datetime, until: datetime
) -> tuple[int, int | None]:
    """Return the positions between which facts of that time were recorded."""
    sql = (
        "SELECT (SELECT horizon FROM moments WHERE noted_at <= %s"
        " ORDER BY minute DESC LIMIT 1), (SELECT horizon FROM moments"
        " WHERE noted_at >= %s ORDER BY minute LIMIT 1)"
    )
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(sql, (since, until)).fetchone()
    assert row is not None
    return row[0] or 0, row[1]


def _entries(
    journal: Journal, fact: Fact, since: datetime, until: datetime
) -> Iterator[Entry]:
    event = fact.event
    if isinstance(event, Paid) and since <= event.paid_at < until:
        named = ("charge", event.charge_id)
        yield _entry(fact, named, event.amount_minor, event.currency)
    elif isinstance(event, Refunded) and since <= event.refunded_at < until:
        named = ("refund", event.processor_refund_id)
        yield _entry(fact, named, -event.amount_minor, event.currency)
    elif isinstance(event, DisputeOpened) and since <= event.opened_at < until:
        named = ("dispute", event.dispute_id)
        yield _entry(fact, named, -event.amount_minor, event.currency)


def _entry(fact: Fact, named: Key, amount_minor: int, currency: str) -> Entry:
    return Entry(
        kind=named[0],
        name=named[1],
        account_id=fact.account_id,
        amount_minor=amount_minor,
        currency=currency,
    )


def _recorded_elsewhere(journal: Journal, movement: Movement) -> Entry | None:
    """Return what the purchase of a charge says, whenever that was recorded."""
    purchase = _purchase(journal, movement)
    if purchase is None or purchase.payment is None:
        return None
    amount = _amounts(purchase).get((movement.kind, movement.name))
    if amount is None:
        return None
    return Entry(
        kind=movement.kind,
        name=movement.name,
        account_id=purchase.account_id,
        amount_minor=amount,
        currency=purchase.currency,
    )


def _amounts(purchase: Purchase) -> dict[Key, int]:
    """Return what a purchase says of every movement of its money."""
    assert purchase.payment is not None
    found = {("charge", purchase.payment.charge_id): purchase.total.minor}
    for key, refund in purchase.refunds.items():
        name = refund.processor_id or key
        if refund.status == "succeeded" or refund.came_back:
            found["refund", name] = -refund.amount_minor
        if refund.came_back:
            found["refund_failure", name] = refund.amount_minor
    for name, dispute in purchase.disputes.items():
        found["dispute", name] = -dispute.amount_minor
        if dispute.status == "won":
            found["dispute_won", name] = dispute.amount_minor
    return found


def _purchase(journal: Journal, movement: Movement) -> Purchase | None:
    named = (movement.account_id, movement.purchase_id)
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT account_id, stream_id FROM directory"
            " WHERE kind = 'stripe_charge' AND name = %s",
            (movement.charge,),
        ).fetchone()
    account_id, purchase_id = row or named
    if account_id is None or purchase_id is None:
        return None
    try:
        return purchase_of(journal, account_id, purchase_id)
    except NoSuchPurchase:
        return None


def _settle(
    journal: Journal, payments: Payments, movement: Movement, now: datetime
) -> bool:
    """Record what we had not been told; False where nobody knows whose it is."""
    purchase = _purchase(journal, movement)
    if purchase is None:
        return False
    whose = (purchase.account_id, purchase.id)
    try:
        if purchase.payment is None and purchase.checkout_id is not None:
            checkout_id = purchase.checkout_id
            settle_checkout(journal, payments, *whose, checkout_id, now)
        settle_reversals(journal, payments, *whose, now)
    except Refusal:  # a second charge, another amount: it stays a difference
        return False
    return True
