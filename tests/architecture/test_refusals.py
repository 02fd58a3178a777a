"""Every refusal is in the tree, has a status, is documented and is tested."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ledger import refusals
from ledger.refusals import Refusal
from tests.architecture.tree import ROOT, modules
from web.problems import STATUS

LEAF = re.compile(r"[├└]── (\w+)$", re.MULTILINE)
REFERENCE = ROOT / "docs" / "reference" / "refusals.md"


def leaves(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        if below.__subclasses__():
            yield from leaves(below)
        elif below.__module__.startswith("ledger."):
            yield below


LEAVES = sorted(leaves(), key=lambda leaf: leaf.__name__)
each_leaf = pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)


def drawn() -> dict[str, list[str]]:
    """The tree of the docstring: which leaves it draws under which branch."""
    found: dict[str, list[str]] = {}
    for line in (refusals.__doc__ or "").splitlines():
        if line.startswith(("├── ", "└── ")):
            branch = line[4:].split()[0]
            found[branch] = []
        elif match := LEAF.search(line):
            found[branch].append(match[1])
    return found


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert drawn() == {
        branch.__name__: sorted(leaf.__name__ for leaf in leaves(branch))
        for branch in (
            refusals.Invalid,
            refusals.Conflict,
            refusals.NotFound,
            refusals.Forbidden,
            refusals.Throttled,
        )
    }


@each_leaf
def test_a_refusal_has_exactly_one_status(leaf: type[Refusal]) -> None:
    assert (
        len([code for branch, code in STATUS.items() if issubclass(leaf, branch)]) == 1
    )


@each_leaf
def test_a_refusal_says_in_a_sentence_what_stands_in_the_way(
    leaf: type[Refusal],
) -> None:
    words = leaf.__doc__ or ""
    assert words.split("\n")[0].endswith(".")
    assert not words.startswith(f"{leaf.__name__}(")


@each_leaf
def test_a_refusal_is_in_the_reference(leaf: type[Refusal]) -> None:
    assert f"`{leaf.__name__}`" in REFERENCE.read_text()


@each_leaf
def test_a_refusal_is_met_in_some_test(leaf: type[Refusal]) -> None:
    word = re.compile(rf"\b{leaf.__name__}\b")
    met = (
        name
        for name, path in modules("tests")
        if not name.startswith("tests/architecture/") and word.search(path.read_text())
    )
    assert next(met, None) is not None
