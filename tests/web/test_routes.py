"""A walk over every route: who may call it, and what its answers carry."""

from __future__ import annotations

from itertools import product
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, g, request
from werkzeug.test import TestResponse

from tests.web.askers import (
    OWN,
    Asker,
    all_askers,
    csrf_of,
    routes,
    told_member,
)
from tests.web.service import BASE
from web import access, create_app
from web.access import buckets
from web.policies import (
    ALWAYS,
    ANYONE,
    CUSTOMER,
    DEVICE,
    IMMUTABLE,
    KEY,
    NO_STORE,
    RECENT,
    SAFE,
    Policy,
    allow,
    policy_of,
    staff,
)
from web.wiring import Service

LET_IN = "let in"
NAMES = (
    "nobody",
    "a stranger's cookie",
    "a device's token as cookie",
    "customer",
    "customer of an hour",
    "customer disabled",
    "key",
    "key unknown",
    "device",
    "device disabled",
    "browser's token as device",
    "support",
    "auditor",
)


@pytest.fixture(scope="module")
def askers(service: Service) -> dict[str, Asker]:
    return all_askers(service)


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    """The app with a few routes more, where a view is reached but not run."""
    app = create_app(service)
    buckets(app).clear()
    access.identify_staff(app, told_member)
    app.before_request(lambda: Response(LET_IN))
    plant(app, "/api/v1/planted", DEVICE)
    plant(app, "/api/v1/planted-for-both", KEY, DEVICE)
    plant(app, "/staff/planted", staff())
    plant(app, "/staff/planted-for-some", staff("support", "finance"))
    plant(app, "/planted-for-both", CUSTOMER, staff("support"))
    return app


def plant(app: Flask, path: str, *who: str) -> None:
    @allow(*who)
    def view() -> str:
        return LET_IN

    app.add_url_rule(path, path, view, methods=["GET", "POST"])


def outcome(answer: TestResponse) -> str:
    if answer.status_code == 303:
        return urlsplit(answer.location).path
    return LET_IN if answer.text == LET_IN else str(answer.status_code)


def expected(policy: Policy, name: str, path: str) -> str:
    """What the declaration means for this asker, written down a second time."""
    who = set(policy.who)
    if who & {"anyone", "processor", "operator"}:
        return LET_IN
    if who & {KEY, DEVICE}:
        if name == "device disabled" and DEVICE in who:
            return "403"
        return LET_IN if name in who else "401"
    in_staff_area = path.startswith("/staff")
    if CUSTOMER in who and not in_staff_area:
        if name == "customer":
            return LET_IN
        if name == "customer of an hour":
            return "/confirm" if policy.fresh == RECENT else LET_IN
        if name == "customer disabled":
            is_stopped = not policy.even_disabled
            return "403" if is_stopped else LET_IN
        return "/sign-in"
    if name in ("support", "auditor") and in_staff_area:
        roles = policy.roles or {"support", "auditor"}
        return LET_IN if name in roles else "403"
    return "/staff/sign-in"


def test_every_kind_of_asker_is_walked_with(askers: dict[str, Asker]) -> None:
    assert tuple(askers) == NAMES


def test_every_route_declares_its_policy(service: Service) -> None:
    app = create_app(service)
    assert undeclared(app) == []
    assert len(app.view_functions) > 20


def undeclared(app: Flask) -> list[str]:
    return [name for name in app.view_functions if policy_of(app, name) is None]


def test_a_route_that_declares_nothing_fails_the_walk_and_opens_to_nobody(
    service: Service, askers: dict[str, Asker]
) -> None:
    app = create_app(service)
    app.add_url_rule("/planted", "planted", lambda: LET_IN)
    assert undeclared(app) == ["planted"]
    for asker in askers.values():
        answer = app.test_client(use_cookies=False).get(
            "/planted", base_url=BASE, headers=asker.brings()
        )
        assert answer.status_code == 500
        assert LET_IN not in answer.text


