"""The house is tidy: sizes, names, mirrors, and each library in its own file."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.architecture.tree import (
    PACKAGES,
    ROOT,
    exceptions,
    functions,
    measured,
    modules,
    shrunk,
)

BANNED = {
    "services",
    "models",
    "schemas",
    "common",
    "base",
    "helpers",
    "types",
    "utils",
}
FRAMEWORKS = {
    "eventsourcing": "the base of our aggregates, and the journal that keeps them",
    "flask": "every page and every operation of the API is written against it",
    "msgspec": "the one way between bytes and primitives, on every floor",
    "psycopg": "SQL stands in the module whose rows it reads and writes",
    "werkzeug": "the half of Flask that knows HTTP",
}
"""Libraries that are a language of the house rather than a tool in a corner."""
HOMES = {
    "PIL": {"commands/gateways/picture_child.py"},
    "aiosmtpd": {"web/stand_in/mailbox.py"},
    "babel": {"web/formats.py", "web/words.py"},  # figures are not words
    "cryptography": {  # sealing what we keep; signing what others read
        "commands/gateways/signing.py",
        "ledger/journal/vault.py",
    },
    "dns": {"commands/gateways/dns.py"},
    "flask_babel": {"web/words.py"},
    "flask_smorest": {"web/api/document.py"},
    "granian": {"web/serving.py"},
    "idna": {"ledger/host_names.py"},
    "jinja2": {  # two kinds of documents, and the filters of both
        "web/mails.py",
        "web/pages.py",
        "web/words.py",
    },
    "markupsafe": {  # what is HTML already: text made so, and drawings of ours
        "web/formats.py",
        "web/panel/security.py",
        "web/staff/doors.py",
        "web/words.py",
    },
    "marshmallow": {"web/api/shapes.py", "web/api/usage_shapes.py"},
    "passlib": {"commands/gateways/passwords.py"},
    "prometheus_client": {"web/metrics.py"},
    "psycopg_pool": {"ledger/journal/connections.py"},
    "publicsuffixlist": {"ledger/public_suffixes.py"},
    "pyotp": {"commands/gateways/one_time_codes.py"},
    "reportlab": {"projections/receipt_reportlab.py"},
    "segno": {"commands/gateways/qr.py"},
    "stripe": {"commands/gateways/payments.py", "commands/gateways/stripe_client.py"},
    "typst": {"projections/receipt_typst.py"},
    "webargs": {"web/api/document.py"},
    "webauthn": {"commands/gateways/passkeys.py"},
}
COMES_WITH = {
    "PIL": "pillow",
    "dns": "dnspython",
    "jinja2": "flask",
    "markupsafe": "flask",
    "passlib": "libpass",
    "psycopg_pool": "psycopg",
    "webargs": "flask-smorest",
    "werkzeug": "flask",
}
"""Libraries that another of our dependencies cannot be without."""


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module


def third_parties() -> dict[str, set[str]]:
    found = defaultdict(set)
    for name, path in modules(*PACKAGES):
        for imported in imports(ast.parse(path.read_text())):
            top = imported.split(".")[0]
            if top not in sys.stdlib_module_names and top not in PACKAGES:
                found[top].add(name)
    return found


def is_event(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    marks = (
        mark.func if isinstance(mark, ast.Call) else mark
        for mark in function.decorator_list
    )
    return any(isinstance(mark, ast.Name) and mark.id == "event" for mark in marks)


@pytest.mark.parametrize("rule", ["modules", "functions", "lines", "mirrors"])
def test_nothing_is_over_a_limit_but_the_written_exceptions(rule: str) -> None:
    written = exceptions()[rule]
    over = {
        place: number
        for place, number in measured()[rule].items()
        if number > written.get(place, 0)
    }
    assert not over


def test_the_written_exceptions_are_as_few_and_as_small_as_can_be() -> None:
    written = exceptions()
    assert shrunk(written, measured()) == written


def test_what_evolves_an_aggregate_neither_raises_nor_asserts() -> None:
    seen, ruled = 0, []
    for name, path in modules("ledger"):
        for function in functions(ast.parse(path.read_text())):
            if is_event(function):
                seen += 1
                if any(
                    isinstance(n, ast.Raise | ast.Assert) for n in ast.walk(function)
                ):
                    ruled.append(f"{name}:{function.lineno}")
    assert seen > 10
    assert not ruled


def test_no_file_has_a_name_that_says_nothing() -> None:
    names = (name for name, _ in modules(*PACKAGES, "tests"))
    assert not [
        name
        for name in names
        if BANNED.intersection(PurePath(name).with_suffix("").parts)
    ]


def test_each_library_is_imported_in_one_file() -> None:
    found = third_parties()
    spread = {top: homes for top, homes in found.items() if top not in FRAMEWORKS}
    assert spread == {top: HOMES.get(top) for top in spread}


def test_every_imported_library_is_a_dependency_or_comes_with_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[\[<>=; ]", line)[0] for line in project["dependencies"]}
    names = {COMES_WITH.get(top, top.replace("_", "-")) for top in third_parties()}
    assert names - declared == set()


def test_no_type_is_ignored_without_saying_which_error() -> None:
    bare = re.compile(r"# type: ignore(?!\[)")
    here = PurePath(__file__).relative_to(ROOT).as_posix()
    assert not [
        f"{name}:{number}"
        for name, path in modules(*PACKAGES, "tests")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line) and name != here
    ]


def test_every_module_says_in_one_sentence_what_it_is() -> None:
    silent = []
    for name, path in modules(*PACKAGES, "tests"):
        words = ast.get_docstring(ast.parse(path.read_text()))
        if not words or not words.splitlines()[0].endswith((".", ",", ":")):
            silent.append(name)
    assert not silent
