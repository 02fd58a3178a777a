"""Every way to say no, told to programs as problem documents and to people as pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, NoReturn, get_type_hints
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    default_exceptions,
)
from werkzeug.test import TestResponse

from commands.gateways.passwords import PasswordsBusy
from commands.gateways.payments import PaymentRefused, PaymentsUnreachable
from ledger import refusals
from ledger.journal import Contended, NotAdopted, OutcomeUnknown, Unreachable
from ledger.refusals import (
    AccountDisabled,
    CaptureExceedsHold,
    Conflict,
    Forbidden,
    HoldExpired,
    InsufficientCredits,
    Invalid,
    NoSuchHold,
    NotFound,
    PurchaseClosed,
    Refusal,
    Throttled,
    TooManyAttempts,
    WrongCode,
)
from tests.web.askers import set_disabled
from tests.web.browsing import customer
from tests.web.service import BASE, Clock, service_on
from web import create_app
from web.database import Database
from web.logs import JsonLines
from web.policies import ANYONE, NO_BUCKET, allow
from web.problems import evidence_of, name_of, problem, status_of
from web.wiring import Service

SECRET = "ann@example.com"
BRANCHES = {Invalid: 422, Conflict: 409, NotFound: 404, Forbidden: 403, Throttled: 429}
LEAVES = [
    kind
    for kind in vars(refusals).values()
    if isinstance(kind, type)
    and issubclass(kind, Refusal)
    and kind not in (Refusal, *BRANCHES)
]
EVIDENCE: dict[Any, object] = {
    int: 3,
    str: "word\r\n<b>",
    bool: True,
    UUID: UUID(int=1),
    datetime: datetime(2026, 11, 23, 12, tzinfo=UTC),
    UUID | str: UUID(int=2),
    UUID | None: UUID(int=3),
}
LATER = (
    Contended(),
    NotAdopted(SECRET),
    OutcomeUnknown(),
    Unreachable(SECRET),
    PasswordsBusy(),
    PaymentsUnreachable(SECRET),
    PaymentRefused(SECRET),
)
each_leaf = pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
each_later = pytest.mark.parametrize("trouble", LATER, ids=lambda t: type(t).__name__)


def made(leaf: type[Any]) -> Any:
    hints = get_type_hints(leaf)
    return leaf(**{field.name: EVIDENCE[hints[field.name]] for field in fields(leaf)})


@pytest.fixture(scope="module")
def service(database: Database) -> Iterator[Service]:
    with service_on(database, Clock()) as service:
        yield service


class Failing:
    """An app with an address for programs and one for people; both raise."""

    def __init__(self, app: Flask) -> None:
        self.trouble: BaseException = Exception()

        @allow(ANYONE, bucket=NO_BUCKET)
        def fail() -> NoReturn:
            raise self.trouble

        for path in ("/api/failing", "/failing"):
            app.add_url_rule(path, path.replace("/", "-"), fail)
        self.client: FlaskClient = app.test_client()

    def program(self, trouble: BaseException) -> TestResponse:
        self.trouble = trouble
        return self.client.get("/api/failing", base_url=BASE)

    def person(self, trouble: BaseException) -> TestResponse:
        self.trouble = trouble
        return self.client.get("/failing", base_url=BASE)


@pytest.fixture(scope="module")
def failing(service: Service) -> Failing:
    return Failing(create_app(service))


@each_leaf
def test_a_program_is_told_every_refusal_by_type_title_and_evidence(
    failing: Failing, leaf: type[Refusal]
) -> None:
    refusal = made(leaf)
    answer = failing.program(refusal)
    told = answer.get_json()
    branch = next(one for one in BRANCHES if issubclass(leaf, one))
    assert answer.status_code == told["status"] == BRANCHES[branch]
    assert answer.content_type == "application/problem+json"
    assert told["type"] == f"/problems/{name_of(leaf)}"
    assert told["title"] == (leaf.__doc__ or "").splitlines()[0]
    assert UUID(told["request"])
    assert set(evidence_of(refusal)) <= {key.removeprefix("its_") for key in told}


@each_leaf
def test_a_person_is_told_every_refusal_on_a_page_without_evidence(
    failing: Failing, leaf: type[Refusal]
) -> None:
    answer = failing.person(made(leaf))
    branch = next(one for one in BRANCHES if issubclass(leaf, one))
    assert answer.status_code == BRANCHES[branch]
    assert answer.content_type == "text/html; charset=utf-8"
    assert "word" not in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_evidence_that_has_a_name_of_the_documents_own_stands_beside_it(
    failing: Failing,
) -> None:
    told = failing.program(PurchaseClosed("expired")).get_json()
    assert (told["status"], told["its_status"]) == (409, "expired")


def test_evidence_is_json_and_says_what_lacks() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert evidence_of(HoldExpired(UUID(int=1), noon, asked=4, available=1)) == {
        "hold_id": str(UUID(int=1)),
        "ended_at": "2026-11-23T12:00:00+00:00",
        "asked": 4,
        "available": 1,
        "short": 3,
    }
    assert evidence_of(InsufficientCredits(4, 1))["short"] == 3
    assert "short" not in evidence_of(CaptureExceedsHold(UUID(int=1), 4, 1))
    assert evidence_of(Conflict()) == {}


def test_a_name_is_written_with_hyphens_and_small_letters() -> None:
    assert name_of(InsufficientCredits) == "insufficient-credits"
    assert name_of(NoSuchHold(uuid4())) == "no-such-hold"
    assert name_of(WrongCode()) == "wrong-code"
    assert len({name_of(leaf) for leaf in LEAVES}) == len(LEAVES)


def test_a_refusal_of_no_branch_is_our_own_mistake() -> None:
    with pytest.raises(StopIteration):
        status_of(Refusal())


@pytest.mark.parametrize("ask", ["program", "person"])
def test_who_asks_too_often_is_told_when_to_come_back(
    failing: Failing, ask: str
) -> None:
    answer = getattr(failing, ask)(TooManyAttempts(37))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "37"
    assert "37" in answer.text


def test_a_disabled_account_is_told_so_to_its_owner_alone(
    failing: Failing, service: Service
) -> None:
    browser, account_id = customer(service, failing.client.application)
    set_disabled(service, account_id)
    owner, stranger = browser.get("/"), failing.person(AccountDisabled())
    assert owner.status_code == stranger.status_code == 403
    assert "disabled" in owner.text
    assert "disabled" not in stranger.text


@each_later
def test_a_trouble_of_the_moment_asks_to_come_again_and_quotes_nothing(
    failing: Failing, trouble: Exception
) -> None:
    program, person = failing.program(trouble), failing.person(trouble)
    for answer in (program, person):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert SECRET not in answer.text
    assert program.get_json()["type"] == "about:blank"


def test_our_own_mistake_is_noted_and_nothing_of_it_is_told(
    failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    trouble = ValueError(f"duplicate key (email)=({SECRET})")
    for answer in (failing.program(trouble), failing.person(trouble)):
        assert answer.status_code == 500
        assert SECRET not in answer.text
        assert "ValueError" not in answer.text
    noted = [one for one in caplog.records if one.getMessage() == "request failed"]
    assert len(noted) == 2
    assert SECRET not in JsonLines().format(noted[0])


@pytest.mark.parametrize("code", sorted(default_exceptions))
def test_an_error_of_http_is_told_in_the_form_of_who_asks(
    failing: Failing, code: int
) -> None:
    error: HTTPException = default_exceptions[code]()
    program, person = failing.program(error), failing.person(error)
    assert program.status_code == person.status_code == code
    assert program.content_type == "application/problem+json"
    told = program.get_json()
    assert (told["status"], told["title"]) == (code, error.name)
    assert person.content_type == "text/html; charset=utf-8"


def test_the_headers_that_an_error_brings_are_kept(failing: Failing) -> None:
    error = MethodNotAllowed(valid_methods=["GET", "PUT"])
    for answer in (failing.program(error), failing.person(error)):
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "PUT"}
        assert len(answer.headers.getlist("Content-Type")) == 1


@pytest.mark.parametrize(
    ("path", "is_program"),
    [
        ("/api/v1/nothing", True),
        ("/webhooks/nothing", True),
        ("/apiary", False),
        ("/nothing", False),
        ("/nothing/api/", False),
    ],
)
def test_the_address_alone_decides_who_asks(
    failing: Failing, path: str, is_program: bool
) -> None:
    for accept in ("text/html", "application/json"):
        answer = failing.client.get(path, base_url=BASE, headers={"Accept": accept})
        assert answer.status_code == 404
        assert (answer.content_type == "application/problem+json") == is_program


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "[::2]"])
def test_a_host_that_is_not_ours_gets_no_page(failing: Failing, host: str) -> None:
    for path in ("/sign-in", "/api/v1/openapi.json"):
        answer = failing.client.get(path, base_url=f"http://{host}")
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        assert host not in answer.text


def test_an_address_cannot_write_into_its_problem(failing: Failing) -> None:
    path = "/api/%0d%0aSet-Cookie:%20x=1%00%3Cscript%3E"
    answer = failing.client.get(path, base_url=BASE)
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers
    assert "script" not in answer.text


def test_a_problem_outside_a_request_of_ours_names_none(service: Service) -> None:
    with create_app(service).test_request_context("/api/", base_url=BASE):
        answer = problem(418, "Short and stout.", spout=True)
    assert json.loads(answer.get_data()) == {
        "type": "about:blank",
        "title": "Short and stout.",
        "status": 418,
        "spout": True,
    }
