"""What the JSON of the API looks like: strict whole numbers, ids, instants."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validate

CREDITS_MAX = 1_000_000_000
"""The most credits or recipients that one command or question may name."""
PAGE_ROWS = 25
PAGE_ROWS_MAX = 100
DIGITS = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
CAMPAIGN = r"^[^\x00-\x1f\x7f]{1,100}$"
HALF = re.compile(r"[\ud800-\udfff]")
"""Half a pair of UTF-16, which JSON can spell and no text can hold."""
CURSOR = r"^[A-Za-z0-9_-]{1,64}$"
Field = fields.Field[Any]


class Shape(Schema):
    """An object of the API; a field that it does not have is refused."""

    class Meta:
        unknown = RAISE


class NothingSchema(Shape):
    """An empty object."""


class _Digits(fields.Integer):
    """A whole number in an address: digits only, no sign, space or underscore."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not DIGITS.fullmatch(value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class _Term(fields.Integer):
    """A whole number of JSON that is asked for; `true` and 1.0 are none."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class _Bytes(fields.Field[bytes]):
    """So many bytes in base64."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._size = size

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bytes:
        try:
            found = base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            found = b""
        if len(found) != self._size:
            raise ValidationError(f"This is no base64 of {self._size} bytes.")
        return found


def whole(about: str, *, nullable: bool = False) -> Field:
    """Return a whole number that is answered."""
    return fields.Integer(required=True, allow_none=nullable, metadata=_about(about))


def text(about: str, *, nullable: bool = False) -> Field:
    """Return a text that is answered."""
    return fields.String(required=True, allow_none=nullable, metadata=_about(about))


def texts(about: str) -> Field:
    """Return a list of texts that is answered."""
    return fields.List(fields.String(), required=True, metadata=_about(about))


def flag(about: str) -> Field:
    """Return a truth value that is answered."""
    return fields.Boolean(required=True, metadata=_about(about))


def identity(about: str, *, nullable: bool = False) -> Field:
    """Return an id that is answered."""
    return fields.UUID(required=True, allow_none=nullable, metadata=_about(about))


def instant(about: str, *, nullable: bool = False) -> Field:
    """Return an instant that is answered, ISO 8601 with its offset."""
    return fields.AwareDateTime(
        required=True, allow_none=nullable, metadata=_about(about)
    )


def nested(shape: type[Shape], about: str, *, nullable: bool = False) -> Field:
    """Return an object within an answer."""
    return fields.Nested(
        shape, required=True, allow_none=nullable, metadata=_about(about)
    )


def many(shape: type[Shape], about: str) -> Field:
    """Return a list of objects within an answer."""
    return fields.List(fields.Nested(shape), required=True, metadata=_about(about))


def asked_whole(about: str, least: int, most: int, default: int | None = None) -> Field:
    """Return a whole number of a body, required unless it has a default."""
    given: dict[str, Any] = (
        {"required": True} if default is None else {"load_default": default}
    )
    return _Term(
        strict=True,
        validate=validate.Range(least, most),
        metadata=_about(about),
        **given,
    )


def asked_flag(about: str) -> Field:
    """Return a truth value of a body: false unless given; only true and false."""
    return fields.Boolean(
        load_default=False, truthy={True}, falsy={False}, metadata=_about(about)
    )


def asked_choice(about: str, *choices: str) -> Field:
    """Return a text of a body that is one of these."""
    return fields.String(
        required=True, validate=validate.OneOf(choices), metadata=_about(about)
    )


def asked_text(about: str, most: int, *, required: bool = True) -> Field:
    """Return a text that is asked for, of at least one character."""
    return fields.String(
        required=required,
        validate=[validate.Length(1, most), _no_half],
        metadata=_about(about),
    )


def asked_query(about: str, most: int, default: str | None = None) -> Field:
    """Return a text of an address, required unless it has a default."""
    least = 1 if default is None else 0
    given: dict[str, Any] = (
        {"required": True} if default is None else {"load_default": default}
    )
    length = validate.Length(least, most)
    return fields.String(validate=length, metadata=_about(about), **given)


