"""Writes docs/reference from the code; with --check, tells whether that was done."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import commands
import ledger
import projections
from ledger.aggregate import Aggregate
from ledger.journal import Connections, Vault
from ledger.journal.records import ENVELOPE, shape_of
from ledger.refusals import Refusal
from projections.view import View
from tests.limits_page import limits
from tests.records_page import records
from tests.roles_page import roles
from tests.route_pages import routes, table
from tests.setting_words import SETTINGS
from web import create_app
from web.problems import STATUS, name_of
from web.settings import Settings
from web.wiring import Service, load_catalogue, load_toml, lookups_of, payments_of

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
HEAD = "<!-- Written by `make docs` from the code; changes here are lost. -->"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Row = Sequence[str]


def first_sentence(of: object) -> str:
    """The first paragraph of a docstring that somebody wrote, in one line.

    The library makes a class of the same name of each event that a method takes; the
    words stand in the class below it.
    """
    name = getattr(of, "__name__", "")
    kinds = of.__mro__ if isinstance(of, type) else (of,)
    for kind in kinds:
        words = inspect.cleandoc(kind.__doc__ or "")
        if words and getattr(kind, "__name__", "") == name:
            is_made = words.startswith(f"{name}(")
            return "" if is_made else " ".join(words.split("\n\n")[0].split())
    return ""


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """The modules that stand directly in a package, by name."""
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        if not found.ispkg:
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def hint_text(hint: object) -> str:
    """An annotation as it is written, without the modules' names."""
    text = hint if isinstance(hint, str) else getattr(hint, "__name__", str(hint))
    return re.sub(r"\b[a-z_]+\.(?=\w)", "", text)


def aggregates() -> list[type[Aggregate]]:
    """Every aggregate of the ledger, by its noun."""
    for _ in modules_of(ledger):
        continue
    found = [
        kind
        for kind in Aggregate.__subclasses__()
        if kind.__module__.startswith(f"{ledger.__name__}.")
    ]
    return sorted(found, key=lambda kind: str(vars(kind)["TOPIC"]))


def events_of(aggregate: type[Aggregate]) -> list[type[Aggregate.Event]]:
    """The events of an aggregate in the order in which they are written."""
    return [
        kind
        for kind in vars(aggregate).values()
        if inspect.isclass(kind)
        and issubclass(kind, Aggregate.Event)
        and not topic_of(kind).endswith(".Event")
    ]


def views_of() -> dict[type, list[str]]:
    """Which views take an event, by its class."""
    found: dict[type, list[str]] = {}
    for _ in modules_of(projections):
        continue
    for view in sorted(View.__subclasses__(), key=lambda view: str(view.name)):
        if view.__module__.startswith("projections.") and "post" in vars(view):
            for kind in vars(view)["post"].dispatcher.registry:
                found.setdefault(kind, []).append(view.name)
    return found


def own_fields(kind: type[Aggregate.Event]) -> list[Row]:
    """The fields of an event beside its envelope."""
    personal = shape_of(topic_of(kind)).personal
    hints: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if issubclass(base, Aggregate.Event):
            hints |= inspect.get_annotations(base)
    return [
        (f"`{name}`", f"`{hint_text(hint)}`", "yes" if name in personal else "")
        for name, hint in hints.items()
        if name not in ENVELOPE
    ]


def topic_of(kind: type[Aggregate.Event]) -> str:
    """The topic that is written out in an event class."""
    return str(getattr(kind, "TOPIC", "none.Event"))


def events() -> list[str]:
    """What can be recorded."""
    lines = ["# Events", "", "What can be recorded, by topic.",
             "Personal fields are sealed with a key of the account."]  # fmt: skip
    views = views_of()
    for aggregate in aggregates():
        lines += ["", f"## {aggregate.__name__}", "", first_sentence(aggregate)]
        for kind in events_of(aggregate):
            shape = shape_of(topic_of(kind))
            taken = ", ".join(views.get(kind, [])) or "none"
            lines += ["", f"### `{shape.topic}`", ""]
            if words := first_sentence(kind):
                lines += [words, ""]
            lines += [f"Version {shape.version}; views: {taken}.", ""]
            rows = own_fields(kind)
            lines += (
                table(("field", "type", "personal"), rows) if rows else ["No fields."]
            )
    return lines


def handlers(module: ModuleType) -> Iterator[tuple[Callable[..., Any], str]]:
    """The public functions of a module that take a command, with its class's name."""
    for name, function in vars(module).items():
        if inspect.isfunction(function) and not name.startswith("_"):
            asked = inspect.get_annotations(function).get("command")
            if asked and function.__module__ == module.__name__:
                yield function, str(asked)


