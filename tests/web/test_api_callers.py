"""Who asks the API: keys, signed-in applications, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commands.customer_keys import IssueCustomerKey, issue_customer_key
from ledger.journal import Actor
from ledger.sessions import DEVICE
from tests.conftest import context_at
from tests.web.askers import a_session, basic, bearer, set_disabled
from tests.web.service import Clock, a_key, an_account
from web import create_app
from web.api import frame
from web.api.shapes import Shape, text
from web.policies import ANYONE, KEY
from web.policies import DEVICE as BY_DEVICE
from web.wiring import Service


class ToldSchema(Shape):
    """Who asked."""

    kind = text("What it is")
    actor = text("Who acts")


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    """The app with routes for each kind of caller."""
    app = create_app(service)
    section = frame.Section("planted", "Routes for tests")
    wide = frame.Section("planted_wide", "Routes for tests", f"{frame.PREFIX}/planted")
    section.ask("/device", ToldSchema, who=(BY_DEVICE,))(told_device)
    section.ask("/both", ToldSchema, who=(KEY, BY_DEVICE), scopes=())(told_both)
    wide.ask("/own", ToldSchema, who=(KEY, BY_DEVICE), scopes=())(told_own)
    wide.tell("/open", None, Shape, who=(ANYONE,), status=204, keyed=False)(told_open)
    for one in (section, wide):
        app.register_blueprint(one.part.blueprint)
    return app


def told_device(account_id: UUID) -> dict[str, str]:
    assert account_id == frame.caller().account_id
    return told_own()


def told_both(account_id: UUID) -> dict[str, str]:
    assert account_id.int
    return told_own()


def told_own() -> dict[str, str]:
    actor = frame.context().actor
    return {"kind": frame.caller().kind, "actor": f"{actor.kind} {actor.id}"}


def told_open(body: dict[str, Any]) -> None:
    assert body == {}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ann(service: Service) -> UUID:
    return an_account(service)


def at(account_id: UUID, rest: str) -> str:
    return f"/api/v1/accounts/{account_id}{rest}"


def own_key(service: Service, account_id: UUID) -> dict[str, str]:
    command = IssueCustomerKey(
        account_id=account_id, name="Zapier", scopes=("account:read",)
    )
    context = context_at(service.clock())
    shown = issue_customer_key(service.journal, command, context)
    return basic(str(shown.key_id), shown.secret)


def test_an_application_acts_as_the_customer_in_his_own_account_alone(
    client: FlaskClient, service: Service, ann: UUID
) -> None:
    headers = bearer(a_session(service, ann, DEVICE))
    answer = client.get(at(ann, "/device"), headers=headers)
    actor = Actor("customer", str(ann))
    assert answer.get_json() == {"kind": "device", "actor": f"customer {actor.id}"}
    other = client.get(at(an_account(service), "/device"), headers=headers)
    assert other.status_code == 404
    assert other.get_json()["type"] == "/problems/no-such-account"


def test_an_applications_token_opens_nothing_that_is_for_keys(
    client: FlaskClient, service: Service, ann: UUID
) -> None:
    headers = bearer(a_session(service, ann, DEVICE))
    assert client.post(at(ann, "/holds"), headers=headers).status_code == 401
    assert client.get(at(ann, "/both"), headers=headers).status_code == 200


def test_only_a_live_applications_token_is_believed(
    client: FlaskClient, service: Service, ann: UUID, clock: Clock
) -> None:
    token = a_session(service, ann, DEVICE)
    tokens = ("", "x", a_session(service, ann), token[:-1], token + "A")
    for wrong in tokens:
        answer = client.get(at(ann, "/device"), headers=bearer(wrong))
        assert answer.status_code == 401
        assert answer.get_json()["type"] == "/problems/token-needed"
        told = answer.headers.getlist("WWW-Authenticate")
        assert told == ['Bearer realm="Daybook API"']
    clock.move(timedelta(days=30, seconds=1))
    assert client.get(at(ann, "/device"), headers=bearer(token)).status_code == 401


def test_where_both_may_ask_both_ways_in_are_named(
    client: FlaskClient, ann: UUID
) -> None:
    answer = client.get(at(ann, "/both"))
    kinds = [x.split()[0] for x in answer.headers.getlist("WWW-Authenticate")]
    assert (answer.status_code, kinds) == (401, ["Basic", "Bearer"])


def test_a_customers_key_asks_for_its_own_account_alone(
    client: FlaskClient, service: Service, ann: UUID
) -> None:
    headers = own_key(service, ann)
    told = client.get("/api/v1/planted/own", headers=headers).get_json()
    assert told["kind"] == "api_key"
    assert told["actor"].startswith("api_key ")
    assert client.get(at(ann, "/both"), headers=headers).status_code == 200
    other = client.get(at(an_account(service), "/both"), headers=headers)
    assert other.status_code == 404
    assert other.get_json()["type"] == "/problems/no-such-account"


def test_keys_and_applications_of_a_disabled_account_are_told_so_until_it_is_enabled(
    client: FlaskClient, service: Service, ann: UUID
) -> None:
    path = "/api/v1/planted/own"
    ways = (own_key(service, ann), bearer(a_session(service, ann, DEVICE)))
    for disabled, status in ((False, 200), (True, 403), (False, 200)):
        set_disabled(service, ann, disabled=disabled)
        for headers in ways:
            answer = client.get(path, headers=headers)
            assert answer.status_code == status
            if disabled:
                assert answer.get_json()["type"] == "/problems/account-disabled"


def test_strangers_may_tell_what_is_open_to_anyone_without_naming_their_command(
    client: FlaskClient,
) -> None:
    assert client.post("/api/v1/planted/open", json={}).status_code == 204
    assert client.post("/api/v1/planted/open", data="x").status_code == 415
    wrong = client.post("/api/v1/planted/open", json={"x": 1})
    assert wrong.status_code == 422


def test_a_parameter_that_came_twice_is_refused(
    client: FlaskClient, service: Service, ann: UUID
) -> None:
    headers = a_key(service)
    path = at(ann, "/purchases?limit=3")
    assert client.get(path, headers=headers).status_code == 200
    answer = client.get(f"{path}&limit=4", headers=headers)
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/problems/parameter-repeated"
