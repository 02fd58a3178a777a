"""Keys: one per account and purpose, so that destroying it erases the person.

Every key is random and wrapped by the master key, which lives outside the database.
A digest stands beside the id of the key it was made with.
"""

from __future__ import annotations

import hmac
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.refusals import PersonErased

CACHE_SECONDS_MAX = 60.0
"""A destroyed key is forgotten by every process within this time."""
CACHED_KEYS_MAX = 20_000
DECIDING_SQL = "SELECT pg_advisory_xact_lock(hashtextextended(%s || %s, 0))"
"""Making and destroying one key wait for each other: it is destroyed for ever."""
REWRAPPED = (
    ("data_keys", "account_id"),
    ("installation_keys", f"'{SYSTEM}'::uuid"),
)
NONCE_BYTES = 12
KEY_BYTES = 32


class Key(NamedTuple):
    """A key in memory: its id, its cipher, and an HMAC that has taken nothing yet."""

    key_id: UUID
    secret: bytes
    cipher: AESGCM
    blank: hmac.HMAC


class Sealed(NamedTuple):
    """Ciphertext (nonce first) and the id of the key that opens it."""

    data: bytes
    key_id: UUID


Connect = Callable[[UUID], AbstractContextManager[Connection[Any]]]


class Vault:
    """Makes, wraps, caches and destroys keys; seals and opens with them.

    `connect` lends an autocommit connection for an account; `master` has 32 bytes.
    """

    def __init__(self, connect: Connect, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes, not {len(master)}")
        self._connect = connect
        self._master = AESGCM(master)
        self._lock = threading.Lock()
        self._by_purpose: dict[tuple[UUID, str], tuple[float, Key]] = {}
        self._by_id: dict[tuple[UUID, UUID], tuple[float, Key | None]] = {}

    def seal(self, account_id: UUID, purpose: str, data: bytes, aad: bytes) -> Sealed:
        """Encrypt with AES-256-GCM (NIST SP 800-38D) under the account's key.

        Raises PersonErased when that key was destroyed.
        """
        key = self._key_for(account_id, purpose)
        nonce = os.urandom(NONCE_BYTES)
        return Sealed(nonce + key.cipher.encrypt(nonce, data, aad), key.key_id)

    def open(
        self, account_id: UUID, key_id: UUID, data: bytes, aad: bytes
    ) -> bytes | None:
        """Decrypt, or return None when the key was destroyed.

        Raises ValueError when the data are not what this key sealed for `aad`.
        """
        key = self._key_by_id(account_id, key_id)
        if key is None:
            return None
        try:
            return key.cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], aad)
        except InvalidTag:
            raise ValueError("sealed data do not fit their key and place") from None

    def handed_out(self, account_id: UUID, purpose: str) -> bytes:
        """Return a key of 32 bytes that somebody else computes with, and nobody here.

        Raises PersonErased when it was destroyed.
        """
        return self._key_for(account_id, purpose).secret

    def digest(self, purpose: str, data: bytes) -> Sealed:
        """Return HMAC-SHA-256 of the data under the installation key `purpose`."""
        key = self._key_for(SYSTEM, purpose)
        return Sealed(_digest(key, data), key.key_id)

    def matches(self, key_id: UUID, data: bytes, digest: bytes) -> bool:
        """Tell whether the digest was made of these data with that key."""
        key = self._key_by_id(SYSTEM, key_id)
        return key is not None and hmac.compare_digest(_digest(key, data), digest)

    def fits(self) -> bool:
        """Tell whether the master key is the one that wrapped this database's keys."""
        with self._connect(SYSTEM) as connection:
            row = connection.execute(
                "SELECT purpose, key_id, wrapped FROM installation_keys LIMIT 1"
            ).fetchone()
        try:
            return row is None or bool(self._unwrap(SYSTEM, *row))
        except ValueError:
            return False

    def destroy(self, account_id: UUID, purpose: str) -> bool:
        """Destroy the account's key for ever; tell whether there was one.

        The account's snapshots go with it. What is destroyed stays destroyed: the
        purpose gets no new key.
        """
        sql = (
            "WITH gone AS (DELETE FROM data_keys WHERE account_id = %(account)s"
            " AND purpose = %(purpose)s RETURNING account_id, purpose, key_id),"
            " noted AS (INSERT INTO data_keys_destroyed (account_id, purpose, key_id)"
            " SELECT * FROM gone UNION ALL SELECT %(account)s, %(purpose)s, %(nil)s"
            " WHERE NOT EXISTS (SELECT FROM gone) ON CONFLICT DO NOTHING),"
            " forgotten AS (DELETE FROM snapshots WHERE account_id = %(account)s)"
            " SELECT key_id FROM gone"
        )
        values = {"account": account_id, "purpose": purpose, "nil": SYSTEM}
        with self._connect(account_id) as connection, connection.transaction():
            connection.execute(DECIDING_SQL, (str(account_id), purpose))
            gone = connection.execute(sql, values).fetchone()
        with self._lock:
            self._by_purpose.pop((account_id, purpose), None)
            if gone is not None:
                self._by_id.pop((account_id, gone[0]), None)
        return gone is not None

    def rewrap(self, new_master: bytes) -> int:
        """Wrap every key of the installation anew; return how many there were.

        Runs with the owner's rights, in one transaction: the service may not change
        a key's row, and makes none meanwhile. It must be started anew afterwards.
        """
        new, count = AESGCM(new_master), 0
        with self._connect(SYSTEM) as connection, connection.transaction():
            connection.execute(
                "LOCK TABLE data_keys, installation_keys IN SHARE ROW EXCLUSIVE MODE"
            )
            for table, account in REWRAPPED:
                rows = connection.execute(
                    f"SELECT {account}, purpose, key_id, wrapped FROM {table}"
                ).fetchall()
                for account_id, purpose, key_id, wrapped in rows:
                    secret = self._unwrap(account_id, purpose, key_id, wrapped)
                    data = _wrap(new, account_id, purpose, key_id, secret)
                    connection.execute(
                        f"UPDATE {table} SET wrapped = %s WHERE key_id = %s",
                        (data, key_id),
                    )
                    count += 1
        self._master = new
        return count

    def _key_for(self, account_id: UUID, purpose: str) -> Key:
        now = time.monotonic()
        cached = self._by_purpose.get((account_id, purpose))
        if cached is not None and now - cached[0] < CACHE_SECONDS_MAX:
            return cached[1]
        key = self._fetch_or_make(account_id, purpose)
        with self._lock:
            if len(self._by_purpose) >= CACHED_KEYS_MAX:
                self._by_purpose.clear()
            self._by_purpose[account_id, purpose] = (now, key)
        return key

    def _key_by_id(self, account_id: UUID, key_id: UUID) -> Key | None:
        now = time.monotonic()
        cached = self._by_id.get((account_id, key_id))
        if cached is not None and now - cached[0] < CACHE_SECONDS_MAX:
            return cached[1]
        with self._connect(account_id) as connection:
            row = connection.execute(
                "SELECT %s::uuid, purpose, wrapped FROM data_keys"
                " WHERE account_id = %s AND key_id = %s UNION ALL"
                " SELECT %s, purpose, wrapped FROM installation_keys WHERE key_id = %s",
                (account_id, account_id, key_id, SYSTEM, key_id),
            ).fetchone()
        key = None
        if row is not None:
            secret = self._unwrap(row[0], row[1], key_id, row[2])
            key = _key(key_id, secret)
        with self._lock:
            if len(self._by_id) >= CACHED_KEYS_MAX:
                self._by_id.clear()
            self._by_id[account_id, key_id] = (now, key)
        return key

    def _fetch_or_make(self, account_id: UUID, purpose: str) -> Key:
        with self._connect(account_id) as connection:
            row = self._fetch(connection, account_id, purpose)
            if row is None:
                key_id, secret = uuid4(), os.urandom(KEY_BYTES)
                wrapped = _wrap(self._master, account_id, purpose, key_id, secret)
                self._insert(connection, account_id, purpose, key_id, wrapped)
                row = self._fetch(connection, account_id, purpose)
        if row is None:
            raise PersonErased(purpose)
        secret = self._unwrap(account_id, purpose, row[0], row[1])
        return _key(row[0], secret)

    @staticmethod
    def _fetch(
        connection: Connection[Any], account_id: UUID, purpose: str
    ) -> tuple[UUID, bytes] | None:
        if account_id == SYSTEM:
            sql = "SELECT key_id, wrapped FROM installation_keys WHERE purpose = %s"
            return connection.execute(sql, (purpose,)).fetchone()
        sql = (
            "SELECT key_id, wrapped FROM data_keys"
            " WHERE account_id = %s AND purpose = %s"
        )
        return connection.execute(sql, (account_id, purpose)).fetchone()

    @staticmethod
    def _insert(
        connection: Connection[Any],
        account_id: UUID,
        purpose: str,
        key_id: UUID,
        wrapped: bytes,
    ) -> None:
        if account_id == SYSTEM:
            connection.execute(
                "INSERT INTO installation_keys (key_id, purpose, wrapped)"
                " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (key_id, purpose, wrapped),
            )
            return
        with connection.transaction():
            connection.execute(DECIDING_SQL, (str(account_id), purpose))
            connection.execute(
                "INSERT INTO data_keys (account_id, purpose, key_id, wrapped)"
                " SELECT %s, %s, %s, %s WHERE NOT EXISTS (SELECT FROM"
                " data_keys_destroyed WHERE account_id = %s AND purpose = %s)"
                " ON CONFLICT DO NOTHING",
                (account_id, purpose, key_id, wrapped, account_id, purpose),
            )

    def _unwrap(
        self, account_id: UUID, purpose: str, key_id: UUID, wrapped: bytes
    ) -> bytes:
        aad = account_id.bytes + key_id.bytes + purpose.encode()
        try:
            return self._master.decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], aad
            )
        except InvalidTag:
            raise ValueError("the master key does not fit this database") from None


class BlindVault(Vault):
    """Opens nothing: auditors read the journal without its secrets and persons."""

    def __init__(self) -> None:
        """Hold no key."""

    def open(
        self, account_id: UUID, key_id: UUID, data: bytes, aad: bytes
    ) -> bytes | None:
        """Return None, as if the key were destroyed."""
        return None


def _key(key_id: UUID, secret: bytes) -> Key:
    return Key(key_id, secret, AESGCM(secret), hmac.new(secret, digestmod="sha256"))


def _digest(key: Key, data: bytes) -> bytes:
    taking = key.blank.copy()  # one shot would let go of the interpreter's lock
    taking.update(data)
    return taking.digest()


def _wrap(
    master: AESGCM, account_id: UUID, purpose: str, key_id: UUID, secret: bytes
) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    aad = account_id.bytes + key_id.bytes + purpose.encode()
    return nonce + master.encrypt(nonce, secret, aad)
