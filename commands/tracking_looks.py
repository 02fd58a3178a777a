"""Looking at the record of a tracking host: because somebody asks, or in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from commands import limiter
from commands.asking import ask_about_each
from commands.domain_looks import Eyes
from commands.domain_lookups import look_up, turn
from commands.gateways import tokens
from commands.owners import owner
from commands.tracking_domains import tracking_of, verified_names
from ledger.aggregate import SYSTEM
from ledger.dns_records import FOUND, Finding, Wanted, wanted_tracking
from ledger.domain_names import domain_above
from ledger.journal import Actor, Context, Journal, Recorded, handler
from ledger.refusals import NoSuchTrackingHost
from ledger.tracking_domains import Outcome, TrackingDomain, TrackingHost
from ledger.tracking_schedule import next_look
from ledger.zone import tracking_name

AT_ONCE = 8
"""Looks under way: each waits for others' servers, eight seconds at worst."""
BATCH = 2 * AT_ONCE
AGAIN = timedelta(minutes=10)
"""After so long a look is taken over whose process died on the way."""
DUE_SQL = (
    "UPDATE watched_tracking SET due_at = %s WHERE (account_id, host_id) IN"
    " (SELECT account_id, host_id FROM watched_tracking WHERE due_at <= %s"
    " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)"
    " RETURNING account_id, host_id"
)
NEXT_SQL = "SELECT due_at FROM watched_tracking WHERE account_id = %s AND host_id = %s"
MISSED_SQL = (
    "SELECT missed_since FROM watched_tracking WHERE account_id = %s AND host_id = %s"
)
NOTE_SQL = """
UPDATE watched_tracking SET due_at = %(due)s, looked_at = %(now)s, sealed = %(sealed)s,
    key_id = %(key)s, missed_since = CASE %(outcome)s WHEN 'found' THEN NULL
        WHEN 'missing' THEN coalesce(missed_since, %(now)s) ELSE missed_since END
WHERE account_id = %(account)s AND host_id = %(host)s"""
LATEST_SQL = (
    "SELECT looked_at, sealed, key_id FROM watched_tracking"
    " WHERE account_id = %s AND host_id = %s AND sealed IS NOT NULL"
)


@dataclass(frozen=True, kw_only=True)
class RecordTrackingLook:
    """Tell what a look came to; `allowed` if a verified domain is above the host."""

    account_id: UUID
    host_id: UUID
    outcome: Outcome
    allowed: bool


@dataclass(frozen=True)
class TrackingLook:
    """What the latest look saw, and when."""

    looked_at: datetime
    finding: Finding


@handler
def record_tracking_look(
    journal: Journal, command: RecordTrackingLook, context: Context
) -> Recorded:
    """Record what a look changed, if anything. Raises NoSuchTrackingHost."""
    account_id, host_id = command.account_id, command.host_id
    known_host(journal, account_id, host_id)
    tracking = journal.load(TrackingDomain, TrackingDomain.create_id(account_id))
    tracking.look(
        host_id,
        command.outcome,
        context.now,
        allowed=command.allowed,
        missed_since=_missed_since(journal, account_id, host_id),
    )
    return journal.record_any(tracking, context=context)


def check_tracking_now(
    journal: Journal, eyes: Eyes, account_id: UUID, now: datetime
) -> TrackingDomain:
    """Look at the account's host because somebody asks; return how it stands then.

    Raises NoSuchAccount, AccountClosed, NoTrackingDomain, TooManyAttempts, in this
    order.
    """
    owner(journal, account_id)
    host = tracking_of(journal, account_id).require_current()
    with turn():
        limiter.require(journal, now, ("domain_check", str(host.host_id)))
        limiter.require(journal, now, ("domain_checks", str(account_id)))
        return look_at_host(journal, eyes, account_id, host.host_id, now)


