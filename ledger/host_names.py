"""Names of hosts: any script in, lower-case A-labels out (UTS 46, IDNA 2008)."""

from __future__ import annotations

import idna


class NotAHost(Exception):  # noqa: N818 - said of the text
    """The text is no name of a host: a label of it is empty, long or not LDH."""


def host_from(typed: str) -> str:
    """Return the name in lower-case A-labels. Raises NotAHost."""
    try:
        return idna.encode(typed, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise NotAHost from None


def shown(host: str) -> str:
    """Return the name as its people write it; as it is when that cannot be told."""
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host
