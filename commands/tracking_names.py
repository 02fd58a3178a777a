"""Who has a tracking host: a claim by its digest, so that no row keeps it in clear."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.journal import Journal
from ledger.journal.vault import Sealed
from ledger.refusals import NoSuchTrackingHost
from ledger.tracking_domains import TrackingDomain, TrackingHost

HOST = "tracking_host"
"""The kind of the claim; one that was cleared keeps its host."""
HOSTS = "tracking-hosts"
"""What the key is for that makes the digests."""
# Nobody follows links of an account that staff has disabled.
CLAIMANT_SQL = (
    "SELECT c.account_id FROM claims c JOIN account_guards g USING (account_id)"
    " WHERE c.kind = %s AND c.digest = %s AND NOT g.disabled"
)


def digest_of(journal: Journal, host: str) -> Sealed:
    """Return what stands for a host in its canonical form."""
    return journal.vault.digest(HOSTS, host.encode())


def answered_host(journal: Journal, host: str) -> tuple[UUID, TrackingHost]:
    """Return the account whose links are answered under a host, as a browser names it.

    Only while its record is there. Raises NoSuchTrackingHost for any other name.
    """
    name = host.lower().removesuffix(".")
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            CLAIMANT_SQL, (HOST, digest_of(journal, name).data), prepare=True
        ).fetchone()
    if row is None:
        raise NoSuchTrackingHost
    tracking = journal.fresh(TrackingDomain, TrackingDomain.create_id(row[0]))
    known = tracking.named(name)
    if known is None or known.state != "verified":
        raise NoSuchTrackingHost
    return row[0], known
