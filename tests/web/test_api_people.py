"""People are found by their exact address; nobody learns who merely hides."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from commands.closing import CloseAccount, close_account
from commands.limiter import BUCKETS
from commands.profiles import (
    ChangePicture,
    ChooseLookup,
    change_picture,
    choose_lookup,
)
from ledger.sessions import BROWSER, DEVICE
from tests.commands.people import Person, member, new_email, signed_up
from tests.conftest import context_at
from tests.web.askers import a_session, basic, bearer
from tests.web.service import BASE, a_key, an_account
from web.wiring import Service

WHERE = "/api/v1/people/lookup"
NOBODY = {"found": False, "name": None, "picture": None}


@pytest.fixture
def bob(service: Service) -> dict[str, str]:
    """An application that Bob is signed in with."""
    return bearer(a_session(service, an_account(service), DEVICE))


@pytest.fixture
def ann(service: Service) -> Person:
    return member(service.journal, name="Ann Lee")


def asked(app: Flask, who: dict[str, str], email: str) -> TestResponse:
    return app.test_client().post(WHERE, json={"email": email}, headers=who)


def with_picture(service: Service, account_id: UUID) -> None:
    data = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(data, "PNG")
    command = ChangePicture(account_id=account_id, data=data.getvalue())
    change_picture(service.journal, command, context_at(service.clock()))


def test_an_exact_address_tells_name_and_picture_and_nothing_else(
    app: Flask, service: Service, bob: dict[str, str], ann: Person
) -> None:
    told = asked(app, bob, ann.email).get_json()
    assert told == {"found": True, "name": "Ann Lee", "picture": None}
    with_picture(service, ann.account_id)
    told = asked(app, bob, ann.email.upper()).get_json()
    assert told["picture"].startswith(f"{BASE}/pictures/")
    path = told["picture"].removeprefix(BASE)
    assert app.test_client().get(path).content_type == "image/webp"
    assert set(told) == {"found", "name", "picture"}


def test_unknown_unlisted_unverified_and_closed_people_are_answered_alike(
    app: Flask, service: Service, bob: dict[str, str], ann: Person
) -> None:
    journal, context = service.journal, context_at(service.clock())
    hide = ChooseLookup(account_id=ann.account_id, listed=False)
    choose_lookup(journal, hide, context)
    gone = member(journal)
    close_account(journal, CloseAccount(account_id=gone.account_id), context)
    emails = (new_email(), ann.email, signed_up(journal).email, gone.email)
    answers = [asked(app, bob, email) for email in emails]
    assert {(one.status_code, one.data) for one in answers} == {(200, answers[0].data)}
    assert answers[0].get_json() == NOBODY


@pytest.mark.parametrize("part", ["", "@example.com", "ann", "a b@c.d"])
def test_a_part_of_an_address_is_refused(
    app: Flask, bob: dict[str, str], part: str
) -> None:
    answer = asked(app, bob, part)
    assert answer.status_code == 422
    assert part == "" or part not in answer.text


def test_only_a_signed_in_application_may_look_people_up(
    app: Flask, service: Service, ann: Person
) -> None:
    browser = a_session(service, an_account(service), BROWSER)
    cookie = {"Cookie": f"daybook-session={browser}"}
    for who in ({}, cookie, bearer(browser), a_key(service), basic("x", "y")):
        answer = asked(app, who, ann.email)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Ann" not in answer.text


def test_looking_up_is_limited_for_an_account_whatever_application_asks(
    app: Flask, service: Service, ann: Person
) -> None:
    eve, most = an_account(service), BUCKETS["lookup"].hits_max
    devices = [bearer(a_session(service, eve, DEVICE)) for _ in range(2)]
    statuses = [
        asked(app, devices[n % 2], ann.email).status_code for n in range(most + 1)
    ]
    assert statuses == [200] * most + [429]


def test_the_address_stands_in_no_url_so_that_no_log_has_it(
    app: Flask, bob: dict[str, str], ann: Person
) -> None:
    client = app.test_client()
    assert client.get(f"{WHERE}?email={ann.email}", headers=bob).status_code == 405
    answer = client.post(f"{WHERE}?email={ann.email}", json={}, headers=bob)
    assert answer.status_code == 422
