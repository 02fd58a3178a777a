"""How often a thing may be tried: counted in the database for all processes.

A window begins with its first hit and ends by the clock, however many more come: so
nobody is locked out for good, and nobody keeps somebody else's lock alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address
from math import ceil
from typing import Any

from ledger.aggregate import SYSTEM
from ledger.journal import Connections, Journal, Vault
from ledger.refusals import TooManyAttempts


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many hits of one subject go through in so many seconds."""

    name: str
    hits_max: int
    seconds: int


BUCKETS: dict[str, Bucket] = {
    bucket.name: bucket
    for bucket in (
        # Ten pages a second for a minute is no person, and no burden either.
        Bucket("pages", 600, 60),
        # A form is read before it is sent; one a second is a script.
        Bucket("forms", 60, 60),
        # Pages without a sign-in, by address: an office shares one, a scan is stopped.
        Bucket("doors", 60, 60),
        # A year's receipts one after the other fit; each costs a decryption.
        Bucket("downloads", 120, 60),
        # Every picture starts a process that may use much memory.
        Bucket("uploads", 10, 3_600),
        # A hundred a second: above a sending service's need, below ours to bear.
        Bucket("api", 6_000, 60),
        # Five hundred mails a second from one sender; each costs half a millisecond.
        Bucket("signatures", 30_000, 60),
        # A redirect service remembers what it was told for a while.
        Bucket("tracking_hosts", 30_000, 60),
        # Inviting a team fits; asking who has an account takes years.
        Bucket("lookup", 30, 3_600),
        # A scanner reports a push at a time; more is somebody guessing.
        Bucket("leaks", 60, 60),
        # Twice what a bad memory needs, against one account from many machines.
        Bucket("sign_in_account", 10, 300),
        # An office behind one address, against one machine and many accounts.
        Bucket("sign_in_ip", 20, 300),
        # One machine against one account: it meets this before it locks the owner.
        Bucket("sign_in_pair", 5, 300),
        # A browser that its owner signed in with before: strangers cannot use these up.
        Bucket("sign_in_browser", 10, 300),
        # The breaker: more passwords than the processors can hash in five minutes.
        Bucket("sign_in_all", 1_000, 300),
        # A code has a million values, three of them good: five tries find nothing,
        Bucket("code_minutes", 5, 300),
        # neither do twenty an hour, and with fifty a day half of the accounts that
        # are attacked without a pause hold for twelve years.
        Bucket("code_hour", 20, 3_600),
        Bucket("code_day", 50, 86_400),
        # Who asks for a link looks for it three times before he writes to us;
        Bucket("mail_account", 3, 3_600),
        # an office may forget more passwords than a person,
        Bucket("mail_ip", 10, 3_600),
        # and no stranger's mailbox is filled by us.
        Bucket("mail_target", 5, 86_400),
        # A service that was set up wrongly asks often; guessing keys is hopeless
        # anyhow, so this only spares the look-ups.
        Bucket("key_failures_ip", 60, 300),
        # Each opens a browser in somebody's hands.
        Bucket("panel_links", 10, 60),
        # Each asks the world's name servers up to two dozen questions,
        Bucket("domain_checks", 10, 3_600),
        # and what was looked up half a minute ago is still the same.
        Bucket("domain_check", 1, 30),
        # Everything an account has is gathered and packed.
        Bucket("exports", 5, 86_400),
    )
}
"""By name; the subject is an account, a session, a key, an address or an IP."""

DELAYS = (0,) * 9 + (60, 120, 240, 480, 900)
"""Seconds to wait after so many straight failures; the last for all that follow.

The tenth is no slip of the finger any more. After a quarter of an hour, the longest
wait, a customer is still there; ninety-six tries a day are no attack.
"""
KEPT = timedelta(days=1)
"""So long a row outlives its window: straight failures are remembered between tries."""
SWEPT_MAX = 1_000
"""Rows that one sweep deletes: some milliseconds under lock."""
UNKNOWN = "unknown"
"""The subject of all who come without an IP: they share one bucket."""

# A clock that went back brings the end nearer and forgets no hit. Buckets are taken in
# one order everywhere, so that no two statements wait for each other. A crash may take
# the last half second's hits: a page need not wait for the disk.
COUNT_SQL = """
INSERT INTO attempt_limits AS known (bucket, subject, hits, ends_at)
SELECT asked.bucket, asked.subject, 1,
    %(now)s::timestamptz + asked.seconds * interval '1 second'
FROM unnest(%(buckets)s::text[], %(subjects)s::bytea[], %(seconds)s::int[])
        AS asked (bucket, subject, seconds),
    set_config('synchronous_commit', 'off', true)
ORDER BY asked.bucket COLLATE "C", asked.subject
ON CONFLICT (bucket, subject) DO UPDATE SET
    hits = CASE WHEN known.ends_at <= %(now)s THEN 1
        ELSE least(known.hits, 1000000) + 1 END,
    ends_at = CASE WHEN known.ends_at <= %(now)s THEN excluded.ends_at
        ELSE least(known.ends_at, excluded.ends_at) END
RETURNING bucket, subject, hits, ends_at"""

