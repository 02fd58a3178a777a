"""RSA keys that sign mail (DKIM, RFC 6376 and 8301): made here, and used here."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

ALGORITHM = "rsa-sha256"
"""What every verifier knows: Ed25519 (RFC 8463) many still do not."""
KEY_BITS = 2_048
"""The longest that RFC 8301 demands of all, and that fits the DNS over UDP."""
PUBLIC_EXPONENT = 65_537
HASH_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """A key that was just made: PKCS #8 for us, SubjectPublicKeyInfo for the DNS."""

    private: bytes = field(repr=False)
    public: str


def new_key_pair() -> KeyPair:
    """Make a key; some tens of milliseconds of a processor."""
    key = rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(private=private, public=base64.b64encode(public).decode())


def signature(private: bytes, header_hash: bytes) -> bytes:
    """Sign a SHA-256 of canonical header fields (PKCS #1 v1.5, RFC 8017).

    The key is one of ours, bound to its place when it was kept: it is not checked
    for being prime again, which would take longer than signing.
    """
    assert len(header_hash) == HASH_BYTES
    key = serialization.load_der_private_key(
        private, None, unsafe_skip_rsa_key_validation=True
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(header_hash, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
