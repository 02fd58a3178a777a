"""What proves who somebody is: kept secrets, the holder of an address, his password.

A secret's row is sealed with an installation key and bound to its place. The event
that made it carries the row's id and an HMAC of the row's constant part: a password's
is random and stays when the hash is made anew, a key's is the digest itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from commands.gateways import tokens
from commands.gateways.passwords import Passwords
from ledger.accounts import Account
from ledger.aggregate import SYSTEM
from ledger.journal import Journal

PASSWORD = "password"  # noqa: S105 - the kind of a row
API_KEY = "api_key"
SEALING = "secrets"
BINDING = "secret-bindings"
CLAIMING = "claims"
EMAIL = "email"


class SecretExchanged(Exception):  # noqa: N818 - a fact about the database
    """A secret's row is not the one that its event was recorded with."""


class Secret(msgspec.Struct, frozen=True):
    """What a row keeps: the part that its event is bound to, and a hash, if any."""

    constant: bytes
    hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class KeptSecret:
    """A secret ready to be recorded: its id, its binding and the row beside it."""

    secret_id: UUID
    mac: str
    mac_key_id: UUID
    row: tuple[UUID, UUID, str, bytes, UUID]


def keep(
    journal: Journal, account_id: UUID, secret_id: UUID, kind: str, secret: Secret
) -> KeptSecret:
    """Seal a secret for its row, and bind it for its event."""
    place = _place(account_id, secret_id, kind)
    data = msgspec.json.encode(secret)
    sealed = journal.vault.seal(SYSTEM, SEALING, data, place)
    mac = journal.vault.digest(BINDING, place + secret.constant)
    return KeptSecret(
        secret_id=secret_id,
        mac=mac.data.hex(),
        mac_key_id=mac.key_id,
        row=(account_id, secret_id, kind, sealed.data, sealed.key_id),
    )


def kept(
    journal: Journal,
    account_id: UUID,
    secret_id: UUID,
    kind: str,
    binding: tuple[str, UUID],
) -> Secret | None:
    """Return the secret as it is now, past every cache; None once it was deleted.

    `binding` is the event's HMAC and the id of its key. Raises SecretExchanged.
    """
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(
            "SELECT material, key_id FROM secrets"
            " WHERE account_id = %s AND secret_id = %s AND kind = %s",
            (account_id, secret_id, kind),
            prepare=True,
        ).fetchone()
    if row is None:
        return None
    place = _place(account_id, secret_id, kind)
    secret = _opened(journal, bytes(row[0]), row[1], place)
    mac, key_id = bytes.fromhex(binding[0]), binding[1]
    if secret is None or not journal.vault.matches(
        key_id, place + secret.constant, mac
    ):
        raise SecretExchanged(str(secret_id))
    return secret


def digest_of_address(journal: Journal, canonical: str) -> tuple[bytes, UUID]:
    """Return the unique HMAC that an address is claimed under, and its key's id."""
    found = journal.vault.digest(CLAIMING, canonical.encode())
    return found.data, found.key_id


def holder_of(journal: Journal, canonical: str) -> Account | None:
    """Return the account that holds the address, if one does."""
    digest, _ = digest_of_address(journal, canonical)
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT account_id FROM claims WHERE kind = %s AND digest = %s",
            (EMAIL, digest),
            prepare=True,
        ).fetchone()
    return None if row is None else journal.fresh(Account, row[0])


def password_fits(
    journal: Journal, account: Account | None, password: str, passwords: Passwords
) -> bool:
    """Tell whether the password is the account's; nobody's costs the same.

    A hash made with other costs than today's is made anew when it fits.
    Raises PasswordsBusy, SecretExchanged.
    """
    secret = None if account is None else _password_of(journal, account)
    stored = None if secret is None else secret.hash
    if not passwords.verify(password, stored):
        return False
    assert account is not None
    assert secret is not None
    assert stored is not None
    if passwords.needs_rehash(stored):
        renewed = Secret(secret.constant, passwords.hash(password))
        _replace(journal, account, renewed)
    return True


def new_password(password: str, passwords: Passwords) -> Secret:
    """Return the secret of a checked password. Raises PasswordsBusy."""
    return Secret(tokens.new_constant(), passwords.hash(password))


def _opened(
    journal: Journal, material: bytes, key_id: UUID, place: bytes
) -> Secret | None:
    try:
        data = journal.vault.open(SYSTEM, key_id, material, place)
    except ValueError:
        return None
    return None if data is None else msgspec.json.decode(data, type=Secret)


def _password_of(journal: Journal, account: Account) -> Secret | None:
    binding = (account.secret_mac, account.secret_mac_key_id)
    return kept(journal, account.id, account.secret_id, PASSWORD, binding)


def _replace(journal: Journal, account: Account, secret: Secret) -> None:
    """Put a new hash in the row's place, unless somebody else did meanwhile."""
    renewed = keep(journal, account.id, account.secret_id, PASSWORD, secret)
    key = (account.id, account.secret_id)
    with (
        journal.connections.for_account(account.id) as connection,
        connection.transaction(),
    ):
        gone = connection.execute(
            "DELETE FROM secrets WHERE account_id = %s AND secret_id = %s", key
        )
        if gone.rowcount == 1:
            connection.execute(
                "INSERT INTO secrets (account_id, secret_id, kind, material, key_id)"
                " VALUES (%s, %s, %s, %s, %s)",
                renewed.row,
            )


def _place(account_id: UUID, secret_id: UUID, kind: str) -> bytes:
    return account_id.bytes + secret_id.bytes + kind.encode()
