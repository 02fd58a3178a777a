"""A walk over every route that takes an id: another's is answered as nobody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.gateways import tokens
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.sessions import DEVICE as DEVICE_SESSION
from tests.commands.people import PHRASE, member
from tests.commands.tenants import (
    Tenant,
    a_session,
    contents,
    envelope,
    with_everything,
)
from tests.conftest import Cluster
from tests.web.askers import OWN, Asker, basic, bearer, csrf_of, set_elevated
from tests.web.service import BASE, Clock, a_key, service_on
from web import create_app
from web.access import buckets
from web.policies import CUSTOMER, DEVICE, KEY, SAFE, Policy, policy_of
from web.wiring import Service

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PUBLIC = {"static", "profile.picture_file"}
"""Files whose names are secrets, or none: whoever knows one may have it."""
LINKS = {
    "accounts.verify": "verify",
    "email_address.link": "",
    "email_address.receipt_link": "receipts",
    "email_address.unsubscribe": "newsletter",
    "it_letters.refuse": "letters",
    "resets.keep_two_factor": "keep",
    "resets.refuse": "keep",
    "resets.reset": "reset",
    "resets.show": "reset",
    "sessions.enter": "panel",
    "staff_doors.join": "invitation",
}
"""Which token opens the page; whoever holds it was mailed it, or made it."""
NO_IDS = {"product"}
"""Which of two things of one's own: nobody else's can be named by it."""
TWINS = {"purchase_id": ("purchase_id", "paid_id")}
"""A route may treat what is open otherwise than what is done."""
FORM = {
    "name": "Zapier",
    "scope": "account:read",
    "password": PHRASE,
    "password_again": PHRASE,
    "current_password": PHRASE,
    "overlap": "24",
    "reason": "asked",
    "email": "it@example.com",
}
BODIES = {
    "hold_credits": {"campaign_id": "spring", "recipients": 4, "kind": "credits"},
    "capture_credits": {"credits": 1},
}
CHANCE = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{64}|\.[\w-]{43}"
)
"""Ids, tokens of forms and of links: another one on every page."""


@dataclass
class Two:
    """An app, Ann who has everything, and all that Bob may show to a route."""

    service: Service
    app: Flask
    ann: Tenant
    bob: UUID
    brings: dict[str, Asker]


@pytest.fixture(scope="module")
def two(cluster: Cluster) -> Iterator[Two]:
    with service_on(cluster.new_database(), Clock()) as service:
        ann = with_everything(service)
        bob = member(service.journal).account_id
        app = create_app(service)
        buckets(app).clear()
        yield Two(service, app, ann, bob, all_of(service, bob))


def a_browser(service: Service, bob: UUID) -> Asker:
    """A browser that he is signed in with; the password was asked for just now."""
    session = a_session(service, bob)[1]
    set_elevated(service, bob, 1)
    return Asker(session=session)


def all_of(service: Service, bob: UUID) -> dict[str, Asker]:
    """His session, his application and his key; and a key of the sending service."""
    device = a_session(service, bob, DEVICE_SESSION)[1]
    command = IssueCustomerKey(account_id=bob, name="Z", scopes=CUSTOMER_SCOPES)
    key = issue_customer_key(service.journal, command, envelope(service, bob))
    return {
        CUSTOMER: a_browser(service, bob),
        DEVICE: Asker(headers=bearer(device)),
        KEY: Asker(headers=basic(str(key.key_id), key.secret)),
        "service": Asker(headers=a_key(service)),
    }


@dataclass(frozen=True)
class Walked:
    """A route with one of its methods, and what it declares."""

    rule: Rule
    method: str
    policy: Policy

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.endpoint}"


def walk(app: Flask) -> Iterator[Walked]:
    """Every route that takes an id or a token."""
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        assert policy is not None
        if rule.arguments - NO_IDS and rule.endpoint not in PUBLIC:
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield Walked(rule, method, policy)


def ask(two: Two, route: Walked, who: Asker, **values: Any) -> tuple[int, str]:
    """Ask as this one; return status and text, without what chance has drawn."""
    adapter = two.app.url_map.bind("localhost")
    path = adapter.build(route.rule.endpoint, values, route.method)
    given: dict[str, Any] = {"query_string": {"recipients": 5}}
    headers = {"Idempotency-Key": uuid4().hex}
    if path.startswith("/api/"):
        view = route.rule.endpoint.rpartition(".")[2]
        given["json"] = BODIES.get(view, {}) if route.method == "POST" else None
    elif route.method not in SAFE:
        given["data"] = FORM | {"csrf": csrf_of(two.app, path, who)}
    client = two.app.test_client(use_cookies=False)
    headers |= who.brings() | OWN
    answer = client.open(
        path, method=route.method, base_url=BASE, headers=headers, **given
    )
    return told(answer)


def told(answer: TestResponse) -> tuple[int, str]:
    text = answer.data.decode(errors="replace") + answer.headers.get("Location", "")
    return answer.status_code, CHANCE.sub("…", text)


def variants(two: Two, route: Walked) -> Iterator[tuple[str, dict[str, Any]]]:
    """Who asks for what: all is Ann's, or her thing under Bob's own address."""
    names = set(route.rule.arguments)
    kinds = [kind for kind in (CUSTOMER, KEY, DEVICE) if kind in route.policy.who]
    thing = next(iter(names - {"account_id"}), "")
    for other in TWINS.get(thing, (thing,)):
        hers = {thing: two.ann.things[other]} if thing else {}
        if "account_id" not in names:
            yield from ((kind, hers) for kind in kinds)
            continue
        yield from (
            (kind, {"account_id": two.ann.account_id, **hers}) for kind in kinds
        )
        if hers:
            under_his = {"account_id": two.bob, **hers}
            yield from ((kind, under_his) for kind in [*kinds, "service"])


def his(two: Two, route: Walked, kind: str) -> Asker:
    """What Bob shows; a form that asks for the password gives another token for it."""
    if kind == CUSTOMER and route.policy.fresh:
        return a_browser(two.service, two.bob)
    return two.brings[kind]


def nobodys(two: Two, values: dict[str, Any]) -> dict[str, Any]:
    """The same, with ids that nothing has in the place of Ann's."""
    return {n: it if it == two.bob else uuid4() for n, it in values.items()}


