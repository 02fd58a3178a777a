"""Who may ask the API, how often, and in which form."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commands.key_revocations import RevokeApiKey, revoke_api_key
from ledger.aggregate import SYSTEM
from tests.conftest import context_at
from tests.web.service import a_key, an_account
from web.wiring import Service

HOLD = {"campaign_id": "spring", "recipients": 3, "kind": "credits"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def key(service: Service) -> dict[str, str]:
    return a_key(service)


@pytest.fixture(scope="module")
def ann(service: Service) -> UUID:
    return an_account(service)


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{name}:{secret}".encode()).decode()}


def at(account_id: UUID, rest: str = "") -> str:
    return f"/api/v1/accounts/{account_id}{rest}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic ???"},
        basic("nobody", "x"),
        basic(str(uuid4()), "x"),
        basic(f"{{{uuid4()}}}", "é\x00"),
    ],
)
def test_without_a_good_key_nothing_is_told(
    client: FlaskClient, ann: UUID, headers: dict[str, str]
) -> None:
    answer = client.get(at(ann), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["type"] == "/problems/key-needed"


def test_a_revoked_key_is_refused_at_once(
    client: FlaskClient, service: Service, ann: UUID
) -> None:
    key = a_key(service)
    assert client.get(at(ann), headers=key).status_code == 200
    with client.application.test_request_context(headers=key) as made:
        assert made.request.authorization is not None
        key_id = UUID(made.request.authorization.username)
    command = RevokeApiKey(account_id=SYSTEM, key_id=key_id)
    revoke_api_key(service.journal, command, context_at(service.clock()))
    assert client.get(at(ann), headers=key).status_code == 401


def test_a_key_does_only_what_its_scopes_allow(
    client: FlaskClient, service: Service, ann: UUID
) -> None:
    reader = a_key(service, ("accounts:read",)) | {"Idempotency-Key": "1"}
    sender = a_key(service, ("credits:hold",))
    refused = client.post(at(ann, "/holds"), json=HOLD, headers=reader)
    assert refused.status_code == 403
    assert refused.get_json()["scopes"] == ["credits:hold"]
    assert client.get(at(ann), headers=sender).status_code == 403
    assert client.get(at(ann, "/credits"), headers=sender).status_code == 200


@pytest.mark.parametrize(
    "rest", ["", "/credits", "/lots", "/purchases", "/receipts", "/statement"]
)
def test_an_unknown_account_is_not_found(
    client: FlaskClient, key: dict[str, str], rest: str
) -> None:
    answer = client.get(at(uuid4(), rest), headers=key)
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/no-such-account"


def test_holding_for_an_unknown_account_is_not_found(
    client: FlaskClient, key: dict[str, str]
) -> None:
    headers = key | {"Idempotency-Key": "1"}
    answer = client.post(at(uuid4(), "/holds"), json=HOLD, headers=headers)
    assert answer.status_code == 404


def test_another_content_type_is_refused_but_never_before_404_or_405(
    client: FlaskClient, key: dict[str, str], ann: UUID
) -> None:
    asked: dict[str, Any] = {"data": "campaign", "content_type": "text/plain"}
    headers = key | {"Idempotency-Key": "1"}
    statuses = [
        client.open(at(ann, rest), method=method, headers=headers, **asked).status_code
        for method, rest in (
            ("POST", "/nothing"),
            ("PUT", "/holds"),
            ("POST", "/holds"),
        )
    ]
    assert statuses == [404, 405, 415]


def test_another_method_is_told_which_ones_there_are(
    client: FlaskClient, key: dict[str, str], ann: UUID
) -> None:
    answer = client.delete(at(ann, "/holds"), headers=key)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("name", ["", "with space", "é", "x" * 256])
def test_a_command_needs_an_idempotency_key(
    client: FlaskClient, key: dict[str, str], ann: UUID, name: str
) -> None:
    headers = key | ({"Idempotency-Key": name} if name else {})
    answer = client.post(at(ann, "/holds"), json=HOLD, headers=headers)
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/problems/idempotency-key-needed"


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[" * 60_000, b'{"recipients": ' + b"9" * 5000 + b"}"],
    ids=["half", "bytes", "deep", "long"],
)
def test_what_is_no_json_is_refused(
    client: FlaskClient, key: dict[str, str], ann: UUID, body: bytes
) -> None:
    headers = key | {"Idempotency-Key": "1", "Content-Type": "application/json"}
    answer = client.post(at(ann, "/holds"), data=body, headers=headers)
    assert answer.status_code == 400


def test_a_body_of_more_than_64_kilobytes_is_refused(
    client: FlaskClient, key: dict[str, str], ann: UUID
) -> None:
    body = HOLD | {"campaign_id": "x" * 70_000}
    headers = key | {"Idempotency-Key": "1"}
    answer = client.post(at(ann, "/holds"), json=body, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"recipients": "3"}, "/recipients"),
        ({"recipients": 3.0}, "/recipients"),
        ({"recipients": True}, "/recipients"),
        ({"recipients": 0}, "/recipients"),
        ({"recipients": None}, "/recipients"),
        ({"kind": "contacts"}, "/kind"),
        ({"campaign_id": ""}, "/campaign_id"),
        ({"campaign_id": "spring\n"}, "/campaign_id"),
        ({"campaign_id": "\ud800"}, "/campaign_id"),
        ({"term_seconds": 10**9}, "/term_seconds"),
        ({"credits": 3}, "/credits"),
        ({"a/b~": 3}, "/a~1b~0"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    client: FlaskClient,
    key: dict[str, str],
    ann: UUID,
    change: dict[str, Any],
    pointer: str,
) -> None:
    headers = key | {"Idempotency-Key": "1"}
    answer = client.post(at(ann, "/holds"), json=HOLD | change, headers=headers)
    assert answer.status_code == 422
    (found,) = answer.get_json()["errors"]
    assert (found["in"], found["pointer"]) == ("json", pointer)
    assert found["detail"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=+5", "limit=1_0", "limit=٣", "cursor=AAAA", "x=1"],
)
def test_a_question_that_is_wrong_is_refused(
    client: FlaskClient, key: dict[str, str], ann: UUID, query: str
) -> None:
    answer = client.get(at(ann, f"/purchases?{query}"), headers=key)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["in"] == "query"


def test_a_cursor_of_another_list_is_refused(
    client: FlaskClient, key: dict[str, str], ann: UUID
) -> None:
    answer = client.get(at(ann, "/purchases?cursor=cmVjZWlwdHM6Mg"), headers=key)
    assert answer.status_code == 422
    fine = client.get(at(ann, "/receipts?cursor=cmVjZWlwdHM6Mg"), headers=key)
    assert fine.status_code == 200


def test_answers_are_not_stored_by_anybody(
    client: FlaskClient, key: dict[str, str], ann: UUID
) -> None:
    answer = client.get(at(ann), headers=key)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
