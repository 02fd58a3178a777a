"""Requests in Stripe's form encoding, read and refused as Stripe does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Given = dict[str, Any]
Leaf = Callable[[str, str], Any]
"""Reads one value; takes the parameter's name and what was sent."""
Spec = Mapping[str, Any]
"""Parameter name to a leaf, a nested spec, or a list of one of them."""

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
DEEPEST = 6


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """An answer in Stripe's error form, with its HTTP status."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        fields = {
            "message": message,
            "type": kind,
            "code": code,
            "param": param,
            "decline_code": decline_code,
        }
        self.body = {"error": {k: v for k, v in fields.items() if v is not None}}


class Declined(Refused):
    """A bank said no: the answer is an error, and what was tried stays."""


def decode(encoded: str) -> Given:
    """Nested maps and lists of text from `a[b][0][c]=d&…`; raises Refused."""
    tree: Given = {}
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict")
    except ValueError:
        raise Refused("Invalid form encoding") from None
    for name, value in pairs:
        found = NAME.fullmatch(name)
        keys = re.findall(r"\[([^\[\]]*)\]", found[2]) if found else []
        if found is None or len(keys) > DEEPEST:
            raise Refused(f"Invalid parameter name: {name}", param=name)
        _plant(tree, [found[1], *keys], value, name)
    return {name: _settled(value) for name, value in tree.items()}


def _plant(tree: Given, keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise Refused(f"Invalid object: {name}", param=name)
    last = keys[-1] or str(len(tree))
    if last in tree:
        raise Refused(f"Parameter given twice: {name}", param=name)
    tree[last] = value


def _settled(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isascii() and key.isdigit() for key in value):
        return [_settled(value[key]) for key in sorted(value, key=int)]
    return {key: _settled(inner) for key, inner in value.items()}


def checked(given: Given, spec: Spec, within: str = "") -> Given:
    """The parameters as values; raises Refused for unknown ones and wrong ones."""
    values = {}
    for key, value in given.items():
        name = f"{within}[{key}]" if within else key
        if key not in spec:
            raise Refused(
                f"Received unknown parameter: {name}",
                code="parameter_unknown",
                param=name,
            )
        values[key] = _read(spec[key], name, value)
    return values


def _read(wanted: Any, name: str, value: Any) -> Any:
    if isinstance(wanted, list):
        if not isinstance(value, list):
            raise Refused(f"Invalid array: {name}", param=name)
        return [_read(wanted[0], f"{name}[{i}]", one) for i, one in enumerate(value)]
    if isinstance(wanted, Mapping):
        if not isinstance(value, dict):
            raise Refused(f"Invalid object: {name}", param=name)
        return checked(value, wanted, name)
    if wanted is not labels and not isinstance(value, str):
        raise Refused(f"Invalid string: {name}", param=name)
    return wanted(name, value)


def required(given: Given, *names: str, within: str = "") -> None:
    """Raises Refused unless all of these parameters are given and not empty."""
    for key in names:
        if given.get(key) in (None, "", []):
            name = f"{within}[{key}]" if within else key
            raise Refused(
                f"Missing required param: {name}.",
                code="parameter_missing",
                param=name,
            )


def text(name: str, value: str) -> str:
    if len(value) > 5_000:
        raise Refused(f"Invalid string: {name} is too long", param=name)
    return value


def whole(name: str, value: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,12}", value):
        raise Refused(
            f"Invalid integer: {value[:40]}",
            code="parameter_invalid_integer",
            param=name,
        )
    return int(value)


def url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value.replace("{CHECKOUT_SESSION_ID}", ""))
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine:
        raise Refused("Not a valid URL", code="url_invalid", param=name)
    return value


def email(name: str, value: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", value) or len(value) > 800:
        message = f"Invalid email address: {value[:80]}"
        raise Refused(message, code="email_invalid", param=name)
    return value


def one_of(*words: str) -> Leaf:
    """A leaf that takes these words only."""

    def read(name: str, value: str) -> str:
        if value not in words:
            message = f"Invalid {name}: must be one of {', '.join(words)}"
            raise Refused(message, param=name)
        return value

    return read


def labels(name: str, value: Any) -> dict[str, str]:
    """Metadata: at most 50 keys of 40 characters with values of 500."""
    if value == "":
        return {}
    pairs = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(pairs, dict) or len(pairs) > 50:
        raise Refused(f"Invalid object: {name}", param=name)
    for key, inner in pairs.items():
        if not isinstance(inner, str) or len(str(key)) > 40 or len(inner) > 500:
            raise Refused(f"Invalid metadata: {name}[{key}]", param=name)
    return {str(key): inner for key, inner in pairs.items()}


CREATED: Any = {"gt": whole, "gte": whole, "lt": whole, "lte": whole}
EXPAND: Spec = {"expand": [text]}
PAGE: Spec = {
    "limit": whole,
    "starting_after": text,
    "ending_before": text,
    "created": CREATED,
    **EXPAND,
}
