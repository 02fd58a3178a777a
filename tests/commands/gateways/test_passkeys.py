"""What the browser is asked for a passkey, and which of its answers are good."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from commands.gateways.passkeys import (
    Passkey,
    authentication_options,
    registration_options,
)
from tests.commands.gateways.authenticator import (
    BACKED_UP,
    CHALLENGE,
    P256,
    PRESENT,
    RP_ID,
    VERIFIED,
    Authenticator,
    Key,
    refused,
    registered,
    signed_in,
    text64,
)

RSA = rsa.generate_private_key(65_537, 2_048)
KEYS: dict[str, Key] = {
    "ES256": P256,
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "RS256": RSA,
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_passkey_is_registered_and_then_signs_in(key: Key) -> None:
    device = Authenticator(key=key)
    passkey = registered(device.created())
    assert passkey.credential_id == b"credential-1"
    assert passkey.sign_count == 0
    assert passkey.transports == ["nfc", "usb"]
    assert not passkey.backed_up
    assert passkey.aaguid == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    once = signed_in(device.got(), passkey)
    assert once == msgspec.structs.replace(passkey, sign_count=1)
    assert signed_in(device.got(), once).sign_count == 2


def test_what_is_kept_reads_back_as_it_was() -> None:
    passkey = registered(Authenticator().created())
    text = msgspec.json.encode(passkey)
    assert msgspec.json.decode(text, type=Passkey) == passkey


@pytest.mark.parametrize(
    ("spoilt", "reason", "cause"),
    [
        ({"origin": "https://panel.example.evil"}, "unverified", "origin"),
        ({"origin": "http://panel.example"}, "unverified", "origin"),
        ({"challenge": CHALLENGE[::-1]}, "unverified", "challenge"),
        ({"challenge": b""}, "unverified", "challenge"),
        ({"rp_id": "example"}, "unverified", "RP ID hash"),
        ({"flags": VERIFIED}, "unverified", "present"),
        ({"flags": PRESENT | BACKED_UP}, "unverified", "backed up"),
        ({"client": {"crossOrigin": True}}, "unverified", "None"),
        ({"client": {"type": "webauthn.else"}}, "unverified", "client data type"),
        ({"client": {"type": ["webauthn.get"]}}, "unverified", "client data type"),
    ],
    ids=range(10),
)
def test_neither_answer_is_taken_from_elsewhere_or_another_time(
    spoilt: dict[str, Any], reason: str, cause: str
) -> None:
    found = refused(Authenticator(key=P256, **spoilt).created())
    assert found.reason == reason
    assert cause in str(found.__cause__)
    passkey = registered(Authenticator(key=P256).created())
    found = refused(Authenticator(key=P256, **spoilt).got(), passkey)
    assert found.reason == reason
    assert cause in str(found.__cause__)


def test_an_answer_to_one_question_is_none_to_the_other() -> None:
    device = Authenticator()
    passkey = registered(device.created())
    assert refused(device.created(), passkey).reason == "malformed"
    assert refused(device.got()).reason == "malformed"
    swapped = Authenticator(key=P256, client={"type": "webauthn.create"}).got()
    assert "client data type" in str(refused(swapped, passkey).__cause__)


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_a_count_that_was_not_raised_is_refused(count: int) -> None:
    device = Authenticator(count=4)
    passkey = registered(device.created())
    passkey = signed_in(device.got(), passkey)
    assert passkey.sign_count == 5
    device.count = count - 1
    assert refused(device.got(), passkey).reason == "counter"
    device.count = 5
    assert signed_in(device.got(), passkey).sign_count == 6


def test_an_answer_sent_twice_is_good_once() -> None:
    device = Authenticator()
    passkey = registered(device.created())
    answer = device.got()
    passkey = signed_in(answer, passkey)
    assert refused(answer, passkey).reason == "counter"


def test_an_authenticator_that_does_not_count_is_taken() -> None:
    device = Authenticator()
    passkey = registered(device.created())
    for _ in range(2):
        device.count = -1
        passkey = signed_in(device.got(), passkey)
    assert passkey.sign_count == 0


def test_a_wrong_signature_learns_nothing_of_the_count() -> None:
    passkey = registered(Authenticator(count=9).created())
    stranger = Authenticator(key=P256)
    assert refused(stranger.got(), passkey).reason == "unverified"


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_another_key_signs_nobody_in(key: Key) -> None:
    passkey = registered(Authenticator().created())
    found = refused(Authenticator(key=key).got(), passkey)
    assert found.reason == "unverified"


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_one_bit_more_or_less_and_the_answer_is_not_good(part: str) -> None:
    device = Authenticator()
    passkey, answer = registered(device.created()), device.got()
    data = base64.urlsafe_b64decode(answer["response"][part] + "==")
    for place in range(0, len(data) * 8, 7):
        spoilt = bytearray(data)
        spoilt[place // 8] ^= 1 << place % 8
        answer["response"][part] = text64(bytes(spoilt))
        refused(answer, passkey)
    answer["response"][part] = text64(data)
    assert signed_in(answer, passkey).sign_count == 1


def test_the_passkey_that_was_asked_for_must_answer() -> None:
    device = Authenticator()
    passkey = registered(device.created())
    other = Authenticator(key=device.key, credential_id=b"credential-2")
    assert refused(other.got(), passkey).reason == "credential"


def test_the_answer_names_the_credential_it_was_made_with() -> None:
    answer = Authenticator().created()
    name = text64(b"credential-2")
    assert refused(answer | {"id": name, "rawId": name}).reason == "credential"
    assert refused(answer | {"id": name}).reason == "unverified"
    long = Authenticator(credential_id=b"x" * 1_024).created()
    assert refused(long).reason == "credential"
    assert registered(Authenticator(credential_id=b"x" * 1_023).created())


def test_the_browser_is_asked_for_a_new_passkey() -> None:
    names = ("Daybook", b"user-1", "ann@example.com", "Ann")
    text = registration_options(RP_ID, *names, CHALLENGE, [b"one", b"two"])
    assert json.loads(text) == {
        "rp": {"name": "Daybook", "id": "panel.example"},
        "user": {
            "id": text64(b"user-1"),
            "name": "ann@example.com",
            "displayName": "Ann",
        },
        "challenge": text64(CHALLENGE),
        "pubKeyCredParams": [
            {"type": "public-key", "alg": number} for number in (-7, -8, -257)
        ],
        "timeout": 300_000,
        "excludeCredentials": [
            {"type": "public-key", "id": text64(name)} for name in (b"one", b"two")
        ],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": False,
            "userVerification": "preferred",
        },
        "attestation": "none",
    }


def test_the_browser_is_asked_for_a_known_passkey() -> None:
    assert json.loads(authentication_options(RP_ID, CHALLENGE, [b"one"])) == {
        "rpId": "panel.example",
        "challenge": text64(CHALLENGE),
        "timeout": 300_000,
        "allowCredentials": [{"type": "public-key", "id": text64(b"one")}],
        "userVerification": "preferred",
    }