def all_commands() -> list[str]:
    """What can be asked."""
    lines = ["# Commands", "", "What can be asked, by noun."]
    for module in modules_of(commands):
        found = [(function, name) for function, name in handlers(module)]
        if found:
            title = module.__name__.partition(".")[2]
            lines += ["", f"## {title}", "", first_sentence(module)]
        for function, name in found:
            kind = getattr(module, name)
            lines += ["", f"### `{name}`", "", first_sentence(kind), ""]
            lines += [f"Handled by `{module.__name__}.{function.__name__}`.", ""]
            lines += table(("field", "type"), command_fields(kind))
    return lines


def command_fields(kind: type) -> list[Row]:
    """The fields of a command."""
    return [
        (f"`{field.name}`", f"`{hint_text(field.type)}`")
        for field in dataclasses.fields(kind)
    ]


def all_refusals() -> list[str]:
    """What can be refused."""
    lines = ["# Refusals", "", "Every way the ledger says no, and how HTTP tells it."]
    for branch, status in STATUS.items():
        title = f"## {branch.__name__}: {status}"
        lines += ["", title, "", first_sentence(branch), ""]
        rows = [
            refusal_row(leaf) for leaf in sorted(branch.__subclasses__(), key=name_of)
        ]
        lines += table(("refusal", "problem type", "says", "evidence"), rows)
    return lines


def refusal_row(leaf: type[Refusal]) -> Row:
    """One refusal."""
    evidence = inspect.get_annotations(leaf)
    names = ", ".join(f"`{name}`" for name in evidence)
    return (
        f"`{leaf.__name__}`",
        f"`/problems/{name_of(leaf)}`",
        first_sentence(leaf),
        names,
    )


def all_settings() -> list[str]:
    """What can be set."""
    lines = [
        "# Settings",
        "",
        "Variables of the environment, read once at the start.",
        "",
    ]
    rows = []
    for field in dataclasses.fields(Settings):
        default = "" if field.default is None else f"`{field.default}`"
        rows.append((f"`{field.name.upper()}`", default, SETTINGS.get(field.name, "")))
    return lines + table(("variable", "default", "what it sets"), rows)


def unopened_service() -> Service:
    """A service that is put together but never connected: it only shows its routes."""
    settings = Settings(daybook_payments_url="http://127.0.0.1:9")
    connections = Connections("host=/nowhere")
    return Service(
        settings=settings,
        connections=connections,
        vault=Vault(connections.for_account, bytes(32)),
        catalogue=load_catalogue(None),
        seller=load_toml(None, "seller.toml"),
        payments=payments_of(settings),
        lookups=lookups_of(settings),
    )


def http() -> list[str]:
    """What is answered over HTTP."""
    app = create_app(unopened_service())
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    lines = ["# HTTP", "", "## JSON API", "",
             "The whole description is at `/api/v1/openapi.json`,"
             " a readable page of it at `/api/`.", ""]  # fmt: skip
    rows = [
        (
            method.upper(),
            f"`{path}`",
            told["summary"],
            ", ".join(sorted(told["responses"])),
        )
        for path, operations in sorted(document["paths"].items())
        for method, told in sorted(operations.items())
        if method.upper() in METHODS
    ]
    lines += table(("method", "path", "does", "answers"), rows)
    lines += ["", "## Pages and others", ""]
    rules = sorted(
        app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)
    )
    pages = [
        (", ".join(m for m in METHODS if m in (rule.methods or ())), f"`{rule.rule}`")
        for rule in rules
        if not rule.rule.startswith("/api/v1/")
    ]
    return lines + table(("method", "path"), pages)


PAGES: dict[str, Callable[[], list[str]]] = {
    "events": events,
    "commands": all_commands,
    "refusals": all_refusals,
    "settings": all_settings,
    "http": http,
    "limits": limits,
    "records": records,
    "roles": lambda: roles(create_app(unopened_service())),
    "routes": lambda: routes(create_app(unopened_service())),
}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or compare them; return 1 when one differs."""
    differ = []
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        path = REFERENCE / f"{name}.md"
        text = "\n".join([HEAD, "", *page()]) + "\n"
        if "--check" not in arguments:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            differ.append(path.name)
    unsaid = {field.name for field in dataclasses.fields(Settings)} ^ SETTINGS.keys()
    if unsaid:
        told = ", ".join(sorted(unsaid))
        sys.stderr.write(f"tests/setting_words.py and web/settings.py differ: {told}\n")
    if differ:
        told = ", ".join(differ)
        sys.stderr.write(f"docs/reference differs from the code: {told}; make docs\n")
    return 1 if differ or unsaid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
