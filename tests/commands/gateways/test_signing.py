"""Keys and signatures, checked by an implementation that shares no code with ours."""

from __future__ import annotations

import base64
import hashlib

import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from commands.gateways.signing import KEY_BITS, KeyPair, new_key_pair, signature

TEXT = b"from:ann@hollis.example\r\n"
DIGEST = hashlib.sha256(TEXT).digest()


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return new_key_pair()


def test_the_public_part_is_a_key_of_2048_bits(pair: KeyPair) -> None:
    public = RSA.import_key(base64.b64decode(pair.public))
    assert (public.size_in_bits(), public.e) == (KEY_BITS, 65_537)
    assert not public.has_private()


def test_a_signature_of_the_hash_is_one_of_the_text(pair: KeyPair) -> None:
    made = signature(pair.private, DIGEST)
    public = RSA.import_key(base64.b64decode(pair.public))
    pkcs1_15.new(public).verify(SHA256.new(TEXT), made)
    with pytest.raises(ValueError, match="signature"):
        pkcs1_15.new(public).verify(SHA256.new(TEXT + b" "), made)


def test_the_private_part_is_not_shown(pair: KeyPair) -> None:
    assert str(pair.private) not in repr(pair)
    assert "private" not in repr(pair)


def test_only_a_whole_hash_is_signed(pair: KeyPair) -> None:
    with pytest.raises(AssertionError):
        signature(pair.private, DIGEST[:-1])
