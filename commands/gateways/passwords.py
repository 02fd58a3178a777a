"""Passwords: which are taken, how they are hashed (argon2id), how many at once.

A password is used as it was received, in Unicode form NFC: one exception to "exactly
as received", so that a keyboard that composes letters signs in like one that does not.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

from passlib.hash import argon2  # type: ignore[import-untyped]  # it has no types

from commands import limits
from commands.gateways.blocklist import is_common, is_made_of
from ledger.refusals import WeakPassword

# Loaded now: passlib would load it at the first use, and fail where another thread,
# or the hash that an argument needs, comes between.
argon2.set_backend("argon2_cffi")


class PasswordsBusy(Exception):  # noqa: N818 - a fact about the moment
    """Too many passwords are being hashed; asking again in a few seconds will help."""


class HashUnusable(ValueError):  # noqa: N818 - a fact about what is stored
    """A stored hash is no argon2id hash, or would cost more than we pay."""


class Cost(NamedTuple):
    """What one argon2id hash takes; it is kept beside what was derived with it."""

    memory_kib: int
    passes: int
    lanes: int


class Passwords:
    """Hashes and verifies, a bounded number at a time.

    Raises PasswordsBusy when no turn comes within `wait_seconds`.
    """

    def __init__(
        self,
        *,
        memory_kib: int = limits.ARGON2_MEMORY_KIB,
        passes: int = limits.ARGON2_PASSES,
        at_once: int = limits.PASSWORDS_AT_ONCE,
        wait_seconds: float = limits.PASSWORD_WAIT_SECONDS_MAX,
    ) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds
        self.cost = Cost(memory_kib, passes, limits.ARGON2_LANES)
        self._argon2 = argon2.using(
            type="ID",
            memory_cost=memory_kib,
            rounds=passes,
            parallelism=limits.ARGON2_LANES,
            salt_size=limits.ARGON2_SALT_BYTES,
            digest_size=limits.ARGON2_HASH_BYTES,
        )

    def check(self, password: str, context: Iterable[str] = ()) -> None:
        """Refuse a password that would be guessed; `context` are personal words.

        Raises WeakPassword: `short`, `long`, `common`, `context`, in this order.
        """
        data, count = _bytes(password), len(unicodedata.normalize("NFC", password))
        if data is None or len(data) > limits.PASSWORD_BYTES_MAX:
            raise WeakPassword("long")
        if count < limits.PASSWORD_CHARACTERS_MIN:
            raise WeakPassword("short")
        if count > limits.PASSWORD_CHARACTERS_MAX:
            raise WeakPassword("long")
        if is_common(password):
            raise WeakPassword("common")
        if is_made_of(password, context):
            raise WeakPassword("context")

    def hash(self, password: str) -> str:
        """Return the argon2id hash of a password that was checked."""
        data = _bytes(password)
        assert data is not None
        assert len(data) <= limits.PASSWORD_BYTES_MAX
        with self._turn():
            return str(self._argon2.hash(data))

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether the password made the hash; None costs the same, and is no.

        Raises HashUnusable for a hash that is not ours to compute.
        """
        data = _bytes(password)
        if data is None or len(data) > limits.PASSWORD_BYTES_MAX:
            data, stored = b"", None
        if stored is not None:
            _check_cost(stored)
        with self._turn():
            fits = bool(self._argon2.verify(data, stored or self._dummy))
        return fits and stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Tell whether the hash was made with other costs than today's."""
        return bool(self._argon2.needs_update(stored))

    def derive(self, data: bytes, salt: bytes, cost: Cost) -> bytes:
        """Return the 32 bytes that argon2id makes of data and a salt, in one turn.

        For secrets that share a salt. Raises HashUnusable for a cost over our limits.
        """
        assert len(data) <= limits.PASSWORD_BYTES_MAX
        _check_limits(cost)
        function = self._argon2.using(
            memory_cost=cost.memory_kib,
            rounds=cost.passes,
            parallelism=cost.lanes,
            salt=salt,
        )
        with self._turn():
            return bytes(function.from_string(function.hash(data)).checksum)

    @cached_property
    def _dummy(self) -> str:
        return str(self._argon2.hash(b"nobody's"))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise PasswordsBusy
        try:
            yield
        finally:
            self._turns.release()


PASSWORDS = Passwords()
"""The passwords of this process."""


def _bytes(password: str) -> bytes | None:
    """Return the password as it is hashed, or None for halves of characters."""
    try:
        return unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError:
        return None


def _check_cost(stored: str) -> None:
    try:
        found = argon2.from_string(stored)
    except (ValueError, TypeError) as trouble:
        raise HashUnusable("no argon2 hash") from trouble
    if found.type.upper() != "ID":
        raise HashUnusable("another kind of hash")
    _check_limits(Cost(found.memory_cost, found.rounds, found.parallelism))


def _check_limits(cost: Cost) -> None:
    if (
        cost.memory_kib > limits.ARGON2_MEMORY_KIB_MAX
        or cost.passes > limits.ARGON2_PASSES_MAX
        or cost.lanes > limits.ARGON2_LANES_MAX
    ):
        raise HashUnusable("a hash that costs too much")
