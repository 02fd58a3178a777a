"""The page on security names tests that there are, and one for every row."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "explanation" / "security.md"
ROW = re.compile(r"^\| ([0-9]+\.[0-9]+\.[0-9]+)\*? \| (.+) \| (.+) \| (.+) \|$", re.M)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CHAPTERS = {1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 14, 15, 16}
"""Those of the standard that have an object here; the page says which have none."""
LEAST = 80
"""Rows: fewer, and something that was promised was taken away."""


def rows() -> dict[str, tuple[str, ...]]:
    """What stands beside each number: asked for, answered by, proved by."""
    found = ROW.findall(PAGE.read_text())
    assert len({number for number, *_ in found}) == len(found), "a row stands twice"
    return {number: tuple(cells) for number, *cells in found}


def names_in(path: str) -> set[str]:
    """The names of the tests of a file."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_names_a_test_and_nothing_else_as_its_proof() -> None:
    for number, (*_, proof) in rows().items():
        assert TEST.findall(proof), number
        assert TEST.sub("", proof).strip(", ") == "", number


def test_every_test_that_is_named_is_there() -> None:
    named = set(TEST.findall(PAGE.read_text()))
    gone = [f"{path}::{name}" for path, name in named if not (ROOT / path).exists()]
    gone += [
        f"{path}::{name}"
        for path, name in named
        if (ROOT / path).exists() and name not in names_in(path)
    ]
    assert not gone


def test_every_line_of_a_table_with_a_number_is_read_as_a_row() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    numbered = [line for line in lines if re.match(r"\| [0-9]", line)]
    assert len(numbered) == len(rows()) >= LEAST


def test_the_rows_stand_in_chapters_that_apply() -> None:
    assert {int(number.partition(".")[0]) for number in rows()} == CHAPTERS


def test_what_is_said_to_differ_is_a_number_of_the_standard() -> None:
    differing = PAGE.read_text().partition("## Where we differ")[2]
    told = re.findall(r"^- \*\*([0-9.]+)\.\*\*", differing, re.M)
    assert len(told) == len(set(told)) > 0
    assert all(re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", number) for number in told)
