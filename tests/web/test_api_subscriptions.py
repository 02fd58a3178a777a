"""Whether SMTP access is active, as the application asks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from commands.gateways.payments import StripePayments
from tests.commands.subscribing import Member
from tests.web.service import Clock, a_key, service_on
from tests.web.standing_in import SECRET, stand_in
from web import create_app
from web.database import Database
from web.wiring import TEST_KEY


@pytest.fixture
def member(empty_database: Database) -> Iterator[Member]:
    clock = Clock()
    with stand_in() as running, service_on(empty_database, clock, running.url) as made:
        running.switch(deliver="never")
        made.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        yield Member(made, running, clock)


def asked(client: FlaskClient, member: Member, key: dict[str, str]) -> object:
    path = f"/api/v1/accounts/{member.account_id}/smtp-access"
    return client.get(path, headers=key).get_json()


def test_it_is_answered_from_the_stream_at_once(member: Member) -> None:
    client = create_app(member.service).test_client()
    key = a_key(member.service)
    none = {"active": False, "status": "none", "until": None, "renews": False}
    assert asked(client, member, key) == none
    member.subscribe("smtp", None)
    until = member.end("smtp")
    told = {"active": True, "status": "active", "renews": True}
    assert asked(client, member, key) == told | {"until": "2027-11-23T12:00:00+00:00"}
    member.service.payments.end_later(member.id("smtp"), True)
    member.settle(member.id("smtp"))
    member.clock.now = until - timedelta(seconds=1)
    ending = asked(client, member, key)
    assert isinstance(ending, dict)
    assert (ending["active"], ending["renews"]) == (True, False)
    member.clock.now = until
    assert asked(client, member, key) == none


def test_anothers_key_learns_nothing(member: Member) -> None:
    client = create_app(member.service).test_client()
    path = f"/api/v1/accounts/{member.account_id}/smtp-access"
    assert client.get(path).status_code == 401
