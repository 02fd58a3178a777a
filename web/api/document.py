"""The OpenAPI document, and reading a request as the document says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Flask, abort
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]
from webargs.flaskparser import FlaskParser

from web.api.shapes import ProblemSchema, Shape, refused_fields
from web.policies import ANYONE, DEVICE, KEY, NO_BUCKET, STATIC, declare
from web.problems import problem

PROBLEM = "application/problem+json"
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Names the command: asked again it answers the same and does"
    " nothing; with another body it is refused (409).",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
TAG_PARAMETER = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the last answer; 304 when nothing has changed.",
    "schema": {"type": "string", "pattern": '^"[0-9.]{1,40}"$'},
}
SCHEMES = {KEY: "basic", DEVICE: "bearer"}
"""How each kind of caller shows who he is, by its name in the document."""
DOCUMENT = "api-docs.openapi_json"
ABOUT = """\
Accounts and their credits, for the company's own systems.
A key's id and secret are sent by HTTP Basic.

Whole numbers are credits or minor units of a currency; instants carry their offset.

Figures of one account are those of the moment.
Lists say at which position of the journal they stand, and so does every command:
a list shows a command's effect once its position is not smaller, compared number by
number.
"""


class Parser(FlaskParser):
    """Reads bodies and queries; what they do not have fields for is refused."""

    def _raw_load_json(self, req: Any) -> Any:
        try:
            return super()._raw_load_json(req)
        except (ValueError, RecursionError):
            abort(problem(400, "The body is no JSON.", kind="/problems/json-malformed"))

    def handle_error(self, error: Any, *_: Any, **__: Any) -> NoReturn:
        """Answer 422 with every field that is wrong."""
        abort(
            problem(
                422,
                "Fields of the request were refused.",
                kind="/problems/fields-refused",
                errors=refused_fields(error.messages),
            )
        )


class _Blueprint(Blueprint):  # type: ignore[misc]
    """Routes with their part of the document."""

    ARGUMENTS_PARSER = Parser(unknown="raise")


class _Api(Api):  # type: ignore[misc]
    """The document; the app's own handlers answer what goes wrong."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to the app: pages beside the API are no programs' business."""

    def _register_responses(self) -> None:
        """Let every error be a problem document; they are registered lazily."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


class Part:
    """One noun's routes and their place in the document."""

    def __init__(self, noun: str, address: str, about: str) -> None:
        self.noun, self.about = noun, about
        self.blueprint = _Blueprint(f"api_{noun}", __name__, url_prefix=address)

    def add(
        self,
        view: Callable[..., Any],
        route: tuple[str, str],
        answer: tuple[int, type[Shape] | dict[str, str] | None, str | None],
        *,
        who: tuple[str, ...],
        headers: Mapping[str, Any],
        others: tuple[int, ...],
        query: type[Shape] | None = None,
        body: type[Shape] | None = None,
        body_required: bool = True,
        keyed: bool = False,
        manual: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a view under its method and path, with all that it may answer."""
        blueprint, (status, shape, media) = self.blueprint, answer
        known = {"content_type": media, "headers": dict(headers) or None}
        wrapped = blueprint.response(status, shape, **known)(view)
        if query is not None:
            wrapped = blueprint.arguments(query, location="query")(wrapped)
        if body is not None:
            wrapped = blueprint.arguments(body, required=body_required)(wrapped)
        for other in map(HTTPStatus, others):
            wrapped = blueprint.alt_response(other, response=other.name)(wrapped)
        told = {**_manual(who, keyed=keyed, tagged=304 in others), **(manual or {})}
        wrapped = blueprint.doc(operationId=view.__name__, **told)(wrapped)
        method, path = route
        rule = {"methods": [method], "tags": [self.noun]}
        blueprint.add_url_rule(path, view.__name__, wrapped, **rule)


def _manual(who: tuple[str, ...], *, keyed: bool, tagged: bool) -> dict[str, Any]:
    """Return what the document says about an operation beside its shapes."""
    told: dict[str, Any] = {}
    if keyed or tagged:
        told["parameters"] = [KEY_PARAMETER] if keyed else [TAG_PARAMETER]
    if who != (KEY,):
        told["security"] = [{kind: []} for kind in SCHEMES if kind in who]
    return told


def install(app: Flask, prefix: str, parts: Iterable[Part]) -> dict[str, Any]:
    """Register the parts with the app and serve their document; return it."""
    app.config.update(
        API_TITLE="Daybook",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=prefix,
        OPENAPI_JSON_PATH="openapi.json",
    )
    options = {"info": {"description": ABOUT}, "security": [{"key": []}]}
    api = _Api(app, spec_kwargs=options)
    for kind, scheme in SCHEMES.items():
        told = {"type": "http", "scheme": scheme}
        api.spec.components.security_scheme(kind, told)
    declare(app, DOCUMENT, ANYONE, bucket=NO_BUCKET, cache=STATIC)
    for part in parts:
        app.register_blueprint(part.blueprint)
        name = part.blueprint.name
        part.blueprint.register_views_in_doc(
            api, app, api.spec, name=name, parameters=None
        )
        api.spec.tag({"name": part.noun, "description": part.about})
    document: dict[str, Any] = api.spec.to_dict()
    return document
