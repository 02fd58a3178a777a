"""Recovery codes: how they are drawn, written, kept and found again.

Ten codes share one salt, so that a guess costs one argon2id hash and not ten. Codes of
80 bits are random enough for that: nobody tries many against one salt.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence

import msgspec

from commands import limits
from commands.gateways.passwords import PASSWORDS, Cost, Passwords

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32: without I, L, O, which look like digits, and without U."""
GROUP = 4
LOOK_ALIKES = str.maketrans("OIL", "011")
DASHES = "-\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"


class CodeSet(msgspec.Struct, frozen=True):
    """What is kept of ten codes: their salt, their digests in order, and the cost."""

    salt: bytes
    digests: list[bytes]
    cost: Cost


def new_codes() -> tuple[str, ...]:
    """Draw ten codes of 80 bits, each written in four groups of four."""
    return tuple(_drawn() for _ in range(limits.RECOVERY_CODES))


def hashed(codes: Sequence[str], passwords: Passwords = PASSWORDS) -> CodeSet:
    """Return what is kept of these codes, in their order.

    Raises PasswordsBusy when no turn comes.
    """
    salt = secrets.token_bytes(limits.ARGON2_SALT_BYTES)
    read = [_read(code) for code in codes]
    digests = [
        passwords.derive(code, salt, passwords.cost)
        for code in read
        if code is not None
    ]
    assert len(digests) == len(codes)
    return CodeSet(salt=salt, digests=digests, cost=passwords.cost)


def match(code: str, stored: CodeSet, passwords: Passwords = PASSWORDS) -> int | None:
    """Return the number, from 0, of the code that was typed; None for none of them.

    Whether it was used before is not known here. Raises PasswordsBusy when no turn
    comes, HashUnusable for a set that costs more than we pay.
    """
    read = _read(code)
    if read is None:
        return None
    digest, found = passwords.derive(read, stored.salt, stored.cost), None
    # All are compared, whichever agrees, so that the time tells no number.
    for number, known in enumerate(stored.digests):
        if hmac.compare_digest(digest, known):
            found = number
    return found


def _drawn() -> str:
    code = "".join(
        secrets.choice(DIGITS) for _ in range(limits.RECOVERY_CODE_CHARACTERS)
    )
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def _read(typed: str) -> bytes | None:
    """Return the code in its plain form, or None for what can be no code."""
    if len(typed) > limits.RECOVERY_TYPED_CHARACTERS_MAX:
        return None
    plain = "".join(sign for sign in typed if not (sign.isspace() or sign in DASHES))
    if len(plain) != limits.RECOVERY_CODE_CHARACTERS or not plain.isascii():
        return None
    code = plain.upper().translate(LOOK_ALIKES)
    return code.encode("ascii") if set(code) <= set(DIGITS) else None
