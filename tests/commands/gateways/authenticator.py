"""An authenticator in software: what a browser would send, true or spoilt.

Written from the WebAuthn recommendation, with its own CBOR, so that it agrees with our
library only where both agree with the text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from commands.gateways.passkeys import (
    Passkey,
    PasskeyRefused,
    verify_authentication,
    verify_registration,
)

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
RP_ID, ORIGIN = "panel.example", "https://panel.example"
CHALLENGE = bytes(range(32))
P256 = ec.generate_private_key(ec.SECP256R1())
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def cbor(value: Any) -> bytes:
    """Encode an int, bytes, text or map."""
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    assert isinstance(value, dict)
    pairs = b"".join(cbor(name) + cbor(one) for name, one in value.items())
    return _head(5, len(value)) + pairs


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    size = 1 if number < 1 << 8 else 2 if number < 1 << 16 else 4
    mark = {1: 24, 2: 25, 4: 26}[size]
    return bytes([kind << 5 | mark]) + number.to_bytes(size)


def cose(key: Key) -> dict[int, Any]:
    """The public key as COSE names it: ES256, EdDSA or RS256."""
    public = key.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        numbers = public.public_numbers()
        x, y = numbers.x.to_bytes(32), numbers.y.to_bytes(32)
        return {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    if isinstance(public, rsa.RSAPublicKey):
        size = public.key_size // 8
        modulus = public.public_numbers().n.to_bytes(size)
        return {1: 3, 3: -257, -1: modulus, -2: b"\1\0\1"}
    return {1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()}


def text64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """A key, a counter, and whatever it is told to do wrong."""

    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = b"credential-1"
    count: int = 0
    flags: int = PRESENT
    rp_id: str = RP_ID
    origin: str = ORIGIN
    challenge: bytes = CHALLENGE
    aaguid: bytes = bytes(range(16))
    statement: dict[str, Any] = field(default_factory=dict)
    format: str = "none"
    cose_key: dict[int, Any] | None = None
    client: dict[str, Any] = field(default_factory=dict)

    def created(self) -> dict[str, Any]:
        """What navigator.credentials.create() returns, as toJSON() writes it."""
        data = self._attested()
        told = {"fmt": self.format, "attStmt": self.statement, "authData": data}
        response = {
            "clientDataJSON": text64(self._client("webauthn.create")),
            "attestationObject": text64(cbor(told)),
            "transports": ["usb", "nfc", "telepathy", "usb"],
        }
        return self._answer(response)

    def self_attested(self) -> dict[str, Any]:
        """The same with the format packed, signed by the new key itself."""
        client = hashlib.sha256(self._client("webauthn.create")).digest()
        self.statement = {"alg": -7, "sig": self._signed(self._attested() + client)}
        self.format = "packed"
        return self.created()

    def got(self) -> dict[str, Any]:
        """What navigator.credentials.get() returns; the counter goes up before."""
        self.count += 1
        data, client = self._data(self.flags), self._client("webauthn.get")
        response = {
            "clientDataJSON": text64(client),
            "authenticatorData": text64(data),
            "signature": text64(self._signed(data + hashlib.sha256(client).digest())),
            "userHandle": text64(b"user-1"),
        }
        return self._answer(response)

    def _attested(self) -> bytes:
        public = cbor(self.cose_key or cose(self.key))
        size = len(self.credential_id).to_bytes(2)
        attested = self.aaguid + size + self.credential_id + public
        return self._data(self.flags | ATTESTED) + attested

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = text64(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _client(self, kind: str) -> bytes:
        told = {"type": kind, "challenge": text64(self.challenge)}
        return json.dumps(told | {"origin": self.origin} | self.client).encode()

    def _data(self, flags: int) -> bytes:
        place = hashlib.sha256(self.rp_id.encode()).digest()
        return place + bytes([flags]) + self.count.to_bytes(4)

    def _signed(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(SHA256()))
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), SHA256())
        return self.key.sign(data)


def registered(answer: dict[str, Any]) -> Passkey:
    return verify_registration(json.dumps(answer), CHALLENGE, RP_ID, ORIGIN)


def signed_in(answer: dict[str, Any], passkey: Passkey) -> Passkey:
    text = json.dumps(answer)
    return verify_authentication(text, CHALLENGE, RP_ID, ORIGIN, passkey)


def refused(answer: dict[str, Any], passkey: Passkey | None = None) -> PasskeyRefused:
    with pytest.raises(PasskeyRefused) as found:
        signed_in(answer, passkey) if passkey else registered(answer)
    return found.value
