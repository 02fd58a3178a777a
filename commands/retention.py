"""What is kept for a time only: security keys, sign-ups, links, answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from commands import challenges
from commands.closing import PERSON
from commands.erasure import SECURITY
from commands.sign_ups import SIGN_UP
from ledger.aggregate import SYSTEM
from ledger.journal import Journal

SECURITY_MONTHS = 18
"""After the end of its year: so long an intrusion may stay unnoticed and still be
traced, and no longer than the purpose of a security log bears."""
SIGN_UP_KEPT = timedelta(days=30)
"""A sign-up that was never verified, after its link has run out: time to answer
somebody who asks why his mail never came."""
LINK_KEPT = timedelta(days=30)
"""A used or old link says so for a month, then it never was."""
CAPTURES_KEPT = timedelta(days=548)
"""Refused captures: eighteen months, in which a customer may ask about a campaign."""
BATCH = 200
"""Rows of one step, so that nobody waits for a sweep."""
OLDEST_SQL = "SELECT min(purpose) FROM data_keys WHERE purpose >= %s AND purpose < %s"
HOLDERS_SQL = (
    "SELECT account_id FROM data_keys WHERE purpose = %s ORDER BY account_id LIMIT %s"
)
SIGN_UPS_SQL = (
    "WITH old AS (SELECT DISTINCT t.account_id FROM tokens t"
    " WHERE t.kind = %(kind)s AND t.used_at IS NULL AND t.expires_at < %(before)s"
    " AND NOT EXISTS (SELECT FROM account_guards g WHERE g.account_id = t.account_id)"
    " AND NOT EXISTS (SELECT FROM erasures_due d WHERE d.account_id = t.account_id)"
    " LIMIT %(batch)s)"
    " INSERT INTO erasures_due (account_id, what, due_at, told_at)"
    " SELECT account_id, %(person)s, %(now)s, %(now)s FROM old"
    " ON CONFLICT DO NOTHING"
)
"""Only an account that was opened has a guard; nobody else is mailed."""
PURGES = {
    "journal_commands": (
        "DELETE FROM journal_commands WHERE (account_id, command_id) IN (SELECT"
        " account_id, command_id FROM journal_commands WHERE expires_at < %(now)s"
        " LIMIT %(batch)s)"
    ),
    "tokens": (
        "DELETE FROM tokens WHERE (account_id, digest) IN (SELECT account_id, digest"
        " FROM tokens t WHERE expires_at < %(links)s AND (kind <> %(kind)s"
        " OR used_at IS NOT NULL OR EXISTS (SELECT FROM account_guards g"
        " WHERE g.account_id = t.account_id)) LIMIT %(batch)s)"
    ),
    "refused_captures": (
        "DELETE FROM refused_captures WHERE (account_id, command_id) IN (SELECT"
        " account_id, command_id FROM refused_captures"
        " WHERE refused_at < %(captures)s LIMIT %(batch)s)"
    ),
}


def keep_terms(journal: Journal, now: datetime) -> int:
    """Take one step of every sweep; return how much there was, 0 when all is done."""
    done = destroy_old_security(journal, now) + plan_old_sign_ups(journal, now)
    return done + purge_expired(journal, now)


def destroy_old_security(journal: Journal, now: datetime) -> int:
    """Destroy what sealed IPs and clients of a year that ended 18 months ago.

    Return how many accounts' keys; whatever is restored is swept in the same way.
    """
    first_kept = _first_kept(now)
    names = (SECURITY, f"{SECURITY}{first_kept}")
    with journal.connections.for_account(SYSTEM) as connection:
        oldest = connection.execute(OLDEST_SQL, names).fetchone()
        if oldest is None or oldest[0] is None:
            return 0
        rows = connection.execute(HOLDERS_SQL, (oldest[0], BATCH)).fetchall()
    for (account_id,) in rows:
        journal.vault.destroy(account_id, oldest[0])
    return len(rows)


def plan_old_sign_ups(journal: Journal, now: datetime) -> int:
    """Have sign-ups erased that were never verified; return how many."""
    names = {
        "kind": SIGN_UP,
        "before": now - SIGN_UP_KEPT,
        "now": now,
        "person": PERSON,
        "batch": BATCH,
    }
    with journal.connections.for_account(SYSTEM) as connection:
        return connection.execute(SIGN_UPS_SQL, names).rowcount


def purge_expired(journal: Journal, now: datetime) -> int:
    """Delete what has run out: answers, links, challenges, refused captures."""
    challenges.purge(journal, now)
    names = {
        "now": now,
        "links": now - LINK_KEPT,
        "captures": now - CAPTURES_KEPT,
        "kind": SIGN_UP,
        "batch": BATCH,
    }
    with journal.connections.for_account(SYSTEM) as connection:
        return sum(connection.execute(sql, names).rowcount for sql in PURGES.values())


def _first_kept(now: datetime) -> int:
    """Return the first year whose security keys are still kept, in UTC as they are."""
    year = now.astimezone(UTC).year - 1
    ended = datetime(year, 1, 1, tzinfo=UTC)
    months_since = (now.year - ended.year) * 12 + now.month - ended.month
    return year if months_since >= SECURITY_MONTHS else year - 1
