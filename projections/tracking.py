"""The hosts that an account's links carry, or carried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from uuid import UUID

from ledger import tracking_facts
from ledger.aggregate import Aggregate
from ledger.journal import Fact, Place
from ledger.journal.rows import Rows
from projections.view import View, surprise

ISSUE = """
INSERT INTO tracking_hosts (account_id, generation, host_id, position, host,
    host_key_id, target, state, since)
VALUES (%(account)s, %(generation)s, %(id)s, %(position)s, %(host)s, %(key)s,
    %(target)s, 'pending', %(when)s)"""
THIS_ONE = (
    " position = %(position)s WHERE account_id = %(account)s"
    " AND generation = %(generation)s AND host_id = %(id)s"
)
BECOME = (
    "UPDATE tracking_hosts SET state = %(state)s, since = %(when)s, why = %(why)s,"
    f"{THIS_ONE}"
)
CHOOSE = f"UPDATE tracking_hosts SET chosen_at = %(when)s,{THIS_ONE}"
HOSTS = (
    "SELECT host_id, host, host_key_id, target, state, since, why, chosen_at"
    " FROM tracking_hosts WHERE account_id = %(account)s"
    " AND generation = %(generation)s AND state <> 'released'"
    " ORDER BY chosen_at DESC NULLS LAST, since DESC, host_id"
)


@dataclass(frozen=True, kw_only=True)
class HostRow:
    """A host; one without `chosen_at` was cleared. `why` says how it was lost."""

    host_id: UUID
    host: str | None
    target: str
    state: str
    since: datetime
    why: str | None
    chosen_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """An account's hosts, the chosen one first, and where the list stands."""

    rows: Sequence[HostRow]
    place: Place
    parked: bool

    @property
    def current(self) -> HostRow | None:
        """The host that new links are to carry."""
        chosen = [row for row in self.rows if row.chosen_at is not None]
        return chosen[0] if chosen else None


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A row as it lies in the table."""

    host_id: UUID
    host: bytes | None
    host_key_id: UUID | None
    target: str
    state: str
    since: datetime
    why: str | None
    chosen_at: datetime | None


class TrackingView(View):
    """What to show; what is answered under a host is decided by its stream."""

    name = "tracking"
    nouns = frozenset({"tracking_domains"})
    tables = ("tracking_hosts",)

    def hosts(self, account_id: UUID) -> Hosts:
        """Return the account's hosts, the chosen one first."""
        with self.reading(account_id) as reading:
            rows = reading.rows(_Stored, HOSTS)
        return Hosts(
            rows=[self._shown(account_id, row) for row in rows],
            place=reading.place,
            parked=reading.parked,
        )

    def _shown(self, account_id: UUID, row: _Stored) -> HostRow:
        return HostRow(
            host_id=row.host_id,
            host=self.open(account_id, "host", row.host, row.host_key_id),
            target=row.target,
            state=row.state,
            since=row.since,
            why=row.why,
            chosen_at=row.chosen_at,
        )

    @staticmethod
    def _become(
        fact: Fact,
        rows: Rows,
        host_id: UUID,
        state: str,
        at: datetime,
        why: str | None = None,
    ) -> None:
        rows.write(BECOME, fact, id=host_id, state=state, when=at, why=why)

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: tracking_facts.Opened, fact: Fact, rows: Rows) -> None:
        pass

    @post.register
    def _(self, event: tracking_facts.TargetIssued, fact: Fact, rows: Rows) -> None:
        host = self.seal(fact.account_id, event.purpose(), "host", event.host)
        rows.write(
            ISSUE,
            fact,
            id=event.host_id,
            host=host.data,
            key=host.key_id,
            target=event.target,
            when=event.at,
        )

    @post.register
    def _(self, event: tracking_facts.Chosen, fact: Fact, rows: Rows) -> None:
        rows.write(CHOOSE, fact, id=event.host_id, when=event.at)

    @post.register
    def _(self, event: tracking_facts.Cleared, fact: Fact, rows: Rows) -> None:
        rows.write(CHOOSE, fact, id=event.host_id, when=None)

    @post.register
    def _(self, event: tracking_facts.Verified, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, event.host_id, "verified", event.at)

    @post.register
    def _(self, event: tracking_facts.Lost, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, event.host_id, "lost", event.at, event.why)

    @post.register
    def _(self, event: tracking_facts.Released, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, event.host_id, "released", event.at)
