"""A mail with a signature (RFC 6376 §3.7), as a sending service makes it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from dkim.canonicalization import Relaxed  # type: ignore[import-untyped]

HEADERS = [
    (b"From", b" Ann Lee <ann@hollis.com>\r\n"),
    (b"To", b" bo@example.org\r\n"),
    (b"Subject", b" Spring,\r\n  at last\r\n"),
    (b"Date", b" Mon, 23 Nov 2026 12:00:00 +0000\r\n"),
]
BODY = b"Everything is  in bloom. \r\n\r\nCome by!\r\n\r\n\r\n"


def signed_mail(domain: str, selector: str, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a mail whose canonical header somebody signs, relaxed both ways."""
    body_hash = hashlib.sha256(Relaxed.canonicalize_body(BODY)).digest()
    told = (
        f" v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector};"
        " h=From:To:Subject:Date;"
        f" bh={base64.b64encode(body_hash).decode()}; b="
    ).encode()
    own = Relaxed.canonicalize_headers([(b"DKIM-Signature", told)])
    lines = [*Relaxed.canonicalize_headers(HEADERS), *own]
    text = b"".join(name + b":" + value for name, value in lines)
    told += sign(text.removesuffix(b"\r\n")) + b"\r\n"
    headers = [(b"DKIM-Signature", told), *HEADERS]
    return b"".join(name + b":" + value for name, value in headers) + b"\r\n" + BODY
