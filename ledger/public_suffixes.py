"""What people register names under: the Public Suffix List that comes with a library.

An ending that the list does not know counts as a public suffix of one label, as the
list's own rules say: new top levels are born faster than lists are delivered.
"""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList


def registrable(name: str) -> str | None:
    """Return the part of an A-label name that somebody registered, if there is one."""
    found: str | None = _listed().privatesuffix(name)
    return found


@cache
def _listed() -> PublicSuffixList:
    return PublicSuffixList()  # read once: it takes a tenth of a second
