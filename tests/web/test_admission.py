"""Whether a request goes on: how fresh, how often, for whom still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from commands.limiter import Bucket
from tests.web.askers import (
    OWN,
    Asker,
    a_member,
    a_session,
    csrf_of,
    set_disabled,
    set_elevated,
)
from tests.web.service import BASE, Clock, an_account, service_on
from web import access, create_app
from web.database import Database
from web.policies import ANYONE, CUSTOMER, RECENT, allow, staff
from web.staff.identity import Member
from web.wiring import Service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(empty_database: Database, clock: Clock) -> Iterator[Service]:
    with service_on(empty_database, clock) as service:
        yield service


@pytest.fixture
def app(service: Service) -> Flask:
    """The app with a route for who is fresh, one that reads, one for each role."""
    app = create_app(service)
    plant(app, "/fresh", lambda: "fresh", CUSTOMER, fresh=RECENT)
    plant(app, "/own", lambda: "own", CUSTOMER)
    plant(app, "/once", lambda: request.values["name"], ANYONE)
    plant(app, "/twice", lambda: ",".join(request.args.getlist("name")), ANYONE)
    plant(app, "/staff/books", lambda: "books", staff("finance", "auditor"))
    return app


@pytest.fixture
def ann(service: Service) -> Asker:
    return Asker(session=a_session(service, an_account(service)))


def plant(app: Flask, path: str, view: Any, *who: str, **more: Any) -> None:
    def planted() -> str:
        return str(view())

    declared = allow(*who, **more)(planted)
    app.add_url_rule(path, path, declared, methods=["GET", "POST"])


def client_of(app: Flask, asker: Asker, ip: str = "192.0.2.1") -> FlaskClient:
    client = app.test_client(use_cookies=False)
    client.environ_base["REMOTE_ADDR"] = ip
    client.environ_base["HTTP_COOKIE"] = asker.brings()["Cookie"]
    client.environ_base["SERVER_NAME"] = "localhost:8000"
    return client


def test_after_ten_minutes_the_password_is_asked_for_and_the_page_comes_back(
    app: Flask, ann: Asker, clock: Clock
) -> None:
    client = client_of(app, ann)
    clock.move(timedelta(seconds=599))
    assert client.get("/fresh?a=1&b=é", base_url=BASE).text == "fresh"
    clock.move(timedelta(seconds=1))
    answer = client.get("/fresh?a=1&b=é", base_url=BASE)
    assert answer.status_code == 303
    assert answer.location == "/confirm?next=/fresh%3Fa%3D1%26b%3D%C3%A9"
    assert client.get("/own", base_url=BASE).text == "own"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        (f"{BASE}/api-keys?x=1", "/api-keys%3Fx%3D1"),
        (f"{BASE}", "/"),
        (None, "/"),
        ("https://evil.example/api-keys", "/"),
        (f"{BASE}.evil.example/", "/"),
        (f"{BASE}//evil.example", "/"),
    ],
)
def test_a_form_that_comes_too_late_leads_back_to_where_it_stood(
    app: Flask, ann: Asker, clock: Clock, referer: str | None, back: str
) -> None:
    clock.move(timedelta(minutes=11))
    told = OWN | ({"Referer": referer} if referer else {})
    data = {"csrf": csrf_of(app, "/fresh", ann)}
    client = client_of(app, ann)
    answer = client.post("/fresh", data=data, base_url=BASE, headers=told)
    assert (answer.status_code, answer.location) == (303, f"/confirm?next={back}")


def test_whoever_asks_too_often_is_told_when_to_come_back(
    app: Flask, ann: Asker, clock: Clock
) -> None:
    access.buckets(app)["pages"] = Bucket("pages", 2, 60)
    client = client_of(app, ann)
    statuses = [client.get("/own", base_url=BASE).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    clock.move(timedelta(seconds=20))
    answer = client.get("/own", base_url=BASE)
    assert answer.headers["Retry-After"] == "40"
    assert "Try again in 40 seconds." in answer.text
    clock.move(timedelta(seconds=40))
    assert client.get("/own", base_url=BASE).status_code == 200


def test_an_account_is_counted_from_wherever_it_asks_and_strangers_by_network(
    app: Flask, ann: Asker
) -> None:
    access.buckets(app)["pages"] = Bucket("pages", 1, 60)

    def asked(asker: Asker, ip: str) -> int:
        path = "/own" if asker.session else "/once?name=x"
        return client_of(app, asker, ip).get(path, base_url=BASE).status_code

    assert [asked(ann, ip) for ip in ("192.0.2.1", "192.0.2.2")] == [200, 429]
    nobody = Asker()
    assert [asked(nobody, ip) for ip in ("192.0.2.1", "192.0.2.2")] == [200, 200]
    assert [asked(nobody, f"2001:db8::{n}") for n in (1, 2)] == [200, 429]
    assert asked(nobody, "2001:db8:0:1::1") == 200


def test_an_address_told_by_a_header_counts_only_behind_a_known_proxy(
    service: Service,
) -> None:
    for proxies, statuses in ((0, [200, 429]), (1, [200, 200])):
        settings = replace(service.settings, daybook_trusted_proxies=proxies)
        app = create_app(replace(service, settings=settings))
        plant(app, "/once", lambda: request.remote_addr, ANYONE)
        access.buckets(app)["pages"] = Bucket(f"pages{proxies}", 1, 60)
        client = client_of(app, Asker())
        found = [
            client.get("/once", base_url=BASE, headers={"X-Forwarded-For": ip})
            for ip in ("9.9.9.9, 203.0.113.5", "9.9.9.9, 203.0.113.6")
        ]
        assert [answer.status_code for answer in found] == statuses


def test_a_parameter_that_came_twice_is_refused_where_one_is_meant(
    app: Flask,
) -> None:
    client = client_of(app, Asker())
    assert client.get("/once?name=a", base_url=BASE).text == "a"
    assert client.get("/once?name=a&name=b", base_url=BASE).status_code == 400
    assert client.get("/twice?name=a&name=b", base_url=BASE).text == "a,b"
    token = csrf_of(app, "/once", Asker())
    sent = {"csrf": token, "name": ["a", "b"]}
    answer = client.post("/once", data=sent, base_url=BASE, headers=OWN)
    assert answer.status_code == 400
    both = {"csrf": [token, token], "name": "a"}
    answer = client.post("/once", data=both, base_url=BASE, headers=OWN)
    assert answer.status_code == 400


def test_the_customer_of_a_disabled_account_reads_why_and_may_sign_out(
    app: Flask, service: Service
) -> None:
    account_id = an_account(service)
    asker = Asker(session=a_session(service, account_id))
    client = client_of(app, asker)
    set_disabled(service, account_id)
    for path in ("/", "/own", "/fresh", "/purchases", f"/receipts/{uuid4()}.pdf"):
        answer = client.get(path, base_url=BASE)
        assert answer.status_code == 403
        assert "This account is disabled" in answer.text
        assert 'action="/sign-out"' in answer.text
    data = {"csrf": csrf_of(app, "/", asker)}
    answer = client.post("/sign-out", data=data, base_url=BASE, headers=OWN)
    assert answer.status_code == 200
    assert client.get("/own", base_url=BASE).status_code == 303


def test_staff_need_one_of_the_roles_and_the_very_next_request_tells(
    app: Flask,
) -> None:
    asking: list[Member | None] = [None]
    access.identify_staff(app, lambda: asking[0])
    client, found = client_of(app, Asker()), []
    for role in (None, "support", "finance", "auditor"):
        asking[0] = None if role is None else a_member(role)
        answer = client.get("/staff/books?x=1", base_url=BASE)
        found.append(answer.location or answer.status_code)
    assert found == ["/staff/sign-in?next=/staff/books%3Fx%3D1", 403, 200, 200]


def test_a_session_that_never_showed_the_password_is_not_fresh(
    app: Flask, service: Service
) -> None:
    account_id = an_account(service)
    asker = Asker(session=a_session(service, account_id, methods=("panel_link",)))
    client = client_of(app, asker)
    assert client.get("/own", base_url=BASE).status_code == 200
    assert client.get("/fresh", base_url=BASE).status_code == 303
    set_elevated(service, account_id, 1)
    assert client.get("/fresh", base_url=BASE).status_code == 200


def test_weaknesses_and_passwords_have_the_addresses_that_programs_look_at(
    service: Service,
) -> None:
    client = create_app(service).test_client()
    answer = client.get("/.well-known/change-password", base_url=BASE)
    assert (answer.status_code, answer.location) == (303, "/security")
    path = "/.well-known/security.txt"
    assert client.get(path, base_url=BASE).status_code == 404
    for contact in ("safe@example.com", "mailto:safe@example.com"):
        settings = replace(service.settings, daybook_security_contact=contact)
        client = create_app(replace(service, settings=settings)).test_client()
        answer = client.get(path, base_url=BASE)
        assert answer.content_type == "text/plain; charset=utf-8"
        assert "Contact: mailto:safe@example.com\n" in answer.text
        until = (service.clock() + timedelta(days=365)).isoformat()
        assert f"Expires: {until}\n" in answer.text
