"""Where each text of a receipt stands on its A4 pages: boxes, rules and page breaks.

Lengths are in points (1/72 inch); y is counted from the top of the page downwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from projections.receipt_sheet import Row, Sheet

MM = 72 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
MARGIN_RULES = (15 * MM, 16.2 * MM)
LEFT, RIGHT = 25 * MM, WIDTH - 18 * MM
TOP, BOTTOM = 20 * MM, HEIGHT - 26 * MM
MIDDLE = LEFT + (RIGHT - LEFT) * 0.54
SUMS_LEFT = LEFT + (RIGHT - LEFT) * 0.46
GAP = 20.0

INK, INK_2, INK_3 = "#1b2430", "#4a5460", "#5f6873"
HAIR, COPPER = "#dcd7ca", "#b4592f"

REGULAR, BOLD = "regular", "bold"

Measure = Callable[[str, str, float], float]
"""The width in points of a text in a face at a size."""


@dataclass(frozen=True)
class Style:
    """A face, its size in points, its colour."""

    face: str
    size: float
    colour: str

    @property
    def leading(self) -> float:
        return round(self.size * 1.42, 2)


TITLE = Style(BOLD, 23, INK)
NUMBER = Style(REGULAR, 12, INK_2)
SELLER = Style(BOLD, 14, INK)
BODY = Style(REGULAR, 10, INK)
SECOND = Style(REGULAR, 9, INK_3)
LABEL = Style(BOLD, 9, INK_2)
FACT = Style(REGULAR, 9.5, INK_2)
TOTAL = Style(BOLD, 11.5, INK)


@dataclass(frozen=True)
class Text:
    """A text whose left end, base line and style are known."""

    x: float
    y: float
    style: Style
    text: str


@dataclass(frozen=True)
class Rule:
    """A line from one point to another."""

    x: float
    y: float
    to_x: float
    to_y: float
    thickness: float
    colour: str


@dataclass
class Page:
    """What is drawn on one page, in drawing order."""

    marks: list[Text | Rule] = field(default_factory=list)


def pages_of(sheet: Sheet, measure: Measure) -> list[Page]:
    """The pages of a receipt, each with its margin rules and its page number."""
    composer = _Composer(sheet, measure)
    composer.head()
    composer.parties()
    composer.charges()
    composer.number_pages()
    return composer.pages


def wrapped(text: str, width: float, style: Style, measure: Measure) -> list[str]:
    """The text in lines no wider than `width`; a word too long is cut."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if measure(joined, style.face, style.size) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _cut(word, width, style, measure)
        lines.extend(full)
    return [*lines, line]


def _cut(word: str, width: float, style: Style, measure: Measure) -> list[str]:
    parts, part = [], ""
    for character in word:
        if part and measure(part + character, style.face, style.size) > width:
            parts.append(part)
            part = ""
        part += character
    return [*parts, part]


