"""The account over the API, the document of it all, and the page to read it on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources

import pytest
from flask.testing import FlaskClient

from commands.accounts import ChangeLanguage, change_language
from tests.conftest import context_at
from tests.web.service import BASE, Clock, a_key, an_account, service_on
from web import create_app
from web.database import Database
from web.wiring import Service


@pytest.fixture(scope="module")
def service(database: Database) -> Iterator[Service]:
    with service_on(database, Clock()) as service:
        yield service


@pytest.fixture(scope="module")
def client(service: Service) -> FlaskClient:
    return create_app(service).test_client()


def test_an_account_tells_who_it_is_at_once(
    client: FlaskClient, service: Service
) -> None:
    ann, key = an_account(service, "Ann Lee"), a_key(service)
    first = client.get(f"/api/v1/accounts/{ann}", headers=key)
    assert (first.get_json()["name"], first.get_json()["language"]) == ("Ann Lee", "en")
    command = ChangeLanguage(account_id=ann, language="fr")
    change_language(service.journal, command, context_at(service.clock()))
    tag = {"If-None-Match": first.headers["ETag"]}
    second = client.get(f"/api/v1/accounts/{ann}", headers=key | tag)
    assert (second.status_code, second.get_json()["language"]) == (200, "fr")
    tag = {"If-None-Match": second.headers["ETag"]}
    third = client.get(f"/api/v1/accounts/{ann}", headers=key | tag)
    assert third.status_code == 304


def test_the_document_declares_every_route_there_is(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    rules = [
        str(rule).replace("<uuid:", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if str(rule).startswith("/api/v1/accounts")
    ]
    assert document["openapi"] == "3.1.0"
    assert sorted(document["paths"]) == sorted(rules)


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


def test_the_page_tells_every_operation_and_needs_no_script_of_others(
    client: FlaskClient,
) -> None:
    answer = client.get("/api/")
    document = client.get("/api/v1/openapi.json").get_json()
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    for path in document["paths"]:
        assert path in answer.text
    assert "http" not in answer.text.replace(BASE, "").replace("http://www.w3.org", "")


def test_a_page_that_does_not_exist_is_a_page_and_no_problem_document(
    client: FlaskClient,
) -> None:
    assert client.get("/nothing").mimetype == "text/html"
    assert client.get("/api/v1/nothing").mimetype == "application/problem+json"


def test_the_template_has_no_script() -> None:
    file = resources.files("web").joinpath("templates/api/index.html")
    assert "<script" not in json.dumps(file.read_text())
