"""Where things stand on the page, with a pen whose letters are all as wide."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from projections.receipt_layout import (
    BODY,
    BOTTOM,
    COPPER,
    HEIGHT,
    LEFT,
    RIGHT,
    SUMS_LEFT,
    TOTAL,
    Rule,
    Text,
    pages_of,
    wrapped,
)
from projections.receipt_sheet import sheet_of
from tests.projections.receipt_samples import PLAIN, TAXED, sold_to, with_lines

LONG = "a.very.long.address.that.never.ends" * 3 + "@example.org"


def wide(text: str, face: str, size: float) -> float:
    return len(text) * size / 2


def test_words_fill_a_line_and_a_word_too_long_is_cut() -> None:
    lines = wrapped("one two threefourfive six", 40, BODY, wide)
    assert lines == ["one two", "threefou", "rfive", "six"]
    assert "".join(wrapped(LONG, 40, BODY, wide)) == LONG


@pytest.mark.parametrize("frozen", [PLAIN, TAXED, sold_to(email=LONG, company=LONG)])
def test_nothing_leaves_the_page(frozen: object) -> None:
    assert isinstance(frozen, type(PLAIN))
    (page,) = pages_of(sheet_of(frozen), wide)
    for mark in page.marks:
        if isinstance(mark, Text):
            width = wide(mark.text, mark.style.face, mark.style.size)
            assert LEFT <= mark.x <= mark.x + width <= RIGHT + 0.001
            assert 0 < mark.y < HEIGHT


def test_the_total_is_ruled_off_by_one_line_above_and_two_below() -> None:
    (page,) = pages_of(sheet_of(PLAIN), wide)
    base = next(m.y for m in page.marks if isinstance(m, Text) and m.style == TOTAL)
    rules = [m.y for m in page.marks if isinstance(m, Rule) and m.x == SUMS_LEFT]
    above = [y for y in rules if y < base]
    below = [y for y in rules if y > base]
    assert (len(above), len(below)) == (1, 2)


def test_every_page_has_the_two_margin_lines_from_edge_to_edge() -> None:
    for page in pages_of(sheet_of(with_lines(40)), wide):
        rules = [m for m in page.marks if isinstance(m, Rule) and m.colour == COPPER]
        assert [(rule.y, rule.to_y) for rule in rules] == [(0, HEIGHT)] * 2


@pytest.mark.parametrize("count", range(14, 60))
def test_however_many_lines_no_text_runs_into_the_foot(count: int) -> None:
    pages = pages_of(sheet_of(with_lines(count)), wide)
    for page in pages:
        texts = [mark for mark in page.marks if isinstance(mark, Text)]
        assert max(mark.y for mark in texts[:-1]) <= BOTTOM
    words = [m.text for m in pages[-1].marks if isinstance(m, Text)]
    assert f"Campaign {count}." in words
    assert "Total paid" in words


def test_charges_keep_their_order_and_do_not_overlap() -> None:
    for page in pages_of(sheet_of(with_lines(40)), wide):
        rows = [
            mark.y
            for mark in page.marks
            if isinstance(mark, Text) and mark.text.startswith("Campaign")
        ]
        assert all(lower - upper >= BODY.leading for upper, lower in pairwise(rows))


def test_a_long_description_takes_lines_and_leaves_the_figures_alone() -> None:
    line = {**PLAIN.lines[0], "description": "credits " * 30}
    (page,) = pages_of(sheet_of(replace(PLAIN, lines=[line])), wide)
    texts = [mark for mark in page.marks if isinstance(mark, Text)]
    described = [mark for mark in texts if mark.text.startswith("credits")]
    quantity = next(mark for mark in texts if mark.text == "10,000")
    assert len(described) > 2
    assert all(
        mark.x + wide(mark.text, "", BODY.size) < quantity.x for mark in described
    )
