"""When and from where a key was used last, and which key a secret belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from commands import limits
from commands.credentials import API_KEY, kept
from commands.gateways import tokens
from ledger.api_keys import ApiKey
from ledger.factors import Binding
from ledger.journal import Journal
from ledger.refusals import PersonErased

DIGEST = "api_key_digest"
FINDING = "key-digests"
USE_SQL = (
    "UPDATE api_key_uses SET seen_at = %s, origin = %s, origin_key_id = %s"
    " WHERE account_id = %s AND key_id = %s"
)
ASK_SQL = (
    "SELECT u.seen_at, coalesce(g.disabled, false) FROM api_key_uses u"
    " LEFT JOIN account_guards g USING (account_id)"
    " WHERE u.account_id = %s AND u.key_id = %s"
)


def digest_name(journal: Journal, digest: bytes) -> str:
    """Return the name under which a leaked secret's key is found."""
    return journal.vault.digest(FINDING, digest).data.hex()


def secret_fits(
    journal: Journal, key: ApiKey | None, digest: bytes, now: datetime
) -> bool:
    """Tell whether this is the digest of a secret that the key may be used with now.

    An unknown key costs the same comparison. Raises SecretExchanged.
    """
    fits = False
    wanted: list[Binding | None] = [*key.bindings(now)] if key is not None else []
    for binding in wanted or [None]:
        found = None
        if key is not None and binding is not None:
            found = kept(journal, key.account_id, API_KEY, binding)
        expected = bytes(32) if found is None else found.constant
        fits |= tokens.same(digest, expected) and found is not None
    return fits


def note_use(
    journal: Journal, account_id: UUID, key_id: UUID, now: datetime, ip: str | None
) -> bool:
    """Note a use of the key, to the minute; tell whether its account is disabled."""
    step = timedelta(seconds=limits.SESSION_SEEN_SECONDS)
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(ASK_SQL, (account_id, key_id), prepare=True).fetchone()
        if row is None:
            return False
        seen_at, disabled = row
        if seen_at is None or now - seen_at >= step:
            sealed, sealing_key_id = _sealed(journal, account_id, key_id, now, ip)
            values = (now, sealed, sealing_key_id, account_id, key_id)
            connection.execute(USE_SQL, values)
    return bool(disabled)


def seen_from(
    journal: Journal,
    account_id: UUID,
    key_id: UUID,
    sealed: bytes | None,
    sealing_key_id: UUID | None,
) -> str | None:
    """Return the IP that a key was used from last; None when it is not known."""
    if sealed is None or sealing_key_id is None:
        return None
    data = journal.vault.open(account_id, sealing_key_id, bytes(sealed), key_id.bytes)
    return None if data is None else msgspec.json.decode(data, type=str)


def _sealed(
    journal: Journal, account_id: UUID, key_id: UUID, now: datetime, ip: str | None
) -> tuple[bytes | None, UUID | None]:
    if ip is None:
        return None, None
    purpose, data = f"security-{now.year}", msgspec.json.encode(ip)
    try:
        sealed = journal.vault.seal(account_id, purpose, data, key_id.bytes)
    except PersonErased:
        return None, None
    return sealed.data, sealed.key_id
