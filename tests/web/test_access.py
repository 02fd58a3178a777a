"""Cookies, forms and addresses: what a request is believed, and what it may not do."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask, Response, g
from hypothesis import given
from hypothesis import strategies as st

from ledger.journal import Actor
from tests.web.askers import (
    OWN,
    VISITOR,
    Asker,
    a_member,
    all_askers,
    csrf_of,
    routes,
    told_member,
)
from tests.web.service import BASE
from web import access, create_app
from web.policies import SAFE
from web.wiring import Service

FOREIGN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": BASE},
    {"Origin": "https://evil.example"},
    {"Origin": f"{BASE}.evil.example"},
    {"Origin": "null"},
]


@pytest.fixture(scope="module")
def askers(service: Service) -> dict[str, Asker]:
    return all_askers(service)


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    """The app, where a view is reached but not run."""
    app = create_app(service)
    access.buckets(app).clear()
    access.identify_staff(app, told_member)
    app.before_request(lambda: Response("let in"))
    return app


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_change_by_cookie_is_made_for_another_site(
    app: Flask, askers: dict[str, Asker], headers: dict[str, str]
) -> None:
    asker = askers["customer"]
    client, statuses = app.test_client(use_cookies=False), {}
    for rule, method, path, policy in routes(app):
        if method in SAFE or policy.cookieless or path.startswith(access.COOKIELESS):
            continue
        data = {"csrf": csrf_of(app, path, asker)}
        brings = asker.brings() | headers
        answer = client.open(
            path, method=method, data=data, base_url=BASE, headers=brings
        )
        statuses[method, rule.endpoint] = answer.status_code
    assert len(statuses) > 5
    assert set(statuses.values()) == {403}


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "another browser's"])
def test_no_change_by_cookie_is_made_without_the_forms_own_token(
    app: Flask, askers: dict[str, Asker], token: str
) -> None:
    asker, client = askers["customer"], app.test_client(use_cookies=False)
    if token.startswith("another"):
        token = csrf_of(app, "/", askers["customer of an hour"])
    for _, method, path, policy in routes(app):
        if method in SAFE or policy.cookieless or path.startswith(access.COOKIELESS):
            continue
        for origin in (OWN, {"Origin": BASE}):
            answer = client.open(
                path,
                method=method,
                data={"csrf": token},
                base_url=BASE,
                headers=asker.brings() | origin,
            )
            assert answer.status_code == 403, path


@given(st.text(alphabet=st.sampled_from("/\\\\.:@?#%a\t\n\r 09évil"), max_size=20))
def test_no_text_leads_away_from_the_panel(text: str) -> None:
    for asked in (text, f"/{text}", f"//{text}", f"/\\{text}"):
        path = access.local_path(asked)
        led = urlsplit(urljoin(f"{BASE}/confirm", path))
        assert f"{led.scheme}://{led.netloc}" == BASE
        assert path.startswith("/")
        assert path[1:2] not in ("/", "\\")


def test_a_path_of_the_panel_stays_what_it_is() -> None:
    for path in ("/", "/credits?before=3", "/purchases/5/returned", "/é"):
        assert access.local_path(path) == path
    assert access.local_path(None) == access.local_path("") == "/"


def test_in_the_staff_area_a_customers_session_counts_for_nothing(
    app: Flask, askers: dict[str, Asker]
) -> None:
    both = replace(askers["customer"], role="support")
    for path, signed, staff in (
        ("/", True, False),
        ("/staffing", True, False),
        ("/staff", False, True),
        ("/staff/accounts", False, True),
    ):
        with app.test_request_context(path, base_url=BASE, headers=both.brings()):
            access.identify()
            assert (g.signed is not None, g.staff is not None) == (signed, staff)


def test_what_a_member_of_staff_does_is_recorded_as_his(app: Flask) -> None:
    member = a_member("support")
    brings = Asker(role="support").brings()
    with app.test_request_context("/staff/x", base_url=BASE, headers=brings):
        access.identify()
        context = access.context()
    assert context.actor == Actor("staff", str(member.account_id))
    assert context.principal == f"staff:{member.account_id}"


def test_forms_of_each_session_and_browser_have_tokens_of_their_own(
    app: Flask, askers: dict[str, Asker]
) -> None:
    names = ("nobody", "customer", "customer of an hour")
    tokens = {csrf_of(app, "/", askers[name]) for name in names}
    tokens.add(csrf_of(app, "/staff", askers["support"]))
    assert len(tokens) == 4
    assert all(len(token) == 64 for token in tokens)


def test_over_tls_cookies_belong_to_this_host_and_plain_http_is_ruled_out(
    service: Service,
) -> None:
    settings = replace(service.settings, daybook_base_url="https://panel.example")
    app = create_app(replace(service, settings=settings))
    answer = app.test_client().get("/sign-in", base_url="https://panel.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-browser=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    age = answer.headers["Strict-Transport-Security"]
    assert age == "max-age=63072000; includeSubDomains"


def test_forms_lead_to_us_and_to_the_pages_where_one_pays(service: Service) -> None:
    elsewhere = replace(service.settings, daybook_payments_url=None)
    found = []
    for settings in (service.settings, elsewhere):
        app = create_app(replace(service, settings=settings))
        headers = app.test_client().get("/sign-in", base_url=BASE).headers
        policy = headers["Content-Security-Policy"].split("; ")
        found += [part for part in policy if part.startswith("form-action")]
    stripe = [
        f"https://{page}.stripe.com" for page in ("checkout", "billing", "invoice")
    ]
    assert [one.split()[1:] for one in found] == [
        ["'self'", service.settings.daybook_payments_url],
        ["'self'", *stripe],
    ]


def test_a_visitors_cookie_is_kept_and_a_malformed_one_replaced(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    statuses = []
    for value in (VISITOR, "", "short", "é" * 43):
        cookie = f"daybook-browser={value}"
        answer = client.get("/sign-in", base_url=BASE, headers={"Cookie": cookie})
        statuses.append("Set-Cookie" in answer.headers)
    assert statuses == [False, True, True, True]
