"""One-time codes of an authenticator (RFC 6238): SHA-1, six digits, 30 seconds.

A code is never just right: the step that it belongs to is returned, so that the caller
can accept each step once.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp

from commands import limits

DIGITS = 6


def new_seed() -> bytes:
    """Draw what the authenticator and we both know."""
    return secrets.token_bytes(limits.TOTP_SEED_BYTES)


def seed_text(seed: bytes) -> str:
    """Return the seed as it is typed: base32, 32 characters, no padding."""
    return base64.b32encode(seed).decode("ascii").rstrip("=")


def provisioning_uri(seed: bytes, account: str, issuer: str = "Daybook") -> str:
    """Return what the QR code says; account and issuer are percent-encoded."""
    return _codes(seed).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(seed: bytes, code: str, now: datetime) -> int | None:
    """Return the step of 30 seconds since 1970 that has this code; None for none.

    The steps are now's and its neighbours; of several that match, it is the latest.
    """
    return _matching(seed, code, now, limits.TOTP_STEPS_AROUND)


def is_clock_off(seed: bytes, code: str, now: datetime) -> bool:
    """Tell whether the code would be good on a clock some minutes off ours."""
    return (
        matching_step(seed, code, now) is None
        and _matching(seed, code, now, limits.TOTP_STEPS_HINTED) is not None
    )


def _matching(seed: bytes, code: str, now: datetime, around: int) -> int | None:
    """Compare with every step, whichever agrees, so that the time tells nothing."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    codes = _codes(seed)
    middle, found = codes.timecode(now), None
    for step in range(max(0, middle - around), middle + around + 1):
        if hmac.compare_digest(codes.generate_otp(step), code):
            found = step
    return found


def _codes(seed: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(seed_text(seed))
