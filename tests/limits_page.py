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
        "ledger.signing_keys",
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
"""The largest first; each term is a whole number of one of them."""
WINDOW = (
    "So many hits of one subject go through in a window, which begins with its first"
    " hit and ends by the clock."
)
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
        found = [numbers_of(importlib.import_module(name)) for name in modules]
        rows = [row_of(number) for numbers in found for number in numbers]
        lines += [f"## {title}", "", *table(("number", "is", "because"), rows), ""]
    lines += ["## Buckets", "", WINDOW, ""]
    reasons = reasons_of_buckets()
    buckets = [
        (f"`{name}`", _value(bucket.hits_max), _value(bucket.seconds), reasons[name])
        for name, bucket in BUCKETS.items()
    ]
    return lines + table(("bucket", "hits", "seconds", "because"), buckets)


def row_of(number: Number) -> tuple[str, str, str]:
    """One line of a table."""
    names = ", ".join(f"`{name}`" for name in number.names)
    return names, "; ".join(number.values), number.reason


def numbers_of(module: ModuleType) -> Iterator[Number]:
    """The constants of a module that are numbers or terms, and what is said of them.

    What has no words of its own shares those of the constant before it.
    """
    last: Number | None = None
    noun = module.__name__.rpartition(".")[2]
    place = "" if noun == "limits" else f"{noun}."
    body = ast.parse(inspect.getsource(module)).body
    for at, statement in enumerate(body):
        name = _constant(statement)
        if name is None or not _is_number(getattr(module, name)):
            continue
        reason, value = _words(body[at + 1 : at + 2]), _value(getattr(module, name))
        if reason or last is None:
            if last is not None:
                yield last
            last = Number([place + name], [value], reason)
        else:
            last.names.append(place + name)
            last.values.append(value)
    if last is not None:
        yield last


def reasons_of_buckets() -> dict[str, str]:
    """What stands over each bucket in the code, or over the one before it."""
    found: dict[str, str] = {}
    remarks: list[str] = []
    last = ""
    for line in inspect.getsource(limiter).splitlines():
        if remark := REMARK.match(line):
            remarks.append(remark[1])
        elif bucket := BUCKET.match(line):
            last = found[bucket[1]] = " ".join(remarks) or last
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
        if isinstance(statement, ast.Expr) and isinstance(
            statement.value, ast.Constant
        ):
            return " ".join(inspect.cleandoc(str(statement.value.value)).split())
    return ""


def _value(value: object) -> str:
    """A number as people write it; a term in the largest unit that divides it."""
    if isinstance(value, tuple):
        return ", ".join(_value(one) for one in value)
    if isinstance(value, timedelta):
        is_long = value > timedelta(hours=72)
        fits = [one for one in UNITS.items() if not value % one[1]]
        name, unit = next(one for one in fits if is_long or one[0] != "days")
        count = value // unit
        return f"{count:,} {name[:-1] if count == 1 else name}"
    return f"{value:g}" if isinstance(value, float) else f"{value:,}"
