"""The page on which people read the OpenAPI document, drawn here without a script."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from web import pages
from web.policies import ANYONE, allow

METHODS = ("get", "post", "put", "patch", "delete")


def install_page(app: Flask, document: dict[str, Any]) -> None:
    """Serve the document's page at /api/."""

    @app.get("/api/", endpoint="api.index")
    @allow(ANYONE)
    def index() -> Response:
        return pages.page(
            "api/index.html",
            about=document["info"]["description"].split("\n\n"),
            sections=sections_of(document),
        )


def sections_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the document's operations by noun, as the page shows them."""
    return [
        {
            "noun": tag["name"],
            "about": tag["description"],
            "operations": [
                _operation(document, path, method, operation)
                for path, item in document["paths"].items()
                for method, operation in item.items()
                if method in METHODS and tag["name"] in operation["tags"]
            ],
        }
        for tag in document["tags"]
    ]


def _operation(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> dict[str, Any]:
    answers = operation["responses"]
    good = next(code for code in answers if code.startswith("2"))
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "asked": _parameters(operation) + _fields(document, body, required=True),
        "told": _fields(document, answers[good].get("content", {}), required=False),
        "statuses": sorted(answers),
    }


def _parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": parameter["name"],
            "place": parameter["in"],
            "type": _type(parameter["schema"]),
            "required": parameter["required"],
            "about": parameter.get("description", ""),
        }
        for parameter in operation.get("parameters", [])
    ]


def _fields(
    document: dict[str, Any], content: dict[str, Any], *, required: bool
) -> list[dict[str, Any]]:
    schema = content.get("application/json", {}).get("schema", {})
    shape = _resolved(document, schema)
    return [
        {
            "name": name,
            "place": "body",
            "type": _type(field),
            "required": required and name in shape.get("required", []),
            "about": field.get("description", ""),
        }
        for name, field in shape.get("properties", {}).items()
    ]


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _type(schema: dict[str, Any]) -> str:
    """Return a type in words: what it is, its format, and whether it may be null."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    types = schema.get("type", "object")
    told = " or ".join(types) if isinstance(types, list) else str(types)
    return f"{told} ({schema['format']})" if "format" in schema else told
