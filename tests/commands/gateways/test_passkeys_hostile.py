"""Answers of a browser that were made to break something."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from commands.gateways.passkeys import (
    PasskeyRefused,
    verify_authentication,
    verify_registration,
)
from tests.commands.gateways.authenticator import (
    BACKED_UP,
    CHALLENGE,
    ELIGIBLE,
    ORIGIN,
    P256,
    PRESENT,
    RP_ID,
    Authenticator,
    cose,
    refused,
    registered,
    signed_in,
    text64,
)

RSA = rsa.generate_private_key(65_537, 2_048)
ED = ed25519.Ed25519PrivateKey.generate()
POINT = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
P384 = {1: 2, 3: -7, -1: 2, -2: POINT.x.to_bytes(48), -3: POINT.y.to_bytes(48)}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (cose(P256) | {3: -35}, "unverified"),  # ES384, which was not asked for
        (cose(P256) | {3: -257}, "key"),  # an elliptic key that calls itself RSA
        (cose(RSA) | {3: -7}, "key"),
        (P384, "key"),  # another curve
        (cose(P256) | {-3: bytes(32)}, "key"),  # a point beside the curve
        (cose(P256) | {-2: b""}, "unverified"),
        (cose(ED) | {-2: b"short"}, "key"),
        (cose(RSA) | {-1: b"\xff" * 128}, "key"),
        (cose(RSA) | {-1: bytes(128) + b"\xff" * 128}, "key"),
        (cose(RSA) | {-1: b"\xff" * 513}, "key"),
        (cose(RSA) | {-2: b"\x01"}, "key"),
        ({1: 2}, "unverified"),
    ],
    ids=range(12),
)
def test_only_keys_that_can_verify_are_kept(key: dict[int, Any], reason: str) -> None:
    assert refused(Authenticator(cose_key=key).created()).reason == reason


@pytest.mark.parametrize(
    "spoilt",
    [
        {"statement": {"sig": b"x"}},
        {"format": "packed", "statement": {"alg": -7, "sig": b"x"}},
    ],
    ids=range(2),
)
def test_no_attestation_is_taken_at_its_word(spoilt: dict[str, Any]) -> None:
    answer = Authenticator(**spoilt).created()
    assert refused(answer).reason in ("malformed", "unverified")


@pytest.mark.parametrize("form", ["tpm", "android-safetynet", "fido-u2f", "else"])
def test_an_attestation_that_was_not_asked_for_is_not_looked_at(form: str) -> None:
    found = refused(Authenticator(format=form).created())
    assert (found.reason, found.__cause__) == ("unverified", None)


def test_a_key_that_attests_itself_is_taken() -> None:
    assert registered(Authenticator().self_attested())


def test_whether_a_passkey_is_backed_up_is_known_anew_each_time() -> None:
    device = Authenticator(flags=PRESENT | ELIGIBLE)
    passkey = registered(device.created())
    assert not passkey.backed_up
    device.flags |= BACKED_UP
    assert signed_in(device.got(), passkey).backed_up


def test_an_answer_over_20_kb_is_not_read() -> None:
    device = Authenticator()
    answer, passkey = device.created(), registered(device.created())
    room = 20_000 - len(json.dumps(answer | {"more": ""}))
    assert registered(answer | {"more": "x" * room})
    assert refused(answer | {"more": "x" * (room + 1)}).reason == "large"
    assert refused(device.got() | {"more": "x" * 20_000}, passkey).reason == "large"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 19_999,
        '{"id":' * 3_000,
        "9" * 19_999,
        "\ud800",
        "\0",
        '{"id":"x","rawId":"x","type":"public-key","response":{}}',
    ],
    ids=range(10),
)
def test_garbage_is_malformed_and_nothing_else(text: str) -> None:
    passkey = registered(Authenticator(key=P256).created())
    with pytest.raises(PasskeyRefused, match="malformed"):
        verify_registration(text, CHALLENGE, RP_ID, ORIGIN)
    with pytest.raises(PasskeyRefused, match="malformed"):
        verify_authentication(text, CHALLENGE, RP_ID, ORIGIN, passkey)


@given(st.sampled_from(["created", "got"]), st.data())
def test_whatever_stands_in_an_answer_it_is_only_refused(
    question: str, data: st.DataObject
) -> None:
    device = Authenticator(key=P256)
    answer = getattr(device, question)()
    where = data.draw(st.sampled_from([answer, answer["response"]]))
    name = data.draw(st.sampled_from(sorted(where)))
    if name in ("transports", "userHandle"):
        return
    old = where[name]
    where[name] = data.draw(JSON | st.binary().map(text64))
    passkey = registered(device.created())
    if where[name] != old:
        refused(answer, None if question == "created" else passkey)


@given(st.binary(max_size=200))
def test_whatever_the_authenticator_says_it_is_only_refused(said: bytes) -> None:
    device = Authenticator(key=P256)
    passkey = registered(device.created())
    answer = device.created()
    answer["response"]["attestationObject"] = text64(said)
    refused(answer)
    answer = device.got()
    answer["response"]["authenticatorData"] = text64(said)
    refused(answer, passkey)
