"""Asking the processor about many things, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any


def ask_about_each(rows: Collection[Any], ask: Callable[..., object]) -> int:
    """Ask about each row; return how many there were.

    One that makes trouble holds up none of the others; the first trouble is raised at
    the end.
    """
    troubles = []
    for row in rows:
        try:
            ask(*row)
        except Exception as trouble:  # its row is due again by then
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return len(rows)
