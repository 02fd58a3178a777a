"""Passkeys as a second factor (WebAuthn): what the browser is asked, and its answers.

Everything in an answer comes from whoever sent it; whatever is wrong with it, it is
PasskeyRefused and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import (
    DecodedEC2PublicKey,
    DecodedOKPPublicKey,
    DecodedRSAPublicKey,
)
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from commands import limits

ALGORITHMS = {
    COSEAlgorithmIdentifier.ECDSA_SHA_256: DecodedEC2PublicKey,
    COSEAlgorithmIdentifier.EDDSA: DecodedOKPPublicKey,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256: DecodedRSAPublicKey,
}
"""What we ask for, the best first, and the kind of key that belongs to it."""
ATTESTATIONS = (AttestationFormat.NONE, AttestationFormat.PACKED)
"""We ask for none; a key that attests itself may say so nevertheless."""

SELECTION = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.PREFERRED,
    user_verification=UserVerificationRequirement.PREFERRED,
)
"""Resident ones are carried from a lost device to the next."""


class PasskeyRefused(Exception):  # noqa: N818 - said of the answer
    """The browser's answer is not good.

    `reason` is large, malformed, unverified, credential (another than was asked for),
    key (of a kind we do not take) or counter (not raised since the last time: replayed,
    or the key was copied). The cause tells more and is meant for nobody outside.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Passkey(msgspec.Struct, frozen=True):
    """What is kept of a passkey; nothing in it is secret.

    The public key is COSE; `aaguid` names the make of the authenticator.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backed_up: bool
    aaguid: str


def registration_options(
    rp_id: str,
    rp_name: str,
    user_id: bytes,
    user_name: str,
    display_name: str,
    challenge: bytes,
    exclude: Sequence[bytes],
) -> str:
    """Return the JSON that navigator.credentials.create() takes.

    `exclude` are the ids of the credentials that the account has already.
    """
    options = generate_registration_options(
        rp_id=rp_id,
        rp_name=rp_name,
        user_id=user_id,
        user_name=user_name,
        user_display_name=display_name,
        challenge=challenge,
        timeout=limits.PASSKEY_SECONDS * 1000,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=SELECTION,
        exclude_credentials=_described(exclude),
        supported_pub_key_algs=list(ALGORITHMS),
    )
    return options_to_json(options)


def authentication_options(rp_id: str, challenge: bytes, allow: Sequence[bytes]) -> str:
    """Return the JSON that navigator.credentials.get() takes.

    `allow` are the ids of the account's credentials: one at least.
    """
    assert allow
    options = generate_authentication_options(
        rp_id=rp_id,
        challenge=challenge,
        timeout=limits.PASSKEY_SECONDS * 1000,
        allow_credentials=_described(allow),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def verify_registration(
    response_json: str, challenge: bytes, rp_id: str, origin: str
) -> Passkey:
    """Return the new passkey in the browser's answer. Raises PasskeyRefused."""
    with _refusing("malformed"):
        answer = parse_registration_credential_json(_sized(response_json))
        _check_frame(answer.response.client_data_json)
        attested = parse_attestation_object(answer.response.attestation_object)
    if attested.fmt not in ATTESTATIONS:
        raise PasskeyRefused("unverified")
    with _refusing("unverified"):
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            supported_pub_key_algs=list(ALGORITHMS),
        )
    if found.credential_id != _sized_id(answer.raw_id):
        raise PasskeyRefused("credential")
    with _refusing("key"):
        _check_key(found.credential_public_key)
    return Passkey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        transports=sorted({one.value for one in answer.response.transports or ()}),
        backed_up=found.credential_backed_up,
        aaguid=found.aaguid,
    )


def verify_authentication(
    response_json: str, challenge: bytes, rp_id: str, origin: str, passkey: Passkey
) -> Passkey:
    """Return the passkey as it is after this answer, its count raised.

    Raises PasskeyRefused.
    """
    with _refusing("malformed"):
        answer = parse_authentication_credential_json(_sized(response_json))
        _check_frame(answer.response.client_data_json)
    if answer.raw_id != passkey.credential_id:
        raise PasskeyRefused("credential")
    with _refusing("unverified"):
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
        )
    # Compared only now, so that whoever has no key learns nothing of the count.
    if passkey.sign_count >= found.new_sign_count and passkey.sign_count:
        raise PasskeyRefused("counter")
    return msgspec.structs.replace(
        passkey,
        sign_count=found.new_sign_count,
        backed_up=found.credential_backed_up,
    )


def _described(ids: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one) for one in ids]


@contextmanager
def _refusing(reason: str) -> Iterator[None]:
    """Turn whatever the library stumbles over into a refusal."""
    try:
        yield
    except PasskeyRefused:
        raise
    except Exception as trouble:
        raise PasskeyRefused(reason) from trouble


def _sized(response_json: str) -> str:
    if len(response_json) > limits.PASSKEY_ANSWER_CHARACTERS_MAX:
        raise PasskeyRefused("large")
    return response_json


def _sized_id(credential_id: bytes) -> bytes:
    if len(credential_id) > limits.PASSKEY_ID_BYTES_MAX:
        raise PasskeyRefused("credential")
    return credential_id


def _check_frame(client_data: bytes) -> None:
    """Refuse an answer that was given inside another site's page."""
    if parse_client_data_json(client_data).cross_origin:
        raise PasskeyRefused("unverified")


def _check_key(public_key: bytes) -> None:
    """Refuse a key that could not verify anything, or not at a reasonable cost."""
    key = decode_credential_public_key(public_key)
    decoded_public_key_to_cryptography(key)
    fits = type(key) is ALGORITHMS[key.alg]
    if isinstance(key, DecodedEC2PublicKey):
        fits = fits and key.crv == COSECRV.P256
    if isinstance(key, DecodedRSAPublicKey):
        bits = int.from_bytes(key.n).bit_length()
        fits = (
            fits and limits.PASSKEY_RSA_BITS_MIN <= bits <= limits.PASSKEY_RSA_BITS_MAX
        )
    if not fits:
        raise PasskeyRefused("key")
