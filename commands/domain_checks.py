"""What a look at a domain's records found: decided, scheduled and remembered.

A look that changes nothing is no fact: the latest ones are rows beside the journal,
equal ones in a row counted in one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from commands.domain_contests import Decided, found, missed
from commands.domains import domain_of
from ledger.dns_records import Advice, Finding
from ledger.domain_schedule import next_look
from ledger.domains import Outcome, SendingDomain
from ledger.journal import Actor, Contended, Context, Journal, Recorded, handler
from ledger.refusals import NoSuchDomain

LOOKS = "domain-looks"
"""What the key is for that tells whether two looks found the same."""
CHECKS_KEPT = 20
"""Rows of a domain: at least five days of one that is degraded and flickers."""
MISSED_SQL = (
    "SELECT missed_since FROM watched_domains WHERE account_id = %s AND domain_id = %s"
)
DUE_SQL = "SELECT due_at FROM watched_domains WHERE account_id = %s AND domain_id = %s"
TRIES = 5
"""Looks at one domain that overtake each other are rarer than two at once."""
# Whoever notes a look at the domain, or lets its name go, waits for this row before.
LOCK_SQL = (
    "SELECT FROM watched_domains WHERE account_id = %(account)s"
    " AND domain_id = %(domain)s FOR UPDATE"
)
VERSION_SQL = "SELECT max(version) FROM journal WHERE stream_id = %(domain)s"
SCHEDULE_SQL = """
UPDATE watched_domains SET due_at = %(due)s, missed_since = CASE %(outcome)s
    WHEN 'found' THEN NULL WHEN 'missing' THEN coalesce(missed_since, %(now)s)
    ELSE missed_since END
WHERE account_id = %(account)s AND domain_id = %(domain)s"""
REMEMBER_SQL = """
INSERT INTO domain_checks AS known (account_id, domain_id, first_at, last_at, looks,
    outcome, digest, sealed, key_id)
SELECT %(account)s, %(domain)s, coalesce((SELECT latest.first_at
        FROM (SELECT first_at, digest FROM domain_checks
            WHERE account_id = %(account)s AND domain_id = %(domain)s
            ORDER BY first_at DESC LIMIT 1) AS latest
        WHERE latest.digest = %(digest)s), %(now)s),
    %(now)s, 1, %(outcome)s, %(digest)s, %(sealed)s, %(key)s
ON CONFLICT ON CONSTRAINT domain_checks_one DO UPDATE SET last_at = excluded.last_at,
    looks = known.looks + 1, outcome = excluded.outcome, digest = excluded.digest,
    sealed = excluded.sealed, key_id = excluded.key_id"""
FORGET_SQL = """
DELETE FROM domain_checks WHERE account_id = %(account)s AND domain_id = %(domain)s
    AND first_at NOT IN (SELECT first_at FROM domain_checks
        WHERE account_id = %(account)s AND domain_id = %(domain)s
        ORDER BY first_at DESC LIMIT %(kept)s)"""
CHECKS_SQL = (
    "SELECT first_at, last_at, looks, outcome, sealed, key_id FROM domain_checks"
    " WHERE account_id = %s AND domain_id = %s ORDER BY first_at DESC"
)


@dataclass(frozen=True, kw_only=True)
class RecordCheck:
    """Tell what a look found; `missing` are the kinds of records that were not.

    A domain that failed is looked for anew when somebody `asked` for the look.
    """

    account_id: UUID
    domain_id: UUID
    outcome: Outcome
    missing: tuple[str, ...] = ()
    asked: bool = False


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look saw: a finding for each wanted record, and what is good to know.

    `provider` is the company that seems to keep the zone, `zone` its name.
    """

    findings: list[Finding]
    provider: str | None = None
    zone: str | None = None
    advice: list[Advice] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Check:
    """What looks in a row saw alike, and how many they were."""

    first_at: datetime
    last_at: datetime
    looks: int
    outcome: Outcome
    seen: Seen


