"""Keep every view up to date, wait for one, and tell how far each is behind."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any
from uuid import UUID

from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.journal import Connections, Reader, Vault, consumers
from ledger.journal.consumers import Lag, Parked
from ledger.journal.following import Follower
from ledger.journal.positions import CELL
from projections.accounts import AccountsView
from projections.credits import CreditsView
from projections.domains import DomainsView
from projections.newsletter import NewsletterView
from projections.purchases import PurchasesView
from projections.receipt_list import ReceiptsView
from projections.sessions import SessionsView
from projections.tracking import TrackingView
from projections.usage import UsageView
from projections.view import View

WAIT_SECONDS = 2.0
"""How long a page waits for the effect of its own command."""
POLL_SECONDS = 0.004

REACHED = """
SELECT count(*) = cardinality(%(names)s::text[]) FROM consumer_positions p
WHERE p.consumer = ANY(%(names)s) AND p.cell = %(cell)s AND p.state = 'live'
  AND p.position >= %(position)s AND NOT EXISTS (
    SELECT FROM consumer_parked k WHERE k.account_id = %(account)s
      AND k.consumer = p.consumer AND k.generation = p.generation
      AND k.position <= %(position)s)"""


class Views:
    """Every view there is, by name."""

    def __init__(self, connections: Connections, vault: Vault) -> None:
        self.connections = connections
        self.accounts = AccountsView(connections, vault)
        self.credits = CreditsView(connections, vault)
        self.domains = DomainsView(connections, vault)
        self.newsletter = NewsletterView(connections, vault)
        self.purchases = PurchasesView(connections, vault)
        self.receipts = ReceiptsView(connections, vault)
        self.sessions = SessionsView(connections, vault)
        self.tracking = TrackingView(connections, vault)
        self.usage = UsageView(connections, vault)

    @property
    def all(self) -> dict[str, View]:
        """The views by name."""
        found = (value for value in vars(self).values() if isinstance(value, View))
        return {view.name: view for view in found}

    def follower(self, reader: Reader) -> Follower:
        """Return what keeps all of them up to date."""
        return Follower(reader, list(self.all.values()))

    def wait_until(
        self,
        names: Collection[str],
        account_id: UUID,
        position: int,
        seconds: float = WAIT_SECONDS,
    ) -> bool:
        """Wait until these views contain the account's fact at this position.

        False after so many seconds: then it is recorded, and shown in a moment.
        """
        limit, pause = time.monotonic() + seconds, POLL_SECONDS
        while True:
            with self.connections.for_account(account_id) as connection:
                if reached(connection, names, account_id, position):
                    return True
            if time.monotonic() + pause > limit:
                return False
            time.sleep(pause)
            pause = min(pause * 1.3, 0.05)

    def lags(self) -> list[Lag]:
        """Return how far each view is behind."""
        with self.connections.for_account(SYSTEM) as connection:
            return consumers.lags(connection, list(self.all))

    def parked(self) -> list[Parked]:
        """Return the accounts that wait, the earliest first."""
        with self.connections.for_account(SYSTEM) as connection:
            return consumers.parked(connection, list(self.all))

    def unpark(self, name: str, account_id: UUID) -> bool:
        """Ask the follower to try again; tell whether the account was parked.

        Raises KeyError for a view that there is not.
        """
        view = self.all[name]
        with self.connections.for_account(account_id) as connection:
            return consumers.unpark(connection, view.name, account_id)


def reached(
    connection: Connection[Any],
    names: Collection[str],
    account_id: UUID,
    position: int,
) -> bool:
    """Whether all these views contain the account's facts up to this position."""
    values = {
        "names": list(names),
        "cell": CELL,
        "account": account_id,
        "position": position,
    }
    row = connection.execute(REACHED, values, prepare=True).fetchone()
    assert row is not None
    return bool(row[0])
