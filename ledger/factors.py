"""Second factors, and where the secrets of credentials lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

TOTP, PASSKEY = "totp", "passkey"
FACTOR_RESET_DELAY = timedelta(hours=72)
"""Between a factor reset that staff starts and its effect: time to say no."""


def credentials_id(account_id: UUID) -> UUID:
    """Return the id of an account's stream of credentials (UUID v5)."""
    return uuid5(account_id, "credentials")


class Binding(NamedTuple):
    """Where a secret lies: its row's id, the row's HMAC and that key's id."""

    secret_id: UUID
    secret_mac: str
    secret_mac_key_id: UUID


@dataclass(frozen=True)
class Factor:
    """A second factor: an authenticator application or a passkey."""

    factor_id: UUID
    kind: str
    name: str | None
    binding: Binding
