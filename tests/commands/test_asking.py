"""One that makes trouble holds up none of the others."""

from __future__ import annotations

import pytest

from commands.asking import ask_about_each


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
