"""The OpenAPI document: whole, and exact about what goes wrong."""

from __future__ import annotations

import re

from flask.testing import FlaskClient


def test_the_document_declares_every_route_there_is(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    routes = [
        (re.sub(r"<(?:uuid:)?(\w+)>", r"{\1}", str(rule)), method.lower())
        for rule in client.application.url_map.iter_rules()
        if str(rule).startswith("/api/v1/") and "openapi" not in str(rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    told = [
        (path, method)
        for path, item in document["paths"].items()
        for method in ("get", "post", "put", "patch", "delete")
        if method in item
    ]
    assert document["openapi"] == "3.1.0"
    assert sorted(told) == sorted(routes)


def test_the_document_names_no_error_by_default_and_every_one_as_a_problem(
    client: FlaskClient,
) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    for item in document["paths"].values():
        for operation in (item[method] for method in ("get", "post") if method in item):
            assert {"401", "403", "404", "429"} <= set(operation["responses"])
            assert "default" not in operation["responses"]
    errors = document["components"]["responses"].items()
    kinds = {
        kind for name, e in errors if name != "NOT_MODIFIED" for kind in e["content"]
    }
    assert kinds == {"application/problem+json"}


def test_a_page_that_does_not_exist_is_a_page_and_no_problem_document(
    client: FlaskClient,
) -> None:
    assert client.get("/nothing").mimetype == "text/html"
    assert client.get("/api/v1/nothing").mimetype == "application/problem+json"
