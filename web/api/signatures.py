"""Signing mail for the sending service, which never has a key in its hands."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from commands.gateways.signing import HASH_BYTES
from commands.signatures import sign_header
from ledger.refusals import Refusal
from web.api import frame
from web.api.shapes import Shape, asked_bytes, asked_text, text
from web.metrics import SIGNATURES
from web.problems import name_of

SIGN = "mail:sign"
NAME_CHARACTERS_MAX = 254
SELECTOR_CHARACTERS_MAX = 63

section = frame.Section("signatures", "Signing mail with a domain's own key")


class HeaderHashSchema(Shape):
    """A mail's header as it is signed (RFC 6376 §3.7)."""

    domain = asked_text("The domain of the signature, `d=`", NAME_CHARACTERS_MAX)
    header_hash = asked_bytes(
        "SHA-256 of the canonical header fields, the signature's own among them with an"
        " empty `b=`",
        HASH_BYTES,
    )
    selector = asked_text(
        "The selector that the header names, `s=`; a signature under another is"
        " refused. Left out: whichever is active",
        SELECTOR_CHARACTERS_MAX,
        required=False,
    )


class SignatureSchema(Shape):
    """A signature, to be set as `b=`."""

    selector = text("The selector of the key, `s=`")
    algorithm = text("`rsa-sha256`, `a=`")
    signature = text("The signature, base64")


@section.tell(
    "/signatures",
    SignatureSchema,
    HeaderHashSchema,
    bucket="signatures",
    scopes=(SIGN,),
    keyed=False,
)
def sign_mail(body: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    """Sign a mail's header with the active key of a verified domain of the account."""
    try:
        signed = sign_header(
            frame.journal(),
            account_id,
            body["domain"],
            body["header_hash"],
            body.get("selector"),
        )
    except Refusal as refusal:
        SIGNATURES.labels(name_of(refusal)).inc()
        raise
    SIGNATURES.labels("signed").inc()
    return {
        "selector": signed.selector,
        "algorithm": signed.algorithm,
        "signature": base64.b64encode(signed.data).decode(),
    }
