"""What proves who somebody is: kept secrets, the holder of an address, his password.

A secret's row is sealed with an installation key and bound to its place. The event
that made it carries the row's id and an HMAC of the row's constant part: a password's
is random and stays when the hash is made anew, a key's is the digest itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from commands.gateways import tokens
from commands.gateways.passwords import Passwords
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.aggregate import SYSTEM
from ledger.credentials import Credentials
from ledger.factors import Binding, credentials_id
from ledger.journal import Change, Journal, VersionConflict
from ledger.staff import StaffMember

PASSWORD = "password"  # noqa: S105 - the kind of a row
API_KEY = "api_key"
TOTP = "totp"
PASSKEY = "passkey"
RECOVERY = "recovery"
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

    @property
    def binding(self) -> Binding:
        """The binding as events carry it."""
        return Binding(self.secret_id, self.mac, self.mac_key_id)


Holder = Account | StaffMember
"""Whoever has credentials."""


def credentials_of(
    journal: Journal,
    holder: Holder,
    load: Callable[[type[Credentials], UUID], Credentials] | None = None,
) -> Credentials:
    """Return the holder's credentials; the sign-up's where nothing changed since.

    `load` is the journal's own where a decision is to be recorded.
    Raises KeyError for a member of staff who has not joined.
    """
    try:
        return (load or journal.fresh)(Credentials, credentials_id(holder.id))
    except KeyError:
        if isinstance(holder, StaffMember):
            raise
        return Credentials.begin(
            holder.id,
            Binding(holder.secret_id, holder.secret_mac, holder.secret_mac_key_id),
        )


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
    journal: Journal, account_id: UUID, kind: str, binding: Binding
) -> Secret | None:
    """Return the secret as it is now, past every cache; None once it was deleted.

    Raises SecretExchanged when the row is not the one that its event names.
    """
    secret_id, mac, mac_key_id = binding
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
    if secret is None or not journal.vault.matches(
        mac_key_id, place + secret.constant, bytes.fromhex(mac)
    ):
        raise SecretExchanged(str(secret_id))
    return secret


def digest_of_address(journal: Journal, canonical: str) -> tuple[bytes, UUID]:
    """Return the unique HMAC that an address is claimed under, and its key's id."""
    found = journal.vault.digest(CLAIMING, canonical.encode())
    return found.data, found.key_id


def claimant_of(journal: Journal, canonical: str) -> Account | None:
    """Return the account that the address is reserved for, now or after an undo."""
    digest, _ = digest_of_address(journal, canonical)
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT account_id FROM claims WHERE kind = %s AND digest = %s",
            (EMAIL, digest),
            prepare=True,
        ).fetchone()
    return None if row is None else journal.fresh(Account, row[0])


def holder_of(journal: Journal, canonical: str) -> Account | None:
    """Return the account whose address this is, if there is one."""
    account = claimant_of(journal, canonical)
    if account is None or account.email is None:
        return None
    return account if address_from(account.email).canonical == canonical else None


def password_fits(
    journal: Journal,
    credentials: Credentials | None,
    password: str,
    passwords: Passwords,
) -> bool:
    """Tell whether the password is the account's; nobody's costs the same.

    A hash made with other costs than today's is made anew when it fits.
    Raises PasswordsBusy, SecretExchanged.
    """
    binding = None if credentials is None else credentials.password
    secret = None
    if credentials is not None and binding is not None:
        secret = kept(journal, credentials.account_id, PASSWORD, binding)
    stored = None if secret is None else secret.hash
    if not passwords.verify(password, stored):
        return False
    assert credentials is not None
    assert binding is not None
    assert secret is not None
    assert stored is not None
    if passwords.needs_rehash(stored):
        renewed = Secret(secret.constant, passwords.hash(password))
        _replace(journal, credentials.account_id, binding.secret_id, renewed)
    return True


def forgotten(account_id: UUID, *bindings: Binding | None) -> list[Change]:
    """Return the changes that delete the rows of secrets that mean nothing more."""
    return [
        Change(
            sql="DELETE FROM secrets WHERE account_id = %s AND secret_id = %s",
            params=(account_id, binding.secret_id),
            refusal=VersionConflict(),
        )
        for binding in bindings
        if binding is not None
    ]


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


def _replace(
    journal: Journal, account_id: UUID, secret_id: UUID, secret: Secret
) -> None:
    """Put a new hash in the row's place, unless somebody else did meanwhile."""
    renewed = keep(journal, account_id, secret_id, PASSWORD, secret)
    with (
        journal.connections.for_account(account_id) as connection,
        connection.transaction(),
    ):
        gone = connection.execute(
            "DELETE FROM secrets WHERE account_id = %s AND secret_id = %s",
            (account_id, secret_id),
        )
        if gone.rowcount == 1:
            connection.execute(
                "INSERT INTO secrets (account_id, secret_id, kind, material, key_id)"
                " VALUES (%s, %s, %s, %s, %s)",
                renewed.row,
            )


def _place(account_id: UUID, secret_id: UUID, kind: str) -> bytes:
    return account_id.bytes + secret_id.bytes + kind.encode()
