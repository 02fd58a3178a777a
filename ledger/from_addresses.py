"""The address that stands in the place of one that may not be sent from.

It lies in the service's own domain. The person's local part stays in it, so that a
reader knows who writes; a tag that follows from account and address makes it one that
nobody else gets, whatever he calls himself.
"""

from __future__ import annotations

import base64
import re
import unicodedata

LOCAL_MAX = 40
"""Characters kept of a local part: with the tag fewer than the 64 that SMTP takes."""
TAG_CHARACTERS = 12
"""Of base32: sixty bits, out of reach of whoever would like another's address."""
NAMELESS = "sender"
"""Where nothing of the local part is left: it is in a script of its own."""


def rewritten(local: str, tag: bytes, domain: str) -> str:
    """Return the address in `domain` for a local part; the tag is a MAC's bytes."""
    kept = readable(local) or NAMELESS
    drawn = base64.b32encode(tag).decode("ascii").lower()[:TAG_CHARACTERS]
    return f"{kept}.{drawn}@{domain}"


def readable(local: str) -> str:
    """Return what every mail program takes of a local part, as a dot-atom.

    Accents are dropped, other letters become hyphens.
    """
    plain = unicodedata.normalize("NFKD", local).casefold()
    bare = "".join(one for one in plain if not unicodedata.combining(one))
    text = re.sub(r"[^a-z0-9._-]+", "-", bare)
    return re.sub(r"[.-]*\.[.-]*|-{2,}", _one_of, text)[:LOCAL_MAX].strip(".-_")


def _one_of(run: re.Match[str]) -> str:
    return "." if "." in run[0] else "-"