def test_what_asks_for_the_password_in_its_form_is_sent_by_post(app: Flask) -> None:
    methods = {
        (rule.endpoint, method)
        for rule, method, _, policy in routes(app)
        if policy.fresh == ALWAYS and method != "POST"
    }
    assert methods == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_route_lets_in_whom_it_declares_and_nobody_else(
    app: Flask, askers: dict[str, Asker], name: str
) -> None:
    asker, wrong, seen = askers[name], {}, 0
    client = app.test_client(use_cookies=False)
    for rule, method, path, policy in routes(app):
        seen += 1
        data = None if method in SAFE else {"csrf": csrf_of(app, path, asker)}
        answer = client.open(
            path, method=method, data=data, base_url=BASE, headers=asker.brings() | OWN
        )
        found, meant = outcome(answer), expected(policy, name, path)
        if found != meant:
            wrong[f"{method} {rule.endpoint}"] = f"{found}, not {meant}"
    assert wrong == {}
    assert seen > 25


def test_where_no_cookie_is_read_none_is_believed_or_set(
    app: Flask, askers: dict[str, Asker]
) -> None:
    client, seen = app.test_client(use_cookies=False), 0
    for _, method, path, policy in routes(app):
        if policy.cookieless or path.startswith(access.COOKIELESS):
            brings = askers["customer"].brings()
            with client:
                answer = client.open(path, method=method, base_url=BASE, headers=brings)
                assert g.signed is None, path
            assert "Set-Cookie" not in answer.headers
            seen += 1
    assert seen > 5


def guarded(answer: TestResponse) -> None:
    """Check the headers that every answer carries."""
    headers, where = answer.headers, answer.request.path
    assert "default-src 'none'" in headers["Content-Security-Policy"], where
    assert "unsafe" not in headers["Content-Security-Policy"], where
    assert headers["X-Content-Type-Options"] == "nosniff", where
    assert headers["Referrer-Policy"] in (
        "strict-origin-when-cross-origin",
        "no-referrer",
    )
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", where
    assert headers["X-Robots-Tag"] == "noindex, nofollow", where
    assert "Access-Control-Allow-Origin" not in headers, where
    if answer.status_code not in access.KEPT_STATUSES:
        assert headers["Cache-Control"] == NO_STORE, where


@pytest.mark.parametrize(
    "name", ["nobody", "customer", "customer disabled", "key", "support"]
)
def test_every_answer_carries_the_headers_and_cache_policy_of_its_route(
    service: Service, askers: dict[str, Asker], name: str
) -> None:
    app = create_app(service)
    buckets(app).clear()
    access.identify_staff(app, told_member)
    client, brings = app.test_client(use_cookies=False), askers[name].brings()
    for _, method, path, policy in routes(app):
        for asked in (method, "PROPFIND"):
            answer = client.open(
                path, method=asked, base_url=BASE, headers=brings, buffered=True
            )
            guarded(answer)
            assert answer.status_code < 500, path
            if answer.status_code in access.KEPT_STATUSES:
                assert answer.headers["Cache-Control"] == policy.cache, path
            reads_cookies = not (
                policy.cookieless or path.startswith(access.COOKIELESS)
            )
            if reads_cookies and answer.headers["Cache-Control"] == NO_STORE:
                assert "Cookie" in answer.headers["Vary"], path


@pytest.mark.parametrize("under", ["/", "/api/", "/webhooks/", "/static/", "/staff/"])
def test_what_fails_carries_the_headers_as_well(service: Service, under: str) -> None:
    app = create_app(service)

    @app.route(f"{under}planted", endpoint="planted")
    @allow(ANYONE, cache=IMMUTABLE)
    def broken() -> str:
        raise RuntimeError(request.path)

    client = app.test_client()
    statuses = {}
    for method, path in product(("GET", "POST", "DELETE"), ("planted", "nothing")):
        answer = client.open(f"{under}{path}", method=method, base_url=BASE)
        guarded(answer)
        statuses[method, path] = answer.status_code
    assert statuses["GET", "planted"] == 500
    assert statuses["GET", "nothing"] == 404
    assert statuses["DELETE", "planted"] in (403, 405)
    stranger = client.get(f"{under}planted", base_url="http://evil.example")
    assert stranger.status_code == 400
    guarded(stranger)
