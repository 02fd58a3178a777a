"""Where two values of a record differ, so that the page can mark it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby

Run = tuple[str, bool]
"""A piece of a value, and whether the other value lacks it."""

PART = re.compile(r"[A-Za-z0-9_+/=-]+|.", re.DOTALL)
"""What is compared as one: a label, a tag or its value; a dot, a blank."""


def differing(wanted: str, found: str) -> tuple[list[Run], list[Run]]:
    """Return both values in pieces, marked where the other one has no such piece.

    Names are the same in any case of letters, with and without their last dot. Where
    they have nothing in common all that was found is marked.
    """
    if wanted == found:
        return whole(wanted), whole(found)
    ours, theirs = PART.findall(wanted), PART.findall(found)
    same = SequenceMatcher(None, _plain(ours), _plain(theirs), autojunk=False)
    blocks = same.get_matching_blocks()
    if not any(_says(ours[b.a : b.a + b.size]) for b in blocks):
        return whole(wanted), [(found, True)] if found else []
    kept_ours = {b.a + k for b in blocks for k in range(b.size)}
    kept_theirs = {b.b + k for b in blocks for k in range(b.size)}
    if _is_dot_too_many(ours, theirs):
        kept_theirs.add(len(theirs) - 1)
    return _runs(ours, kept_ours), _runs(theirs, kept_theirs)


def whole(text: str) -> list[Run]:
    """Return a value in one piece that is not marked."""
    return [(text, False)]


def _plain(parts: Sequence[str]) -> list[str]:
    return [part.casefold() for part in parts]


def _says(parts: Sequence[str]) -> bool:
    """Whether more is alike than dots and blanks."""
    return any(part[0].isalnum() for part in parts)


def _is_dot_too_many(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return theirs[-1:] == ["."] and ours[-1:] != ["."]


def _runs(parts: Sequence[str], kept: set[int]) -> list[Run]:
    marked = groupby(range(len(parts)), lambda k: k not in kept)
    return [("".join(parts[k] for k in ks), is_marked) for is_marked, ks in marked]
