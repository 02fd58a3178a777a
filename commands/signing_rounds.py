"""Looking after keys that sign mail: seen in the zone, activated, rotated, dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from commands.asking import ask_about_each
from commands.gateways import tokens
from commands.signing_keys import (
    AdvanceKeys,
    advance_keys,
    keys_of_domain,
    new_pairs,
)
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Journal
from ledger.signing_keys import (
    RETIRING,
    REVOKED,
    ROTATED_AFTER,
    SEEN_FOR,
    SigningKey,
    SigningKeys,
)
from ledger.zone import key_name

AGAIN = timedelta(hours=1)
"""After trouble, and for what should have happened already."""
SOON = timedelta(minutes=5)
DAY = timedelta(days=1)
BATCH = 20
DUE_SQL = (
    "UPDATE watched_signing_keys SET due_at = %s WHERE (account_id, domain_id) IN"
    " (SELECT account_id, domain_id FROM watched_signing_keys WHERE due_at <= %s"
    " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)"
    " RETURNING account_id, domain_id"
)

Sight = Callable[[str, str], bool | None]
"""Whether every resolver has this public key at a name of our zone; None where they
differ, or one of them did not answer."""


def tend_keys(journal: Journal, sight: Sight, now: datetime) -> int:
    """Look after the keys that are due; return how many domains there were.

    Trouble with one holds up none of the others and is raised at the end.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(DUE_SQL, (now + AGAIN, now, BATCH)).fetchall()
    return ask_about_each(
        rows,
        lambda account_id, domain_id: tend_domain(
            journal, sight, account_id, domain_id, now
        ),
    )


def due_at(keys: SigningKeys, now: datetime) -> datetime | None:
    """Return when a domain's keys are looked at again; None where nothing is left."""
    times = [_next(keys, key, now) for key in keys.keys.values()]
    found = [time for time in times if time is not None]
    if keys.free and not keys.stopped:
        found.append(now + SOON)
    return max(min(found), now + timedelta(minutes=1)) if found else None


def _next(keys: SigningKeys, key: SigningKey, now: datetime) -> datetime | None:
    if key.state == "active":
        due = key.since + ROTATED_AFTER
        return due if due > now else now + AGAIN
    if key.state == "retiring":
        return key.since + RETIRING
    if key.state == "revoked":
        return key.since + REVOKED
    if key.state == "removed":
        return None
    if key.seen_at is None:
        return now + (SOON if now < key.since + DAY else AGAIN)
    if keys.active is None:
        due = key.seen_at + SEEN_FOR
        return due if due > now else now + SOON
    return now + DAY


def tend_domain(
    journal: Journal, sight: Sight, account_id: UUID, domain_id: UUID, now: datetime
) -> None:
    """Look after the keys of one domain. Raises NoSigningKey."""
    keys = keys_of_domain(journal, account_id, domain_id)
    seen = _looked(sight, keys)
    keys.advance(seen, now)  # a trial: keys are made before they are decided on
    command = AdvanceKeys(
        account_id=account_id,
        domain_id=domain_id,
        seen=seen,
        pairs={} if keys.stopped else new_pairs(keys.free),
    )
    advance_keys(journal, command, _context(now))
    _look_again(journal, keys_of_domain(journal, account_id, domain_id), now)


def _looked(sight: Sight, keys: SigningKeys) -> dict[str, bool]:
    """Ask for the keys that wait for their turn; what nobody answers is left out."""
    found = {}
    for selector, key in keys.keys.items():
        if key.state == "staged":
            name = key_name(selector, keys.label)
            is_seen = sight(name, key.public_key)
            if is_seen is not None:
                found[selector] = is_seen
    return found


def _look_again(journal: Journal, keys: SigningKeys, now: datetime) -> None:
    due, place = due_at(keys, now), (keys.account_id, keys.domain_id)
    where = " WHERE account_id = %s AND domain_id = %s"
    with journal.connections.for_account(keys.account_id) as connection:
        if due is None:
            connection.execute("DELETE FROM watched_signing_keys" + where, place)
        else:
            sql = "UPDATE watched_signing_keys SET due_at = %s" + where
            connection.execute(sql, (due, *place))


def _context(now: datetime) -> Context:
    """Return the envelope of a round, each of which is a command of its own."""
    return Context(
        principal="system:signing",
        key=str(tokens.new_id()),
        actor=Actor("system", "signing"),
        now=now,
        correlation_id=tokens.new_id(),
    )
