"""The page of the reference that tells every number that guards, with its reason."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType

from commands import limiter
from commands.limiter import BUCKETS
from tests.route_pages import table

SECTIONS = {
    "Passwords, sessions, factors, keys and pictures": ("commands.limits",),
    "Terms that the ledger keeps": (
        "ledger.accounts",
        "ledger.email_addresses",
        "ledger.factors",
        "ledger.api_keys",
        "ledger.profiles",
        "ledger.staff",
    ),
    "Tries": ("commands.limiter",),
    "What is kept, and how long": (
        "commands.closing",
        "commands.erasure",
        "commands.retention",
    ),
}
"""Where the numbers stand that guard people; what is not here has its own page."""
UNITS = {"days": timedelta(days=1), "hours": timedelta(hours=1)}
UNITS |= {"minutes": timedelta(minutes=1), "seconds": timedelta(seconds=1)}
BUCKET = re.compile(r'^ +Bucket\("(\w+)"')
REMARK = re.compile(r"^ +# (.+)$")


@dataclass
class Number:
    """Some constants that share a reason: their names, their values, the reason."""

    names: list[str]
    values: list[str]
    reason: str


def limits() -> list[str]:
    """The numbers by what they guard, the buckets last."""
    lines = ["# Limits", "", "Every number that guards people, with its reason.",
             "They stand in the code and are no settings.", ""]  # fmt: skip
    for title, modules in SECTIONS.items():
        rows = [
            (", ".join(f"`{name}`" for name in one.names), _joined(one), one.reason)
            for name in modules
            for one in numbers_of(importlib.import_module(name))
        ]
        lines += [f"## {title}", "", *table(("number", "is", "because"), rows), ""]
    lines += ["## Buckets", "", "So many hits of one subject go through in a window,"
              " which begins with its first hit and ends by the clock.", ""]  # fmt: skip
    rows = [
        (f"`{name}`", str(bucket.hits_max), str(bucket.seconds), why)
        for name, bucket in BUCKETS.items()
        for why in [reasons_of_buckets().get(name, "")]
    ]
    return lines + table(("bucket", "hits", "seconds", "because"), rows)


def numbers_of(module: ModuleType) -> Iterator[Number]:
    """The constants of a module that are numbers or terms, and what is said of them.

    What has no words of its own shares those of the constant before it.
    """
    last: Number | None = None
    body = ast.parse(inspect.getsource(module)).body
    for at, statement in enumerate(body):
        name = _constant(statement)
        if name is None or not _is_number(getattr(module, name)):
            continue
        reason, value = _words(body[at + 1 : at + 2]), _value(getattr(module, name))
        if reason or last is None:
            if last is not None:
                yield last
            last = Number([name], [value], reason)
        else:
            last.names.append(name)
            last.values.append(value)
    if last is not None:
        yield last


def reasons_of_buckets() -> dict[str, str]:
    """What stands over each bucket in the code; a clause goes on over the next one."""
    found: dict[str, str] = {}
    remarks: list[str] = []
    for line in inspect.getsource(limiter).splitlines():
        if remark := REMARK.match(line):
            remarks.append(remark[1])
        elif bucket := BUCKET.match(line):
            found[bucket[1]] = " ".join(remarks)
            remarks = []
        else:
            remarks = []
    return found


def _constant(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
        return name if name.isupper() else None
    return None


def _is_number(value: object) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(_is_number(one) for one in value)
    return isinstance(value, int | float | timedelta) and not isinstance(value, bool)


def _words(statements: Sequence[ast.stmt]) -> str:
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return " ".join(inspect.cleandoc(str(statement.value.value)).split())
    return ""


def _value(value: object) -> str:
    """A number as people write it; a term in the largest unit that divides it."""
    if isinstance(value, tuple):
        return ", ".join(_value(one) for one in value)
    if isinstance(value, timedelta):
        for name, unit in UNITS.items():
            if not value % unit:
                return f"{value // unit:,} {name}"
    return f"{value:,}"


def _joined(number: Number) -> str:
    return ", ".join(number.values) if len(number.values) > 1 else number.values[0]
