"""Chance: random secrets, how they are written, and the digests that are kept.

Where secrets of sessions, links and keys are drawn; seeds and recovery codes are
drawn beside their form. A token of an account names it before the
secret, so that it leads to the account's own rows; a key's secret carries a prefix and
a checksum, so that scanners can tell it from other text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import string
from typing import NamedTuple
from uuid import UUID, uuid4
from zlib import crc32

from commands.limits import SECRET_BYTES

KEY_PREFIX = "dms_"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
KEY_DIGITS = 43
CHECK_DIGITS = 6
TOKEN_CHARACTERS_MAX = 120


class AccountToken(NamedTuple):
    """What a cookie or a mailed link carries: whose it is, and the secret."""

    account_id: UUID
    secret: bytes

    @property
    def text(self) -> str:
        """The token as URLs and cookies take it."""
        secret = base64.urlsafe_b64encode(self.secret).rstrip(b"=").decode("ascii")
        return f"{self.account_id}.{secret}"

    @property
    def digest(self) -> bytes:
        """What is kept of the secret: its SHA-256."""
        return hashlib.sha256(self.secret).digest()


def new_token(account_id: UUID) -> AccountToken:
    """Draw a token of 256 bits for the account."""
    return AccountToken(account_id, secrets.token_bytes(SECRET_BYTES))


def token_from(text: str) -> AccountToken | None:
    """Return the token that was written so, or None for any other text."""
    if len(text) > TOKEN_CHARACTERS_MAX or not text.isascii():
        return None
    account, _, encoded = text.partition(".")
    try:
        secret = base64.b64decode(encoded + "=", altchars=b"-_", validate=True)
        token = AccountToken(UUID(account), secret)
    except (ValueError, binascii.Error):
        return None
    return token if token.text == text and len(secret) == SECRET_BYTES else None


def new_id() -> UUID:
    """Draw an id for what no command names beforehand."""
    return uuid4()


def new_label() -> str:
    """Draw a name of 128 bits in the letters and digits that DNS tells apart."""
    return base64.b32encode(secrets.token_bytes(16)).rstrip(b"=").decode().lower()


def new_constant() -> bytes:
    """Draw the part of a kept secret that stays when its hash is made anew."""
    return secrets.token_bytes(16)


def new_key_secret() -> str:
    """Draw an API key's secret of 256 bits, with its prefix and checksum."""
    number = int.from_bytes(secrets.token_bytes(SECRET_BYTES))
    body = _base62(number, KEY_DIGITS)
    return KEY_PREFIX + body + _checksum(body)


def is_key_secret(text: str) -> bool:
    """Tell whether the text is a whole key secret: prefix, length and checksum."""
    body, check = text[len(KEY_PREFIX) : -CHECK_DIGITS], text[-CHECK_DIGITS:]
    return (
        text.startswith(KEY_PREFIX)
        and len(body) == KEY_DIGITS
        and all(character in BASE62 for character in body)
        and check == _checksum(body)
    )


def key_digest(secret: str) -> bytes:
    """Return what is kept of a key's secret: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def same(one: bytes, other: bytes) -> bool:
    """Compare without telling by the time how much agrees."""
    return hmac.compare_digest(one, other)


def _checksum(body: str) -> str:
    return _base62(crc32((KEY_PREFIX + body).encode()), CHECK_DIGITS)


def _base62(number: int, digits: int) -> str:
    found = ""
    for _ in range(digits):
        number, digit = divmod(number, len(BASE62))
        found = BASE62[digit] + found
    return found
