"""What all operations of the API share: who may ask, how often, in which form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import abort, current_app, g, request
from flask.typing import ResponseReturnValue

from commands.plans import require_account
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Journal, Place, Recorded
from ledger.journal.positions import CELL
from ledger.refusals import NoSuchAccount
from projections.follow import Views
from web import access
from web.api.callers import Caller, refuse
from web.api.document import Part
from web.api.shapes import Shape, before_of, cursor_of
from web.policies import KEY, allow
from web.problems import problem

PREFIX = "/api/v1"
BODY_BYTES_MAX = 65_536
"""A command is a few fields; a longer body is nobody's honest mistake."""
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
READ, HOLD = "accounts:read", "credits:hold"
ADDRESS = f"{PREFIX}/accounts/<uuid:account_id>"
JSON = ("application/json",)
ALWAYS = (401, 403, 404, 429, 503)
WITH_BODY = (400, 409, 413, 415, 422)
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "The stream's version; with a second number once time alone"
        " has changed the figures since",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where the new thing is",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Idempotent-Replayed": {
        "description": "`true` when this command was recorded before",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
EPOCH = "SELECT max(epoch) FROM journal_epoch WHERE first_xid <= %s >> 20"

View = TypeVar("View", bound=Callable[..., Any])


class Section:
    """The operations on one noun, below an account's address unless told."""

    def __init__(self, noun: str, about: str, address: str = ADDRESS) -> None:
        self.part = Part(noun, address, about)
        self._scopes: dict[str, tuple[str, ...]] = {}
        self._unkeyed: set[str] = set()
        self._media: dict[str, tuple[str, ...]] = {}
        self.part.blueprint.before_request(self._admit)

    def ask(
        self,
        path: str,
        answer: type[Shape] | dict[str, str],
        *,
        who: tuple[str, ...] = (KEY,),
        bucket: str = "api",
        scopes: tuple[str, ...] = (READ,),
        query: type[Shape] | None = None,
        headers: tuple[str, ...] = (),
        media: str | None = None,
    ) -> Callable[[View], View]:
        """Make a view the answer to GET; a key needs any one of the scopes."""

        others = (
            *ALWAYS,
            *((304,) if "ETag" in headers else ()),
            *((400,) if query else ()),
        )
        told = {name: HEADERS[name] for name in headers}
        shapes = {"who": who, "headers": told, "others": others, "query": query}
        route, answered = ("GET", path), (200, answer, media)
        return self._adding(route, answered, bucket, scopes, **shapes)

    def tell(
        self,
        path: str,
        answer: type[Shape] | None,
        body: type[Shape],
        *,
        who: tuple[str, ...] = (KEY,),
        bucket: str = "api",
        scopes: tuple[str, ...] = (HOLD,),
        status: int = 200,
        body_required: bool = True,
        keyed: bool = True,
    ) -> Callable[[View], View]:
        """Make a view the answer to POST: a command, with its idempotency key.

        What changes nothing, or is told by strangers, is not `keyed`.
        """
        names = ("Idempotent-Replayed", *(("Location",) if status == 201 else ()))
        told = {name: HEADERS[name] for name in names if keyed}
        shapes = {"body": body, "body_required": body_required, "keyed": keyed}
        shapes |= {"who": who, "headers": told, "others": (*ALWAYS, *WITH_BODY)}
        route, answered = ("POST", path), (status, answer, None)
        return self._adding(route, answered, bucket, scopes, **shapes)

    def take(
        self,
        path: str,
        answer: type[Shape],
        manual: Mapping[str, Any],
        *,
        scopes: tuple[str, ...],
        bytes_max: int,
    ) -> Callable[[View], View]:
        """Make a view the answer to POST that reads its body itself.

        `manual` has the document's requestBody, with every media type that is read;
        the body names the command, so that no key is needed.
        """
        media = tuple(manual["requestBody"]["content"])
        told = {"Idempotent-Replayed": HEADERS["Idempotent-Replayed"]}
        shapes: dict[str, Any] = {"manual": manual, "who": (KEY,), "headers": told}
        shapes |= {"others": (*ALWAYS, *WITH_BODY), "keyed": False}

        def decorate(view: View) -> View:
            self._media[view.__name__] = media
            limited = allow(KEY, bucket="api", bytes_max=bytes_max)(view)
            route, answered = ("POST", path), (200, answer, None)
            return self._adding(route, answered, "api", scopes, **shapes)(limited)

        return decorate

    def _adding(
        self,
        route: tuple[str, str],
        answer: tuple[int, type[Shape] | dict[str, str] | None, str | None],
        bucket: str,
        scopes: tuple[str, ...],
        **shapes: Any,
    ) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            self._scopes[view.__name__] = scopes
            if not shapes.get("keyed", True):
                self._unkeyed.add(view.__name__)
            declared = view
            if not hasattr(view, "policy"):
                declared = _declared(view, shapes["who"], bucket)
            self.part.add(declared, route, answer, **shapes)
            return view

        return decorate

    def _admit(self) -> None:
        """Check scope, account and form, once it is known who calls."""
        name = (request.endpoint or "").rpartition(".")[2]
        caller: Caller | None = g.caller
        if caller is not None:
            scopes = self._scopes[name]
            allowed = caller.is_device or not scopes
            if not allowed and not caller.scopes.intersection(scopes):
                refuse(
                    403, "The key lacks the scope for this.", "scope-lacking", scopes
                )
            account_id = (request.view_args or {}).get("account_id")
            if account_id and caller.account_id not in (SYSTEM, account_id):
                raise NoSuchAccount(account_id=account_id)
        if request.method == "POST":
            media = self._media.get(name, JSON)
            _check_form(media, keyed=name not in self._unkeyed)


def _declared(view: View, who: tuple[str, ...], bucket: str) -> View:
    return allow(*who, bucket=bucket, bytes_max=BODY_BYTES_MAX)(view)


def _check_form(media: tuple[str, ...], *, keyed: bool) -> None:
    has_body = request.content_length or "Transfer-Encoding" in request.headers
    if has_body and request.mimetype not in media:
        kind = "json-needed" if media == JSON else "media-not-read"
        refuse(415, f"The body must be {' or '.join(media)}.", kind)
    key = request.headers.get("Idempotency-Key", "")
    if keyed and not IDEMPOTENCY_KEY.fullmatch(key):
        refuse(
            400,
            "Idempotency-Key is needed: 1 to 255 visible ASCII characters.",
            "idempotency-key-needed",
        )


def journal() -> Journal:
    """Return the journal of this service."""
    return access.service().journal


def views() -> Views:
    """Return what lists are read from."""
    return cast(Views, current_app.extensions["daybook-api-views"])


def caller() -> Caller:
    """Return who calls; only views of keys and devices ask."""
    assert g.caller is not None
    return cast(Caller, g.caller)


def context() -> Context:
    """Return the envelope of this request: its caller asks, under its command's id."""
    asking = caller()
    if asking.is_device:
        principal = f"device:{asking.id}"
        actor = Actor("customer", str(asking.account_id))
    else:
        principal, actor = f"key:{asking.id}", Actor(asking.kind, str(asking.id))
    return Context(
        principal=principal,
        key=request.headers.get("Idempotency-Key", str(g.request_id)),
        actor=actor,
        now=g.now,
        correlation_id=g.request_id,
        ip=request.remote_addr,
        client=(request.user_agent.string or "")[:256] or None,
    )


def known(account_id: UUID) -> UUID:
    """Return the id of an account that exists; raises NoSuchAccount."""
    return require_account(journal(), account_id).id


def answered(
    recorded: Recorded, body: Mapping[str, Any], location: str | None = None
) -> ResponseReturnValue:
    """Return a command's answer: the same again when the command is repeated."""
    headers = {} if location is None else {"Location": location}
    if recorded.repeated and recorded.position:
        headers["Idempotent-Replayed"] = "true"
    position = str(_place(recorded.position)) if recorded.position else None
    told = {**body, "version": recorded.version, "position": position}
    return told, 200 if location is None else 201, headers


def _place(position: int) -> Place:
    """Return the place of a position: the epoch is the one it was written in."""
    with access.service().connections.for_account(SYSTEM) as connection:
        row = connection.execute(EPOCH, (position,), prepare=True).fetchone()
    assert row is not None
    return Place(CELL, row[0], position)


def tagged(body: Mapping[str, Any], tag: str) -> ResponseReturnValue:
    """Return figures under their ETag, or 304 when the asker has them."""
    headers = {"ETag": f'"{tag}"'}
    if request.if_none_match.contains_weak(tag):
        return current_app.response_class(status=304, headers=headers)
    return body, 200, headers


def before(kind: str, query: Mapping[str, Any]) -> int | None:
    """Return where a page begins; refuses a cursor that is not of this list."""
    cursor = query["cursor"]
    if cursor is None:
        return None
    found = before_of(kind, cursor)
    if found is None:
        detail = "This is no cursor of this list."
        abort(
            problem(
                422,
                "Fields of the request were refused.",
                kind="/problems/fields-refused",
                errors=[{"in": "query", "pointer": "/cursor", "detail": detail}],
            )
        )
    return found


def listed(kind: str, found: Any, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one page of a view's list, with the place that it stands at."""
    older = found.older
    return {
        "data": rows,
        "has_more": older is not None,
        "next_cursor": None if older is None else cursor_of(kind, older),
        "position": str(found.place),
        "late": found.parked,
    }