def _no_half(value: str) -> None:
    if HALF.search(value):
        raise ValidationError("Half a character is no text.")


def asked_bytes(about: str, size: int) -> Field:
    """Return so many bytes of a body, in base64."""
    told = {"type": "string", "contentEncoding": "base64"}
    return _Bytes(size, required=True, metadata={**_about(about), **told})


def asked_campaign(about: str) -> Field:
    """Return a campaign's id in a body: 1 to 100 characters."""
    return fields.String(
        required=True,
        validate=_whole_text(CAMPAIGN),
        metadata={**_about(about), "pattern": CAMPAIGN},
    )


def _whole_text(pattern: str) -> Callable[[str], None]:
    """Return a check of the whole text: `$` alone would let a line break pass."""
    compiled = re.compile(pattern)

    def check(value: str) -> None:
        if not compiled.fullmatch(value) or HALF.search(value):
            raise ValidationError(f"This does not match {pattern}.")

    return check


class RecipientsQuery(Shape):
    """How many somebody would like to send to."""

    recipients = _Digits(
        required=True,
        validate=validate.Range(1, CREDITS_MAX),
        metadata={"description": "How many contacts the campaign has"},
    )


class PageQuery(Shape):
    """Which page of a list, and how long it may be."""

    limit = _Digits(
        load_default=PAGE_ROWS,
        validate=validate.Range(1, PAGE_ROWS_MAX),
        metadata={"description": "Rows on a page"},
    )
    cursor = fields.String(
        load_default=None,
        validate=_whole_text(CURSOR),
        metadata={
            "description": "`next_cursor` of the page before; opaque",
            "pattern": CURSOR,
        },
    )


class FieldProblem(Schema):
    """One field that was refused."""

    place = fields.String(data_key="in", required=True)
    pointer = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """A problem document (RFC 9457), with what the refusal names beside it."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    request = fields.UUID(metadata={"description": "Finds the request in the log"})
    errors = fields.List(
        fields.Nested(FieldProblem), metadata={"description": "With status 422"}
    )


def page_shape(row: type[Shape], name: str) -> type[Shape]:
    """Return the shape of one page of a list of such rows."""
    return Shape.from_dict(  # type: ignore[return-value]
        {
            "data": many(row, "The rows, newest first"),
            "has_more": flag("Whether older rows follow"),
            "next_cursor": text("The cursor of the next page", nullable=True),
            "position": text("The place in the journal that the list stands at"),
            "late": flag("Whether facts of this account wait, so that rows lack"),
        },
        name=name,
    )


def cursor_of(kind: str, before: int) -> str:
    """Return the opaque cursor of rows below a number."""
    return base64.urlsafe_b64encode(f"{kind}:{before}".encode()).decode().rstrip("=")


def before_of(kind: str, cursor: str) -> int | None:
    """Return the number of a cursor of this list, or None for anything else."""
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, _, number = plain.partition(":")
    fits = name == kind and DIGITS.fullmatch(number) is not None
    return int(number) if fits and cursor_of(kind, int(number)) == cursor else None


def refused_fields(messages: Any) -> list[dict[str, str]]:
    """Return what marshmallow says about fields as {in, pointer, detail}."""
    return [
        {"in": place, "pointer": pointer, "detail": detail}
        for place, found in messages.items()
        for pointer, detail in _flat(found, "")
    ]


def _flat(found: Any, pointer: str) -> list[tuple[str, str]]:
    if isinstance(found, dict):
        return [
            line
            for name, inner in found.items()
            for line in _flat(inner, pointer + _step(str(name)))
        ]
    return [(pointer, str(message)) for message in found]


def _step(name: str) -> str:
    """Return one reference token of a JSON pointer (RFC 6901)."""
    if name == "_schema":
        return ""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _about(about: str) -> dict[str, str]:
    return {"description": about}
