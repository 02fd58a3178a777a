"""The page on which people read the OpenAPI document."""

from __future__ import annotations

from flask.testing import FlaskClient


def test_the_page_tells_every_operation_and_needs_no_script_of_others(
    client: FlaskClient,
) -> None:
    answer = client.get("/api/")
    document = client.get("/api/v1/openapi.json").get_json()
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    for path in document["paths"]:
        assert path in answer.text.replace("<wbr>", "")
    assert answer.text.count("<script") == 1
    assert '<script src="/static/' in answer.text


def test_the_page_tells_fields_with_their_types_and_statuses(
    client: FlaskClient,
) -> None:
    text = client.get("/api/").text
    assert "integer or null" in text
    assert "list of Item" in text
    assert "200, 304, 401" in text
