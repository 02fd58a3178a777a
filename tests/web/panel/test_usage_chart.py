"""Where the bars of a chart stand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from web.panel.usage_chart import chart, step_for

FIRST = date(2026, 10, 27)


def drawn(*counts: int | None) -> dict[str, Any]:
    days = [(FIRST + timedelta(days=k), count) for k, count in enumerate(counts)]
    return chart(days)


@pytest.mark.parametrize(
    ("highest", "step"),
    [(0, 1), (3, 1), (4, 2), (6, 2), (7, 5), (16, 10), (2940, 1000), (3001, 2000)],
)
def test_three_round_steps_reach_the_highest_bar(highest: int, step: int) -> None:
    assert step_for(highest) == step


def test_lines_run_from_the_top_to_nought() -> None:
    lines = drawn(2940, 0)["lines"]
    assert [line["value"] for line in lines] == [3000, 2000, 1000, 0]
    assert [line["y"] for line in lines] == ["4.00", "31.00", "58.00", "85.00"]


def test_a_bar_stands_on_the_floor_and_is_as_tall_as_its_count() -> None:
    half, none = drawn(3, 6, 0)["days"][0::2]
    assert (half["y"], half["height"]) == ("44.50", "40.50")
    assert (none["y"], none["height"]) == ("85.00", "0.00")


def test_bars_share_the_width() -> None:
    days = drawn(1, 1, 1, 1)["days"]
    assert [day["left"] for day in days] == ["0.00", "25.00", "50.00", "75.00"]
    assert all(day["width"] == "17.25" for day in days)


def test_the_highest_bars_are_marked_unless_a_higher_one_is_near() -> None:
    days = drawn(9, 8, 0, 7, 0, 0, 6, 0, 0, 5, 0, 0, 4)["days"]
    marked = [number for number, day in enumerate(days) if day["value"]]
    assert marked == [0, 3, 6]


def test_days_to_come_and_empty_days_have_no_value() -> None:
    days = drawn(0, None)["days"]
    assert [day["value"] for day in days] == [False, False]
    assert days[1]["count"] is None


def test_every_fifth_day_is_labelled_and_every_tenth_on_a_phone() -> None:
    days = drawn(*[0] * 21)["days"]
    assert [n for n, day in enumerate(days) if day["label"]] == [0, 5, 10, 15, 20]
    assert [n for n, day in enumerate(days) if day["label_on_phones"]] == [0, 10, 20]


def test_texts_near_an_edge_run_into_the_chart_and_not_over_it() -> None:
    days = drawn(*[0] * 32)["days"]
    anchors = [day["anchor"] for day in days]
    assert anchors == ["start"] * 3 + ["middle"] * 26 + ["end"] * 3
    for day in (days[0], days[31]):
        assert 0 <= float(day["text"]) <= 100
    assert float(days[0]["text"]) == float(days[0]["x"])


def test_nothing_at_all_is_drawn_without_trouble() -> None:
    assert chart([])["days"] == []
