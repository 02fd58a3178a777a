"""Sending domains of an account, and what became of each, fact by fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from uuid import UUID

from ledger import domain_facts
from ledger.aggregate import Aggregate
from ledger.journal import Fact, Place
from ledger.journal.rows import Rows
from projections.view import Listed, View, surprise

ADD = """
INSERT INTO sending_domains (account_id, generation, domain_id, position, name,
    name_key_id, label, state, since, added_at)
VALUES (%(account)s, %(generation)s, %(domain)s, %(position)s, %(name)s, %(key)s,
    %(label)s, 'pending', %(when)s, %(when)s)"""
THIS_ONE = (
    " position = %(position)s WHERE account_id = %(account)s"
    " AND generation = %(generation)s AND domain_id = %(domain)s"
)
BECOME = (
    "UPDATE sending_domains SET state = %(state)s, since = %(when)s,"
    f" missing = %(missing)s,{THIS_ONE}"
)
CONTEST = f"UPDATE sending_domains SET contest_until = %(until)s,{THIS_ONE}"
NOTE = """
INSERT INTO sending_domain_changes (account_id, generation, domain_id, position,
    number, what, why, at)
SELECT %(account)s, %(generation)s, %(domain)s, %(position)s,
    coalesce(max(number), 0) + 1, %(what)s, %(why)s, %(when)s
FROM sending_domain_changes WHERE account_id = %(account)s
    AND generation = %(generation)s AND domain_id = %(domain)s"""

OF_ACCOUNT = " WHERE account_id = %(account)s AND generation = %(generation)s"
DOMAINS = (
    "SELECT domain_id, name, name_key_id, label, state, since, added_at, missing,"
    f" contest_until FROM sending_domains{OF_ACCOUNT} AND state <> 'removed'"
    " ORDER BY added_at, domain_id"
)
OF_DOMAIN = f"{OF_ACCOUNT} AND domain_id = %(domain)s"
CHANGES = (
    f"SELECT number, what, why, at FROM sending_domain_changes{OF_DOMAIN}"
    " AND number < %(before)s ORDER BY number DESC LIMIT %(size)s"
)
TOTAL = f"SELECT coalesce(max(number), 0) FROM sending_domain_changes{OF_DOMAIN}"


@dataclass(frozen=True, kw_only=True)
class DomainRow:
    """A domain that was not removed; its name is unknown once the person is erased.

    `missing` are the kinds of records that a degraded one lacks.
    """

    domain_id: UUID
    name: str | None
    label: str
    state: str
    since: datetime
    added_at: datetime
    missing: Sequence[str]
    contest_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """What became of a domain: the last word of its topic, and why."""

    number: int
    what: str
    why: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Domains:
    """The domains of an account, and the place in the journal the list stands at."""

    rows: Sequence[DomainRow]
    place: Place
    parked: bool


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A row as it lies in the table."""

    domain_id: UUID
    name: bytes | None
    name_key_id: UUID | None
    label: str
    state: str
    since: datetime
    added_at: datetime
    missing: list[str]
    contest_until: datetime | None


class DomainsView(View):
    """What to show; who holds a name is decided by rows of its own."""

    name = "domains"
    nouns = frozenset({"domains"})
    tables = ("sending_domains", "sending_domain_changes")

    def domains(self, account_id: UUID) -> Domains:
        """Return the account's domains that were not removed, the oldest first."""
        with self.reading(account_id) as reading:
            rows = reading.rows(_Stored, DOMAINS)
        return Domains(
            rows=[self._shown(account_id, row) for row in rows],
            place=reading.place,
            parked=reading.parked,
        )

    def changes(
        self, account_id: UUID, domain_id: UUID, *, before: int | None = None, size: int
    ) -> Listed[ChangeRow]:
        """Return what became of a domain, newest first."""
        with self.reading(account_id) as reading:
            total = reading.figure(TOTAL, domain=domain_id)
            first = before if before is not None else total + 1
            named = {"domain": domain_id, "before": first, "size": size}
            rows = reading.rows(ChangeRow, CHANGES, **named)
            return reading.listed(rows, [row.number for row in rows], total, size)

    def _shown(self, account_id: UUID, row: _Stored) -> DomainRow:
        return DomainRow(
            domain_id=row.domain_id,
            name=self.open(account_id, "name", row.name, row.name_key_id),
            label=row.label,
            state=row.state,
            since=row.since,
            added_at=row.added_at,
            missing=row.missing,
            contest_until=row.contest_until,
        )

    def _become(
        self,
        fact: Fact,
        rows: Rows,
        state: str,
        at: datetime,
        why: str | None = None,
        missing: Sequence[str] = (),
    ) -> None:
        rows.write(
            BECOME,
            fact,
            domain=fact.stream_id,
            state=state,
            when=at,
            missing=list(missing),
        )
        self._note(fact, rows, at, why)

    def _contest(
        self,
        fact: Fact,
        rows: Rows,
        until: datetime | None,
        at: datetime,
        why: str | None = None,
    ) -> None:
        rows.write(CONTEST, fact, domain=fact.stream_id, until=until)
        self._note(fact, rows, at, why)

    @staticmethod
    def _note(fact: Fact, rows: Rows, at: datetime, why: str | None) -> None:
        what = fact.topic.partition(".")[2]
        rows.write(NOTE, fact, domain=fact.stream_id, what=what, why=why, when=at)

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: domain_facts.Added, fact: Fact, rows: Rows) -> None:
        name = self.seal(fact.account_id, event.purpose(), "name", event.name)
        rows.write(
            ADD,
            fact,
            domain=fact.stream_id,
            name=name.data,
            key=name.key_id,
            label=event.label,
            when=event.at,
        )
        self._note(fact, rows, event.at, None)

    @post.register
    def _(self, event: domain_facts.Verified, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, "verified", event.at)

    @post.register
    def _(self, event: domain_facts.Degraded, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, "degraded", event.at, missing=event.missing)

    @post.register
    def _(self, event: domain_facts.Recovered, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, "verified", event.at)

    @post.register
    def _(self, event: domain_facts.Failed, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, "failed", event.at, event.why)
        rows.write(CONTEST, fact, domain=fact.stream_id, until=None)

    @post.register
    def _(self, event: domain_facts.Resumed, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, "pending", event.at)

    @post.register
    def _(self, event: domain_facts.Removed, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, "removed", event.at, event.why)
        rows.write(CONTEST, fact, domain=fact.stream_id, until=None)

    @post.register
    def _(self, event: domain_facts.ContestOpened, fact: Fact, rows: Rows) -> None:
        self._contest(fact, rows, event.until, event.at)

    @post.register
    def _(self, event: domain_facts.Contested, fact: Fact, rows: Rows) -> None:
        self._contest(fact, rows, event.until, event.at)

    @post.register
    def _(self, event: domain_facts.ContestEnded, fact: Fact, rows: Rows) -> None:
        self._contest(fact, rows, None, event.at, event.outcome)

    @post.register
    def _(self, event: domain_facts.Transferred, fact: Fact, rows: Rows) -> None:
        self._become(fact, rows, "failed", event.at, event.how)
        rows.write(CONTEST, fact, domain=fact.stream_id, until=None)
