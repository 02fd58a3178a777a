"""Asking the processor about many things, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID


def ask_about_each(rows: Collection[Any], ask: Callable[..., object]) -> int:
    """Ask about each row; return how many there were.

    One that makes trouble holds up none of the others; the first trouble is raised at
    the end, with a note for each row that made any, by the ids in it.
    """
    troubles, notes = [], []
    for row in rows:
        try:
            ask(*row)
        except Exception as trouble:  # its row is due again by then
            troubles.append(trouble)
            notes.append(_note(row, trouble))
    if troubles:
        for note in notes:
            troubles[0].add_note(note)
        raise troubles[0]
    return len(rows)


def _note(row: Collection[Any], trouble: Exception) -> str:
    """Return what made trouble, in ids alone: they tell nobody who it is."""
    ids = [str(part) for part in row if isinstance(part, UUID)]
    return " ".join([*ids, type(trouble).__name__])