def of_customers(app: Flask) -> list[Walked]:
    return [one for one in walk(app) if {CUSTOMER, KEY, DEVICE} & {*one.policy.who}]


def test_every_route_with_an_id_is_a_customers_a_links_or_the_staffs(two: Two) -> None:
    others = [
        one.name
        for one in walk(two.app)
        if one not in of_customers(two.app)
        and one.policy.roles is None
        and one.rule.endpoint.removesuffix("_post") not in LINKS
    ]
    assert others == []
    assert len(of_customers(two.app)) > 20
    assert {name for one in of_customers(two.app) for name in one.rule.arguments} <= {
        "account_id",
        *two.ann.things,
    }


def test_anothers_ids_are_answered_404_in_the_words_for_ids_that_nothing_has(
    two: Two,
) -> None:
    before, wrong, seen = contents(two.service, two.ann.account_id), {}, 0
    for route in of_customers(two.app):
        for kind, values in variants(two, route):
            found = ask(two, route, his(two, route, kind), **values)
            ghosts = nobodys(two, values)
            unknown = ask(two, route, his(two, route, kind), **ghosts)
            lacks = kind in (KEY, "service") and "scope-lacking" in found[1]
            seen += 1
            if found != unknown or found[0] != (403 if lacks else 404):
                wrong[route.name, kind] = (found, unknown)
    assert wrong == {}
    assert seen > 50
    assert contents(two.service, two.ann.account_id) == before


def test_a_customers_session_shows_nobody_in_the_staff_area(two: Two) -> None:
    bob = a_browser(two.service, two.bob)
    as_staff = {"Cookie": f"daybook-staff={bob.session}"}
    before = contents(two.service, two.ann.account_id)
    everything = two.ann.things | {"account_id": two.ann.account_id}
    for route in walk(two.app):
        if route.policy.roles is not None:
            hers = {name: everything[name] for name in route.rule.arguments}
            for who in (bob, Asker(headers=as_staff)):
                found = ask(two, route, who, **hers)
                assert found == ask(two, route, who, **nobodys(two, hers)), route.name
                assert found[0] in (303, 403), route.name
    assert contents(two.service, two.ann.account_id) == before


def test_a_link_opens_its_own_page_and_none_of_another_account(two: Two) -> None:
    before = contents(two.service, two.ann.account_id)
    bob, wrong = a_browser(two.service, two.bob), {}
    for route in walk(two.app):
        name = route.rule.endpoint.removesuffix("_post")
        if name not in LINKS:
            continue
        more = {"what": "undo"} if "what" in route.rule.arguments else {}
        unknown = ask(two, route, bob, token=tokens.new_token(two.bob).text, **more)
        for kind, token in two.ann.tokens.items():
            spliced = f"{two.bob}.{token.partition('.')[2]}"
            texts = {spliced, spliced if kind in (LINKS[name], "undo") else token}
            for text in texts:
                if ask(two, route, bob, token=text, **more) != unknown:
                    wrong[route.name, kind] = text
    assert wrong == {}
    assert contents(two.service, two.ann.account_id) == before


def test_the_session_that_a_form_names_is_ended_only_when_it_is_his_own(
    two: Two,
) -> None:
    bob = a_browser(two.service, two.bob)
    before = contents(two.service)["journal"]
    client, texts = two.app.test_client(use_cookies=False), set()
    for session in (two.ann.things["session_id"], uuid4(), ""):
        data = {"session": session, "csrf": csrf_of(two.app, "/activity/end", bob)}
        headers = bob.brings() | OWN
        answer = client.post("/activity/end", data=data, base_url=BASE, headers=headers)
        texts.add(told(answer))
    assert len(texts) == 1
    assert contents(two.service)["journal"] == before


def test_no_token_of_another_kind_signs_anybody_in(two: Two) -> None:
    client, opened = two.app.test_client(use_cookies=False), set()
    for kind, token in two.ann.tokens.items():
        for name, path in (("session", "/"), ("staff", "/staff")):
            headers = {"Cookie": f"daybook-{name}={token}"}
            answer = client.get(path, base_url=BASE, headers=headers)
            if answer.status_code != 303:
                opened.add((kind, name))
        if client.get("/api/v1/account", headers=bearer(token)).status_code != 401:
            opened.add((kind, "bearer"))
    assert opened == {("session", "session"), ("device", "bearer")}
