"""One that makes trouble holds up none of the others."""

from __future__ import annotations

from uuid import UUID

import pytest

from commands.asking import ask_about_each

ANN, BEN, CAT = UUID(int=1), UUID(int=2), UUID(int=3)


def test_each_is_asked_about_and_counted() -> None:
    asked: list[tuple[str, int]] = []
    rows = [("a", 1), ("b", 2)]
    assert ask_about_each(rows, lambda *row: asked.append(row)) == 2
    assert asked == rows
    assert ask_about_each([], asked.append) == 0


def test_the_first_trouble_is_raised_after_all_were_asked_about() -> None:
    asked: list[int] = []

    def ask(number: int) -> None:
        asked.append(number)
        if number > 1:
            raise ValueError(number)

    with pytest.raises(ValueError, match="2"):
        ask_about_each([(1,), (2,), (3,)], ask)
    assert asked == [1, 2, 3]


def test_all_that_made_trouble_are_named_by_their_ids_and_nothing_else() -> None:
    def ask(account_id: UUID, name: str) -> None:
        if account_id != ANN:
            raise LookupError(name)

    rows = [(ANN, "ann@example.org"), (BEN, "ben@example.org"), (CAT, "cat")]
    with pytest.raises(LookupError) as raised:
        ask_about_each(rows, ask)
    assert raised.value.__notes__ == [f"{BEN} LookupError", f"{CAT} LookupError"]