FAILED_SQL = """
INSERT INTO attempt_limits AS known (bucket, subject, hits, ends_at)
VALUES (%(bucket)s, %(subject)s, 1,
    %(now)s::timestamptz + (%(delays)s::int[])[1] * interval '1 second')
ON CONFLICT (bucket, subject) DO UPDATE SET (hits, ends_at) = (
    SELECT counted.hits, %(now)s::timestamptz + interval '1 second'
        * (%(delays)s::int[])[least(counted.hits, cardinality(%(delays)s::int[]))]
    FROM (SELECT CASE WHEN known.ends_at < %(forgotten)s THEN 1
        ELSE least(known.hits, 1000000) + 1 END) AS counted (hits))"""

CALM_SQL = """
UPDATE attempt_limits SET ends_at = least(ends_at, %(latest)s)
WHERE bucket = %(bucket)s AND subject = %(subject)s AND ends_at > %(now)s
RETURNING ends_at"""

CLEAR_SQL = """
WITH mine AS (SELECT known.bucket, known.subject FROM attempt_limits known
    JOIN unnest(%(buckets)s::text[], %(subjects)s::bytea[]) AS asked (bucket, subject)
        USING (bucket, subject)
    ORDER BY known.bucket COLLATE "C", known.subject FOR UPDATE OF known)
DELETE FROM attempt_limits known USING mine
WHERE known.bucket = mine.bucket AND known.subject = mine.subject"""

SWEEP_SQL = """
WITH over AS (SELECT bucket, subject FROM attempt_limits WHERE ends_at < %(until)s
    ORDER BY ends_at LIMIT %(count)s FOR UPDATE SKIP LOCKED)
DELETE FROM attempt_limits known USING over
WHERE known.bucket = over.bucket AND known.subject = over.subject"""


def seconds_to_wait(
    connections: Connections, vault: Vault, bucket: Bucket, subject: str, now: datetime
) -> int:
    """Count a hit; return 0, or the seconds until the next one may go through."""
    return _counted(connections, vault, [(bucket, subject)], now)


def require(journal: Journal, now: datetime, *asked: tuple[str, str]) -> None:
    """Count a hit of every (bucket's name, subject), in one statement.

    Raises TooManyAttempts with the longest wait unless all of them go through. The
    hits of those that would have gone through count all the same.
    """
    hits = [(BUCKETS[name], subject) for name, subject in asked]
    wait = _counted(journal.connections, journal.vault, hits, now)
    if wait:
        raise TooManyAttempts(wait)


def failed(journal: Journal, now: datetime, name: str, subject: str) -> None:
    """Count one more straight failure of what `name` stands for.

    From the tenth on, each makes the subject wait longer: see DELAYS.
    """
    values = {
        "bucket": _straight(name),
        "subject": _hidden(journal.vault, _straight(name), subject),
        "now": now,
        "forgotten": now - KEPT,
        "delays": list(DELAYS),
    }
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(FAILED_SQL, values, prepare=True)


def require_calm(journal: Journal, now: datetime, name: str, subject: str) -> None:
    """Raise TooManyAttempts while straight failures make the subject wait."""
    values = {
        "bucket": _straight(name),
        "subject": _hidden(journal.vault, _straight(name), subject),
        "now": now,
        "latest": now + timedelta(seconds=DELAYS[-1]),
    }
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(CALM_SQL, values, prepare=True).fetchone()
    if row is not None:
        raise TooManyAttempts(_seconds(row[0] - now))


def clear(journal: Journal, *asked: tuple[str, str]) -> None:
    """Forget the hits and the straight failures of every (name, subject)."""
    both = [
        (bucket, _hidden(journal.vault, bucket, subject))
        for name, subject in asked
        for bucket in (name, _straight(name))
    ]
    values = {"buckets": [name for name, _ in both], "subjects": [s for _, s in both]}
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(CLEAR_SQL, values, prepare=True)


def forget_old(journal: Journal, now: datetime) -> int:
    """Delete rows whose window is long over, some at a time; return how many."""
    values = {"until": now - KEPT, "count": SWEPT_MAX}
    with journal.connections.for_account(SYSTEM) as connection:
        return connection.execute(SWEEP_SQL, values, prepare=True).rowcount


def ip_subject(ip: str | None) -> str:
    """Return what stands for whoever has this IP: of version 6 its network of 64 bits.

    Whoever has one address of such a network has all of them.
    """
    try:
        address = ip_address(ip or "")
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    network = int.from_bytes(address.packed[:8], "big") << 64
    return f"{ip_address(network)}/64"


def _counted(
    connections: Connections,
    vault: Vault,
    asked: list[tuple[Bucket, str]],
    now: datetime,
) -> int:
    hits = {
        (bucket.name, _hidden(vault, bucket.name, subject)): bucket
        for bucket, subject in asked
    }
    values: dict[str, Any] = {
        "now": now,
        "buckets": [name for name, _ in hits],
        "subjects": [subject for _, subject in hits],
        "seconds": [bucket.seconds for bucket in hits.values()],
    }
    with connections.for_account(SYSTEM) as connection:
        rows = connection.execute(COUNT_SQL, values, prepare=True).fetchall()
    waits = (
        _seconds(ends_at - now)
        for name, subject, count, ends_at in rows
        if count > hits[name, bytes(subject)].hits_max
    )
    return max(waits, default=0)


def _hidden(vault: Vault, bucket: str, subject: str) -> bytes:
    return vault.digest("limits", f"{bucket}\0{subject}".encode()).data[:16]


def _straight(name: str) -> str:
    return f"straight.{name}"


def _seconds(left: timedelta) -> int:
    return max(1, ceil(left.total_seconds()))