def look_at_due_hosts(journal: Journal, eyes: Eyes, now: datetime) -> int:
    """Look at hosts whose time has come, some at once; return how many.

    One that makes trouble holds up none of the others; the first trouble is raised
    at the end, and its host looked at again in ten minutes.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(DUE_SQL, (now + AGAIN, now, BATCH)).fetchall()
    if not rows:
        return 0

    def look(account_id: UUID, host_id: UUID) -> None:
        look_at_host(journal, eyes, account_id, host_id, now)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hosts") as pool:
        looks = [(pool.submit(look, *row),) for row in rows]
        return ask_about_each(looks, lambda look: look.result())


def look_at_host(
    journal: Journal, eyes: Eyes, account_id: UUID, host_id: UUID, now: datetime
) -> TrackingDomain:
    """Look a host's record up, record what that changes, and return how it stands.

    Raises NoSuchTrackingHost.
    """
    host = known_host(journal, account_id, host_id)
    if host.host is None or host.state == "released":
        _forget(journal, account_id, host_id)
        return tracking_of(journal, account_id)
    names = verified_names(journal, account_id)
    finding = look_up(eyes.lookups, [wanted_of(host, eyes.zone)]).findings[0]
    outcome = _outcome(finding)
    command = RecordTrackingLook(
        account_id=account_id,
        host_id=host_id,
        outcome=outcome,
        allowed=domain_above(host.host, names) is not None,
    )
    record_tracking_look(journal, command, look_context(now))
    after = tracking_of(journal, account_id)
    _note(journal, after, host_id, outcome, finding, now)
    return after


def known_host(journal: Journal, account_id: UUID, host_id: UUID) -> TrackingHost:
    """Return a host that the account has used. Raises NoSuchTrackingHost."""
    found = tracking_of(journal, account_id).hosts.get(host_id)
    if found is None:
        raise NoSuchTrackingHost
    return found


def wanted_of(host: TrackingHost, zone: str) -> Wanted:
    """Return the record that a host needs."""
    assert host.host is not None
    return wanted_tracking(host.host, f"{tracking_name(host.target)}.{zone}")


def latest_look(
    journal: Journal, account_id: UUID, host_id: UUID
) -> TrackingLook | None:
    """Return what the latest look at a host saw, if there was one."""
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(
            LATEST_SQL, (account_id, host_id), prepare=True
        ).fetchone()
    if row is None:
        return None
    data = journal.vault.open(account_id, row[2], bytes(row[1]), host_id.bytes)
    if data is None:
        return None
    return TrackingLook(row[0], msgspec.json.decode(data, type=Finding))


def next_host_look_at(
    journal: Journal, account_id: UUID, host_id: UUID
) -> datetime | None:
    """Return when a host is looked at again; None where nobody waits for it."""
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(
            NEXT_SQL, (account_id, host_id), prepare=True
        ).fetchone()
    return None if row is None else row[0]


def look_context(now: datetime) -> Context:
    """Return the envelope of a look, each of which is a command of its own."""
    return Context(
        principal="system:tracking",
        key=str(tokens.new_id()),
        actor=Actor("system", "tracking"),
        now=now,
        correlation_id=tokens.new_id(),
    )


def _outcome(finding: Finding) -> Outcome:
    if finding.is_temporary:
        return "unclear"
    return "found" if finding.state == FOUND else "missing"


def _note(
    journal: Journal,
    tracking: TrackingDomain,
    host_id: UUID,
    outcome: Outcome,
    finding: Finding,
    now: datetime,
) -> None:
    """Remember what was seen, sealed, and when to look again."""
    data, account_id = msgspec.json.encode(finding), tracking.account_id
    sealed = journal.vault.seal(account_id, "profile", data, host_id.bytes)
    values = {
        **{"account": account_id, "host": host_id, "outcome": outcome, "now": now},
        "due": next_look(tracking, tracking.hosts[host_id], outcome, now),
        "sealed": sealed.data,
        "key": sealed.key_id,
    }
    with journal.connections.for_account(account_id) as connection:
        connection.execute(NOTE_SQL, values)


def _missed_since(journal: Journal, account_id: UUID, host_id: UUID) -> datetime | None:
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(
            MISSED_SQL, (account_id, host_id), prepare=True
        ).fetchone()
    return None if row is None else row[0]


def _forget(journal: Journal, account_id: UUID, host_id: UUID) -> None:
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "DELETE FROM watched_tracking WHERE account_id = %s AND host_id = %s",
            (account_id, host_id),
        )