@handler
def record_check(journal: Journal, command: RecordCheck, context: Context) -> Recorded:
    """Record what a look changed, if anything.

    Raises NoSuchDomain, for a removed one too.
    """
    domain = domain_of(journal, command.account_id, command.domain_id)
    if domain.removed:
        raise NoSuchDomain(domain_id=domain.id)
    if command.asked and command.outcome != "found":
        domain.resume(context.now)
    decided = _decided(journal, domain, command, context.now)
    changed = [one for one in decided.domains if one.pending_events]
    if not changed:
        return journal.unchanged(domain)
    return journal.record(*changed, context=context, changes=decided.changes)


def note_look(
    journal: Journal,
    domain: SendingDomain,
    outcome: Outcome,
    seen: Seen,
    now: datetime,
) -> None:
    """Remember a look and have the next one scheduled; a removed domain has none.

    The schedule goes by what the domain is by then, which another's look may have
    changed. What was seen is sealed, since it is about a person's name.
    """
    sealed = _sealed(journal, domain, seen)
    for _ in range(TRIES):
        latest = journal.fresh(SendingDomain, domain.id)
        values = {
            **{"account": domain.account_id, "domain": domain.id, **sealed},
            **{"outcome": outcome, "now": now, "kept": CHECKS_KEPT},
            **{"due": next_look(latest, outcome, now), "version": latest.version},
        }
        if _noted(journal, domain.account_id, values):
            return
    raise Contended(str(domain.id))


def _noted(journal: Journal, account_id: UUID, values: dict[str, object]) -> bool:
    """Write what a look leaves, unless the domain was changed since it was read."""
    with (
        journal.connections.for_account(account_id) as connection,
        connection.transaction(),
    ):
        if not connection.execute(LOCK_SQL, values).rowcount:
            return True
        row = connection.execute(VERSION_SQL, values).fetchone()
        if row != (values["version"],):
            return False
        for sql in (SCHEDULE_SQL, REMEMBER_SQL, FORGET_SQL):
            connection.execute(sql, values)
    return True


def _sealed(journal: Journal, domain: SendingDomain, seen: Seen) -> dict[str, object]:
    """Return what is kept of a look, and what tells whether another saw the same."""
    data = msgspec.json.encode(seen)
    sealed = journal.vault.seal(domain.account_id, "profile", data, domain.id.bytes)
    digest = journal.vault.digest(LOOKS, data).data
    return {"digest": digest, "sealed": sealed.data, "key": sealed.key_id}


def checks_of(journal: Journal, account_id: UUID, domain_id: UUID) -> list[Check]:
    """Return what the latest looks at a domain found, the newest first."""
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            CHECKS_SQL, (account_id, domain_id), prepare=True
        ).fetchall()
    checks = []
    for first_at, last_at, looks, outcome, data, key_id in rows:
        opened = journal.vault.open(account_id, key_id, bytes(data), domain_id.bytes)
        if opened is not None:
            check = Check(
                first_at=first_at,
                last_at=last_at,
                looks=looks,
                outcome=outcome,
                seen=msgspec.json.decode(opened, type=Seen),
            )
            checks.append(check)
    return checks


def next_look_at(
    journal: Journal, account_id: UUID, domain_id: UUID
) -> datetime | None:
    """Return when a domain is looked at again; None where nobody waits for it."""
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(
            DUE_SQL, (account_id, domain_id), prepare=True
        ).fetchone()
    return None if row is None else row[0]


def look_context(domain: SendingDomain, now: datetime) -> Context:
    """Return the envelope of a look: once a moment, and nobody's own.

    It may concern another account, to which nobody's IP is told.
    """
    key = f"{domain.id} {now.isoformat()}"
    return Context(
        principal="system:domains",
        key=key,
        actor=Actor("system", "domains"),
        now=now,
        correlation_id=uuid5(domain.id, key),
    )


def _decided(
    journal: Journal, domain: SendingDomain, command: RecordCheck, now: datetime
) -> Decided:
    if command.outcome == "found":
        return found(journal, domain, now)
    if command.outcome == "missing":
        missed_since = _missed_since(journal, domain)
        return missed(journal, domain, list(command.missing), now, missed_since)
    domain.await_answer(now)
    return Decided(domains=[domain], changes=[])


def _missed_since(journal: Journal, domain: SendingDomain) -> datetime | None:
    values = (domain.account_id, domain.id)
    with journal.connections.for_account(domain.account_id) as connection:
        row = connection.execute(MISSED_SQL, values, prepare=True).fetchone()
    return None if row is None else row[0]
