"""Who has a name: looked up by its digest, since the rows keep no name in clear."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.journal import Journal
from ledger.journal.vault import Sealed

NAMES = "domain-names"
"""What the key is for that makes the digests."""
LABELS_MIN = 2
"""No name of a single label is a sending domain."""
KNOWN_SQL = (
    "SELECT domain_id FROM watched_domains WHERE account_id = %s AND digest = %s"
)
HOLDERS_SQL = (
    "SELECT w.digest, w.account_id, w.domain_id FROM watched_domains w"
    " WHERE w.holds AND w.digest = ANY(%s)"
)


class Holder(NamedTuple):
    """The account that holds a name, and its domain."""

    account_id: UUID
    domain_id: UUID
    name: str


def digest_of(journal: Journal, name: str) -> Sealed:
    """Return what stands for a name in its canonical form."""
    return journal.vault.digest(NAMES, name.encode())


def known_domain(journal: Journal, account_id: UUID, name: str) -> UUID | None:
    """Return the account's domain of that name, in whatever state, unless removed."""
    values = (account_id, digest_of(journal, name).data)
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(KNOWN_SQL, values, prepare=True).fetchone()
    return None if row is None else row[0]


def holder_of(journal: Journal, name: str) -> Holder | None:
    """Return whoever holds exactly this name."""
    found = _holders(journal, [name])
    return found[0] if found else None


def holders_above(journal: Journal, name: str) -> list[Holder]:
    """Return whoever holds a name that this one lies below, the nearest first."""
    return _holders(journal, names_above(name))


def nearest_holder(journal: Journal, name: str) -> Holder | None:
    """Return whoever holds the name or else the nearest one above it."""
    found = _holders(journal, [name, *names_above(name)])
    return found[0] if found else None


def names_above(name: str) -> list[str]:
    """Return the names that this one lies below, the nearest first."""
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(1, len(labels) - LABELS_MIN + 1)]


def _holders(journal: Journal, names: list[str]) -> list[Holder]:
    """Return the holders of these names, in the order of the names."""
    digests = {digest_of(journal, name).data: name for name in names}
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(HOLDERS_SQL, (list(digests),), prepare=True)
        found = {bytes(digest): (account, domain) for digest, account, domain in rows}
    return [Holder(*found[one], name) for one, name in digests.items() if one in found]
