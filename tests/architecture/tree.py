"""What the tidy tests measure in our own files, and today's written exceptions.

`python -m tests.architecture.tree` makes the list of exceptions shorter where it can
be, and never longer.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger", "commands", "projections", "web")
EXCEPTIONS = Path(__file__).with_name("exceptions.json")
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 30
TEST_LINES_MAX = 25
LINE_LENGTH_MAX = 88
PRAGMA = re.compile(r"\s*# (noqa|type: ignore|fmt:).*$")
"""What is said to a tool stands at a line's end and does not make it longer."""

Figures = dict[str, dict[str, int]]


def modules(*folders: str) -> Iterator[tuple[str, Path]]:
    """Every Python file of these folders, by its path from the root."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def mirrors(name: str) -> tuple[Path, ...]:
    """Where the test of a module may stand: in a folder or under a longer name."""
    folder, _, file = name.rpartition("/")
    parent, _, last = folder.rpartition("/")
    flat = ROOT / "tests" / parent / f"test_{last}_{file}"
    return ROOT / "tests" / folder / f"test_{file}", flat


@cache
def measured() -> Figures:
    """What is over a limit today, by rule and by place."""
    found: Figures = {rule: {} for rule in ("modules", "functions", "lines", "mirrors")}
    for name, path in modules(*PACKAGES, "tests"):
        text = path.read_text()
        lines = text.splitlines()
        if len(lines) > MODULE_LINES_MAX:
            found["modules"][name] = len(lines)
        long = sum(len(PRAGMA.sub("", line)) > LINE_LENGTH_MAX for line in lines)
        if long:
            found["lines"][name] = long
        for function in functions(ast.parse(text)):
            count = (function.end_lineno or 0) - function.lineno + 1
            if count > _lines_max(name, function.name):
                found["functions"][f"{name}::{function.name}"] = count
    for name, path in modules(*PACKAGES):
        if path.name != "__init__.py" and not any(p.exists() for p in mirrors(name)):
            found["mirrors"][name] = 1
    return found


def _lines_max(name: str, function: str) -> int:
    is_test = name.startswith("tests/") and function.startswith("test_")
    return TEST_LINES_MAX if is_test else FUNCTION_LINES_MAX


def exceptions() -> Figures:
    """The exceptions that are written down."""
    written: Figures = json.loads(EXCEPTIONS.read_text())
    return written


def shrunk(written: Figures, found: Figures) -> Figures:
    """The written exceptions without what is no longer over, or less so."""
    return {
        rule: {
            place: min(number, found[rule][place])
            for place, number in sorted(places.items())
            if place in found[rule]
        }
        for rule, places in written.items()
    }


def main() -> int:
    """Write the exceptions anew; return 1 while something else is over a limit."""
    found = measured()
    written = exceptions() if EXCEPTIONS.exists() else found
    kept = shrunk(written, found)
    EXCEPTIONS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return 0 if kept == found else 1


if __name__ == "__main__":
    sys.exit(main())
