"""A journal, all views over it, and a follower that is stepped by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from ledger.aggregate import Aggregate
from ledger.credits import CreditBalance
from ledger.journal import Context, Journal, Reader, Recorded, consumers, handler
from ledger.journal.following import following_connection
from ledger.lots import lot_terms
from projections.follow import Views
from tests.conftest import NOON, context_at


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Anything that an account does; what it is stands beside the command."""

    account_id: UUID


@handler
def act(
    journal: Journal, command: Deed, context: Context, decide: Callable[[], Aggregate]
) -> Recorded:
    """Record what an aggregate has decided."""
    aggregate = decide()
    return journal.record_any(aggregate, context=context)


class Desk:
    """Records facts and keeps the views up to date, step by step."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.reader = Reader(journal.connections, journal.facts)
        self.views = Views(journal.connections, journal.vault)
        self.follower = self.views.follower(self.reader)

    def record(
        self,
        account_id: UUID,
        decide: Callable[[], Aggregate],
        now: datetime = NOON,
        ip: str | None = None,
    ) -> Recorded:
        """Record what is decided, at this moment."""
        context = context_at(now, ip=ip)
        return act(self.journal, Deed(account_id=account_id), context, decide)

    def catch_up(self) -> None:
        """Let every view take all that is recorded."""
        with following_connection(self.journal.connections) as connection:
            consumers.register(connection, list(self.views.all))
            while self.follower.step(connection):
                pass


class Purse:
    """The credits of one new account."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account_id = uuid4()

    @property
    def balance(self) -> CreditBalance:
        """The balance as the journal has it."""
        return self.desk.journal.fresh(
            CreditBalance, CreditBalance.create_id(self.account_id)
        )

    def do(self, decide: Callable[[CreditBalance], None], now: datetime) -> None:
        """Record what the balance decides; the first time it is opened."""

        def decided() -> CreditBalance:
            try:
                balance = self.balance
            except KeyError:
                balance = CreditBalance(account_id=self.account_id)
            decide(balance)
            return balance

        self.desk.record(self.account_id, decided, now)

    def grant(self, credits: int, now: datetime = NOON, **terms: Any) -> UUID:
        """Grant a lot by hand; return its id."""
        note, lot_id = terms.pop("note", None), uuid4()
        named = {
            "net_minor": 0,
            "tax_minor": 0,
            "currency": "EUR",
            "source_kind": "adjustment",
            "source_id": "desk",
            **terms,
        }
        lot = lot_terms(credits, now, **named)
        self.do(lambda balance: balance.grant(lot_id, lot, note), now)
        return lot_id