class _Composer:
    def __init__(self, sheet: Sheet, measure: Measure) -> None:
        self.sheet = sheet
        self.measure = measure
        self.pages: list[Page] = []
        self.y = TOP
        self.columns = self._columns()
        self._turn()

    def _columns(self) -> list[float]:
        """The right ends of the columns of figures, found from the widest of each."""
        ends, right = [], RIGHT
        for index in range(len(self.sheet.heads) - 1, 0, -1):
            ends.append(right)
            cells = [row.cells[index - 1] for row in self.sheet.rows]
            widths = [self.measure(cell, BODY.face, BODY.size) for cell in cells]
            head = self.measure(self.sheet.heads[index], LABEL.face, LABEL.size)
            right -= max([head, *widths]) + GAP
        self.description_right = right
        return ends[::-1]

    def _turn(self) -> None:
        marks: list[Text | Rule] = [
            Rule(x, 0, x, HEIGHT, 0.8, COPPER) for x in MARGIN_RULES
        ]
        self.pages.append(Page(marks))
        self.y = TOP

    def _text(self, x: float, y: float, style: Style, text: str) -> None:
        self.pages[-1].marks.append(Text(x, y, style, text))

    def _right(self, x: float, y: float, style: Style, text: str) -> None:
        self._text(x - self.measure(text, style.face, style.size), y, style, text)

    def _rule(self, x: float, y: float, thickness: float, colour: str) -> None:
        self.pages[-1].marks.append(Rule(x, y, RIGHT, y, thickness, colour))

    def _block(
        self, x: float, y: float, width: float, style: Style, text: str
    ) -> float:
        for line in wrapped(text, width, style, self.measure):
            y += style.leading
            self._text(x, y, style, line)
        return y

    def head(self) -> None:
        """The seller at the left; the title and the number at the right."""
        sheet, top = self.sheet, self.y
        self._right(RIGHT, top + 20, TITLE, sheet.title)
        self._right(RIGHT, top + 38, NUMBER, sheet.number)
        width = MIDDLE - LEFT - GAP
        y = self._block(LEFT, top, width, SELLER, sheet.seller_name) + 2
        for line in sheet.seller_lines:
            y = self._block(LEFT, y, width, SECOND, line)
        self.y = max(y, top + 38) + 30

    def parties(self) -> None:
        """The buyer at the left; dates, order number and payment at the right."""
        width, top = MIDDLE - LEFT - GAP, self.y
        self._text(LEFT, top + LABEL.size, LABEL, self.sheet.billed_to)
        y = top + LABEL.leading + 1
        for line in self.sheet.buyer_lines:
            y = self._block(LEFT, y, width, BODY, line)
        self.y = max(y, self._facts(top)) + 34

    def _facts(self, y: float) -> float:
        for label, value in self.sheet.facts:
            self._text(MIDDLE, y + LABEL.size, FACT, label)
            used = self.measure(label, FACT.face, FACT.size) + GAP
            width = RIGHT - MIDDLE - used
            y -= BODY.leading - LABEL.size
            for line in wrapped(value, width, BODY, self.measure):
                y += BODY.leading
                self._right(RIGHT, y, BODY, line)
            y += 6
            self._rule(MIDDLE, y, 0.5, HAIR)
            y += 5
        return y

    def charges(self) -> None:
        """The table, its head on each page, and the sums kept with its last row."""
        self._heads()
        closing = self._closing_height()
        for index, row in enumerate(self.sheet.rows):
            is_last = index == len(self.sheet.rows) - 1
            lines = self._described(row)
            height = 13 + BODY.leading * len(lines) + SECOND.leading * bool(row.below)
            if self.y + height + (closing if is_last else 0) > BOTTOM:
                self._turn()
                self._running_head()
                self._heads()
            self._row(row, lines, is_last)
        self._sums()

    def _described(self, row: Row) -> list[str]:
        width = self.description_right - LEFT
        return wrapped(row.description, width, BODY, self.measure)

    def _running_head(self) -> None:
        running = f"{self.sheet.title} {self.sheet.number}"
        self._text(LEFT, self.y + 4, FACT, self.sheet.seller_name)
        self._right(RIGHT, self.y + 4, FACT, running)
        self.y += 30

    def _heads(self) -> None:
        first, *others = self.sheet.heads
        self._text(LEFT, self.y + LABEL.size, LABEL, first)
        for end, head in zip(self.columns, others, strict=True):
            self._right(end, self.y + LABEL.size, LABEL, head)
        self.y += LABEL.leading + 5
        self._rule(LEFT, self.y, 0.9, INK)

    def _row(self, row: Row, lines: list[str], is_last: bool) -> None:
        base = self.y + 6 + BODY.size
        for end, cell in zip(self.columns, row.cells, strict=True):
            self._right(end, base, BODY, cell)
        for number, line in enumerate(lines):
            self._text(LEFT, base + number * BODY.leading, BODY, line)
        self.y = base + (len(lines) - 1) * BODY.leading
        if row.below:
            self.y += SECOND.leading
            self._text(LEFT, self.y, SECOND, row.below)
        self.y += 7.5
        if not is_last:
            self._rule(LEFT, self.y, 0.5, HAIR)

    def _closing_height(self) -> float:
        notes = [self._noted(note) for note in self.sheet.notes]
        return 70 + 19 * len(self.sheet.sums) + SECOND.leading * sum(map(len, notes))

    def _noted(self, note: str) -> list[str]:
        return wrapped(note, RIGHT - LEFT, SECOND, self.measure)

    def _sums(self) -> None:
        for label, value in self.sheet.sums:
            self._rule(SUMS_LEFT, self.y, 0.5, HAIR)
            self._text(SUMS_LEFT, self.y + 14.5, BODY, label)
            self._right(RIGHT, self.y + 14.5, BODY, value)
            self.y += 19
        self._rule(SUMS_LEFT, self.y, 0.9, INK)
        label, value = self.sheet.total
        self._text(SUMS_LEFT, self.y + 17, TOTAL, label)
        self._right(RIGHT, self.y + 17, TOTAL, value)
        self._rule(SUMS_LEFT, self.y + 24.5, 0.9, INK)
        self._rule(SUMS_LEFT, self.y + 27, 0.9, INK)
        self.y += 42
        for note in self.sheet.notes:
            self.y = self._block(LEFT, self.y, RIGHT - LEFT, SECOND, note) + 3

    def number_pages(self) -> None:
        """Page 1 of 2, at the foot of each page."""
        for number, page in enumerate(self.pages, start=1):
            text = self.sheet.page.format(page=number, pages=len(self.pages))
            x = RIGHT - self.measure(text, SECOND.face, SECOND.size)
            page.marks.append(Text(x, HEIGHT - 14 * MM, SECOND, text))
