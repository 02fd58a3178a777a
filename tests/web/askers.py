"""Everybody who may stand before a route: what each brings, and what he is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, request
from werkzeug.routing import Rule

from commands.gateways import tokens
from commands.session_begins import OpenSession, begun
from ledger.sessions import BROWSER, DEVICE
from tests.conftest import context_at
from tests.web.service import BASE, a_key, an_account
from web import access
from web.policies import Policy, policy_of
from web.staff.identity import Member
from web.wiring import Service

VISITOR = "v" * 43
"""What the cookie of a browser holds that was here before."""
OWN = {"Sec-Fetch-Site": "same-origin"}
ROLE = "X-Role-Of-Asker"
MEMBER_ID = UUID(int=7)
SOME_FILE = "daybook.css"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Asker:
    """One who asks: his session's token, his other headers, his role among staff."""

    session: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    role: str = ""

    def brings(self) -> dict[str, str]:
        """Return the headers of his requests."""
        cookies = {"daybook-browser": VISITOR, "daybook-session": self.session}
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items() if value)
        role = {ROLE: self.role} if self.role else {}
        return {"Cookie": sent, **self.headers, **role}


def a_member(role: str) -> Member:
    """Return a member of staff with this role."""
    return Member(
        account_id=MEMBER_ID, session_id=MEMBER_ID, role=role, email="s@example.com"
    )


def a_session(
    service: Service,
    account_id: UUID,
    kind: str = BROWSER,
    methods: tuple[str, ...] = ("password",),
) -> str:
    """Begin a session past all forms; return its token."""
    token = tokens.new_token(account_id)
    command = OpenSession(
        account_id=account_id, kind=kind, methods=methods, epoch=1, token=token
    )
    return begun(service.journal, command, context_at(service.clock())).token


def basic(name: str, secret: str) -> dict[str, str]:
    """Return the header of HTTP Basic."""
    return {"Authorization": "Basic " + b64encode(f"{name}:{secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """Return the header of a signed-in application."""
    return {"Authorization": f"Bearer {token}"}


def set_disabled(service: Service, account_id: UUID, *, disabled: bool = True) -> None:
    """Put the guard's row as staff does it."""
    with service.connections.for_account(account_id) as connection:
        connection.execute(
            "UPDATE account_guards SET disabled = %s WHERE account_id = %s",
            (disabled, account_id),
        )


def set_elevated(service: Service, account_id: UUID, minutes_ago: int) -> None:
    """Let the account's sessions have shown the password so long ago."""
    since = service.clock() - timedelta(minutes=minutes_ago)
    with service.connections.for_account(account_id) as connection:
        connection.execute(
            "UPDATE sessions SET elevated_at = %s WHERE account_id = %s",
            (since, account_id),
        )


def all_askers(service: Service) -> dict[str, Asker]:
    """Return one of every kind, by what he is."""
    ann, late, shut = (an_account(service) for _ in range(3))
    sessions = {who: a_session(service, who) for who in (ann, late, shut)}
    devices = {who: a_session(service, who, DEVICE) for who in (ann, shut)}
    set_elevated(service, ann, 9)
    set_elevated(service, late, 11)
    set_disabled(service, shut)
    return {
        "nobody": Asker(),
        "a stranger's cookie": Asker(session=tokens.new_token(uuid4()).text),
        "a device's token as cookie": Asker(session=devices[ann]),
        "customer": Asker(session=sessions[ann]),
        "customer of an hour": Asker(session=sessions[late]),
        "customer disabled": Asker(session=sessions[shut]),
        "key": Asker(headers=a_key(service)),
        "key unknown": Asker(headers=basic(str(uuid4()), "x")),
        "device": Asker(headers=bearer(devices[ann])),
        "device disabled": Asker(headers=bearer(devices[shut])),
        "browser's token as device": Asker(headers=bearer(sessions[ann])),
        "support": Asker(role="support"),
        "auditor": Asker(role="auditor"),
    }


def told_member() -> Member | None:
    """Return the member of staff that the request's header tells."""
    role = request.headers.get(ROLE)
    return a_member(role) if role else None


def routes(app: Flask) -> Iterator[tuple[Rule, str, str, Policy]]:
    """Every route with a method, an address of it, and what it declares."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        assert policy is not None, rule.endpoint
        for method in METHODS:
            if method in (rule.methods or ()):
                values = {name: _value(rule, name) for name in rule.arguments}
                path = adapter.build(rule.endpoint, values, method)
                yield rule, method, path, policy


def _value(rule: Rule, name: str) -> Any:
    converter = rule._converters[name]
    if items := getattr(converter, "items", None):
        return min(items)
    kind = type(converter).__name__
    return {"UUIDConverter": UUID(int=5), "IntegerConverter": 1}.get(kind, SOME_FILE)


def csrf_of(app: Flask, path: str, asker: Asker) -> str:
    """Return the token that stands in this asker's forms."""
    with app.test_request_context(path, base_url=BASE, headers=asker.brings()):
        access.identify()
        return access.csrf_token()
