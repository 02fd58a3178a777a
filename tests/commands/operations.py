"""Every command and query of the commands' floor, found and called by what it takes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import commands
from ledger.refusal import Refusal

Operation = Callable[..., Any]
HEX = "[0-9a-f]"
IDS = re.compile(rf"{HEX}{{8}}-(?:{HEX}{{4}}-){{3}}{HEX}{{12}}")
CHANCE = re.compile(r" at 0x[0-9a-f]+|position=\d+|version=\d+|\.[\w-]{43}")
PLACES = {"journal", "context"}


def found() -> dict[str, Operation]:
    """Return what takes a journal first, by module and name."""
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": function
        for module in _modules()
        for name, function in vars(module).items()
        if _is_operation(module.__name__, name, function)
    }


def _modules() -> Iterator[Any]:
    for module in pkgutil.iter_modules(commands.__path__):
        if not module.ispkg:
            yield importlib.import_module(f"commands.{module.name}")


def _is_operation(module: str, name: str, function: Any) -> bool:
    if name.startswith("_") or not inspect.isfunction(function):
        return False
    inner = inspect.unwrap(function)
    return (
        inner.__module__ == module and "journal" in inspect.signature(inner).parameters
    )


def command_of(operation: Operation) -> type[Any] | None:
    """Return the class of the command that it takes, if it takes one."""
    inner = inspect.unwrap(operation)
    parameter = inspect.signature(inner).parameters.get("command")
    if parameter is None:
        return None
    found = getattr(importlib.import_module(inner.__module__), parameter.annotation)
    assert isinstance(found, type)
    assert is_dataclass(found)
    return found


def takes(operation: Operation) -> set[str]:
    """Return the names of all it takes, its command's fields among them."""
    names = set(inspect.signature(inspect.unwrap(operation)).parameters)
    command = command_of(operation)
    if command is not None:
        names |= {field.name for field in fields(command)}
    return names - PLACES - {"command"}


def called(operation: Operation, values: Mapping[str, Any]) -> Any:
    """Call it with what stands for each name; what has a default may be left out."""
    given: dict[str, Any] = {}
    for name, parameter in _asked(operation).items():
        if name == "command":
            given[name] = _command(operation, values)
        elif name in values:
            given[name] = values[name]
        else:
            is_many = parameter.kind in (
                parameter.VAR_KEYWORD,
                parameter.VAR_POSITIONAL,
            )
            known = is_many or parameter.default is not parameter.empty
            assert known, f"nothing stands for {name!r} here yet: say it in asked.py"
    return operation(**given)


def _asked(operation: Operation) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(inspect.unwrap(operation)).parameters


def _command(operation: Operation, values: Mapping[str, Any]) -> Any:
    kind = command_of(operation)
    assert kind is not None
    given = {one.name: values[one.name] for one in fields(kind) if one.name in values}
    for one in fields(kind):
        known = one.name in given or not (
            one.default is MISSING and one.default_factory is MISSING
        )
        assert known, f"nothing stands for {one.name!r} here yet: say it in asked.py"
    return kind(**given)


def outcome(operation: Operation, values: Mapping[str, Any]) -> str:
    """Return what comes of it in words, without the ids that name this or that."""
    try:
        answer = called(operation, values)
        if isinstance(answer, Iterator):
            answer = list(answer)
    except Refusal as refusal:
        answer = (type(refusal).__name__, vars(refusal))
    return CHANCE.sub("", IDS.sub("<id>", repr(answer)))
