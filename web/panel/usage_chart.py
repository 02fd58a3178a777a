"""Where the bars of a chart by day stand, in hundredths of its size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

TOP, FLOOR = 4.0, 85.0
"""Of the height: the highest line, and the one that bars stand on."""
STEPS = 3
ROUND = (1, 2, 5, 10)
"""A step between two lines is one of these, times a power of ten."""
BAR = 0.69
"""Of a day's width."""
LABELLED = 3
EVERY, EVERY_ON_PHONES = 5, 10
EDGE = 9.0
"""Half as wide may a text be on a phone; nearer to an edge it begins or ends there."""


def chart(days: Sequence[tuple[date, int | None]]) -> dict[str, Any]:
    """Return lines and bars for days in order; None for one that is still to come."""
    top = STEPS * step_for(max((count or 0 for _, count in days), default=0))
    marked = _marked([count or 0 for _, count in days])
    width = 100 / max(1, len(days))
    return {
        "lines": [
            {"value": top * k // STEPS, "y": _y(top * k // STEPS, top)}
            for k in range(STEPS, -1, -1)
        ],
        "days": [
            _bar(number, day, count, width, top, marked=number in marked)
            for number, (day, count) in enumerate(days)
        ],
    }


def step_for(highest: int) -> int:
    """Return the smallest round step of which three reach the highest bar."""
    power = 1
    while True:
        for one in ROUND:
            if STEPS * one * power >= highest:
                return one * power
        power *= 10


def _y(value: int, top: int) -> str:
    return f"{FLOOR - (FLOOR - TOP) * value / top:.2f}"


def _bar(
    number: int, day: date, count: int | None, width: float, top: int, *, marked: bool
) -> dict[str, Any]:
    left = width * number
    bar = left + width * (1 - BAR) / 2
    text, anchor = _within(bar, width * BAR)
    tall = (FLOOR - TOP) * (count or 0) / top
    return {
        "day": day,
        "count": count,
        "x": f"{bar:.2f}",
        "text": f"{text:.2f}",
        "anchor": anchor,
        "width": f"{width * BAR:.2f}",
        "left": f"{left:.2f}",
        "whole": f"{width:.2f}",
        "y": f"{FLOOR - tall:.2f}",
        "height": f"{tall:.2f}",
        "value": marked,
        "label": number % EVERY == 0,
        "label_on_phones": number % EVERY_ON_PHONES == 0,
    }


def _within(left: float, width: float) -> tuple[float, str]:
    """Return where the texts of a bar stand, and which part of them stands there."""
    if left + width / 2 < EDGE:
        return left, "start"
    if left + width / 2 > 100 - EDGE:
        return left + width, "end"
    return left + width / 2, "middle"


def _marked(counts: Sequence[int]) -> set[int]:
    """Return the highest bars that have no higher one just beside them."""
    chosen: set[int] = set()
    for number in sorted(range(len(counts)), key=lambda k: (-counts[k], k)):
        near = {number - 2, number - 1, number + 1, number + 2}
        if counts[number] and not chosen & near:
            chosen.add(number)
        if len(chosen) == LABELLED:
            break
    return chosen
