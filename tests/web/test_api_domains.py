"""Sending domains over HTTP: added, checked, told record by record, removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from commands.customer_keys import IssueCustomerKey, issue_customer_key
from tests.commands.people import member
from tests.conftest import context_at
from tests.fakes import Names
from tests.web.askers import basic
from tests.web.service import Clock, a_key, service_on
from web import create_app
from web.database import Database
from web.wiring import Service

NAME = "hollis.com"


class Program:
    """A customer's program with a key of these scopes, and the world's DNS."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service, self.clock = service, clock
        self.client: FlaskClient = create_app(service).test_client()
        service.lookups = self.names = Names()
        self.account_id = member(service.journal).account_id
        self.headers = self.key("domains:read", "domains:write")

    def key(self, *scopes: str) -> dict[str, str]:
        command = IssueCustomerKey(
            account_id=self.account_id, name="Script", scopes=scopes
        )
        context = context_at(self.clock())
        issued = issue_customer_key(self.service.journal, command, context)
        return basic(str(issued.key_id), issued.secret)

    def ask(self, rest: str, **query: str) -> TestResponse:
        return self.client.get(
            self.where(rest), headers=self.headers, query_string=query
        )

    def tell(self, rest: str, body: Any = None, key: str | None = None) -> TestResponse:
        named = {"Idempotency-Key": key or uuid4().hex}
        where, headers = self.where(rest), self.headers | named
        return self.client.post(where, json=body or {}, headers=headers)

    def where(self, rest: str) -> str:
        return f"/api/v1/accounts/{self.account_id}{rest}"

    def add(self, name: str = NAME) -> dict[str, Any]:
        answer = self.tell("/domains", {"name": name})
        assert answer.status_code == 201
        found: dict[str, Any] = answer.get_json()
        return found

    def publish(self, domain: dict[str, Any]) -> None:
        for record in domain["records"]:
            if record["required"]:
                self.names.publish(record["host"], record["type"], record["value"])


@pytest.fixture
def program(empty_database: Database) -> Iterator[Program]:
    clock = Clock()
    with service_on(empty_database, clock) as service:
        yield Program(service, clock)


def test_a_domain_is_added_with_the_records_to_publish(program: Program) -> None:
    answer = program.tell("/domains", {"name": "https://Hollis.com/news"})
    domain = answer.get_json()
    where = f"/domains/{domain['domain_id']}"
    assert answer.headers["Location"] == program.where(where)
    assert (domain["name"], domain["state"]) == (NAME, "pending")
    assert (domain["checked_at"], domain["version"]) == (None, 1)
    kinds = [(one["kind"], one["required"]) for one in domain["records"]]
    assert kinds[:2] == [("dkim1", True), ("dkim2", True)]
    assert domain["records"][0]["relative_host"] == "dm1._domainkey"
    (listed,) = program.ask("/domains").get_json()["data"]
    assert listed["domain_id"] == domain["domain_id"]


def test_adding_under_one_key_twice_is_one_domain(program: Program) -> None:
    first = program.tell("/domains", {"name": NAME}, key="once")
    again = program.tell("/domains", {"name": "HOLLIS.com."}, key="once")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json()["domain_id"] == first.get_json()["domain_id"]
    assert program.tell("/domains", {"name": "x.com"}, key="once").status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"name": "gmail.com"}, 422, "domain-is-free-mail"),
        ({"name": "127.0.0.1"}, 422, "domain-is-numeric"),
        ({"name": "co.uk"}, 422, "domain-is-public-suffix"),
        ({"name": ""}, 422, "fields-refused"),
        ({"name": 7}, 422, "fields-refused"),
        ({}, 422, "fields-refused"),
    ],
)
def test_what_is_no_domain_is_refused_with_its_reason(
    program: Program, body: dict[str, Any], status: int, kind: str
) -> None:
    answer = program.tell("/domains", body)
    assert answer.status_code == status
    assert answer.get_json()["type"] == f"/problems/{kind}"
    assert program.ask("/domains").get_json()["data"] == []


def test_a_domain_is_checked_live_and_found(program: Program) -> None:
    domain = program.add()
    where = f"/domains/{domain['domain_id']}"
    program.names.publish("dm1._domainkey.hollis.com", "CNAME", "elsewhere.net")
    wrong = program.tell(f"{where}/check").get_json()
    assert wrong["records"][0]["state"] == "different"
    assert wrong["records"][0]["found"] == ["elsewhere.net"]
    assert wrong["checked_at"] is not None
    program.publish(domain)
    program.clock.move(timedelta(seconds=30))
    assert program.tell(f"{where}/check").get_json()["state"] == "verified"
    assert program.ask(where).get_json()["state"] == "verified"


def test_checking_too_often_says_when_to_come_back(program: Program) -> None:
    where = f"/domains/{program.add()['domain_id']}/check"
    program.tell(where)
    answer = program.tell(where)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_a_domain_is_removed_once(program: Program) -> None:
    where = f"/domains/{program.add()['domain_id']}"
    answer = program.tell(f"{where}/remove")
    assert (answer.status_code, answer.get_json()["version"]) == (200, 2)
    assert program.tell(f"{where}/remove").get_json()["position"] is None
    assert program.ask(where).status_code == 404
    assert program.tell(f"{where}/check").status_code == 404
    assert program.ask("/domains").get_json()["data"] == []


def test_another_accounts_domain_is_not_found(program: Program) -> None:
    where = f"/domains/{program.add()['domain_id']}"
    program.account_id = member(program.service.journal).account_id
    program.headers = program.key("domains:read", "domains:write")
    assert program.ask(where).status_code == 404
    for deed in ("check", "remove"):
        assert program.tell(f"{where}/{deed}").status_code == 404


def test_a_key_that_may_read_may_not_change(program: Program) -> None:
    where = f"/domains/{program.add()['domain_id']}"
    program.headers = program.key("domains:read")
    assert program.ask(where).status_code == 200
    answers = [
        program.tell(rest, {"name": "x.com"} if rest == "/domains" else None)
        for rest in ("/domains", f"{where}/check", f"{where}/remove")
    ]
    assert {answer.status_code for answer in answers} == {403}


def test_the_sending_service_asks_what_replaces_an_address(program: Program) -> None:
    program.headers = a_key(program.service)
    answer = program.ask("/sending-identity", domain="gmail.com", local_part="Ann.Lee")
    identity = answer.get_json()
    assert identity["authenticated"] is False
    assert (identity["signing"], identity["why"]) == (None, "unverifiable")
    local, _, domain = identity["from_address"].partition("@")
    assert local.startswith("ann.lee.")
    assert domain == program.service.settings.from_domain


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({}, "/domain"),
        ({"domain": NAME, "local_part": "x" * 65}, "/local_part"),
        ({"domain": NAME, "more": "1"}, "/more"),
    ],
)
def test_a_wrong_question_names_its_field(
    program: Program, query: dict[str, str], pointer: str
) -> None:
    answer = program.ask("/sending-identity", **query)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == pointer
