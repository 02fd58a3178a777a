"""Opening an account: one answer for all, a link that only a form uses, an overview."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from ledger.accounts import Account
from ledger.aggregate import SYSTEM
from tests.commands.people import PHRASE, Person, mails_of, member, new_email, signed_up
from tests.web.browsing import Browser, words_of
from tests.web.reading import Ann
from tests.web.service import Clock
from web.wiring import Service

CHANGING = re.compile(r'value="[^"]*"')


def ask(browser: Browser, **typed: str) -> TestResponse:
    """Fill in the form of a new account."""
    form = {"name": "Bea", "email": new_email("bea"), "password": PHRASE}
    return browser.send("/sign-up", "/sign-up", **form | typed)


def confirm(browser: Browser, person: Person, password: str = PHRASE) -> TestResponse:
    """Send the form of the mailed link's page."""
    path = f"/verify/{person.token}"
    return browser.send(path, path, password=password)


def test_the_answer_to_a_sign_up_is_the_same_for_a_taken_address(
    browser: Browser, service: Service
) -> None:
    told = {
        CHANGING.sub("", ask(browser, email=email).text.replace(email, "X"))
        for email in (member(service.journal).email, new_email())
    }
    assert len(told) == 1


def test_an_account_speaks_the_language_of_the_page_that_it_was_opened_on(
    browser: Browser, service: Service
) -> None:
    browser.send("/language", "/sign-up", language="fr")
    email = new_email()
    ask(browser, email=email)
    with service.connections.for_account(SYSTEM) as connection:
        found = connection.execute(
            "SELECT account_id FROM mail_outbox ORDER BY written_at DESC LIMIT 1"
        ).fetchone()
    assert found is not None
    account = service.journal.fresh(Account, found[0])
    assert (account.email, account.language) == (email, "fr")
    assert mails_of(service.journal, found[0])[0]["language"] == "fr"


def test_the_holder_of_a_taken_address_is_told_and_no_link_is_mailed(
    browser: Browser, service: Service
) -> None:
    taken = member(service.journal)
    ask(browser, email=taken.email)
    mails = mails_of(service.journal, taken.account_id)
    assert mails[-1]["template"] == "account_exists"
    assert "token" not in mails[-1]["values"]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("email", "no address", "not an address that mail can be sent to"),
        ("password", "short", "The password is too short"),
        ("name", "Be\x07a", "has characters no text has"),
        ("company", "x" * 201, "too long"),
        ("website", "not a site", "has characters no text has"),
    ],
    ids=["address", "password", "name", "company", "website"],
)
def test_what_is_wrong_stands_by_its_field_and_what_was_typed_stays(
    browser: Browser, field: str, typed: str, said: str
) -> None:
    answer = ask(browser, **{field: typed, "company": "Öst & Co"} | {field: typed})
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert f'id="{field}-error"' in answer.text
    assert said in words_of(answer.text)
    assert 'value="Bea"' in answer.text or field == "name"
    assert PHRASE not in answer.text


def test_opening_the_link_changes_nothing_and_its_form_opens_the_account_once(
    browser: Browser, service: Service
) -> None:
    person = signed_up(service.journal, now=service.clock())
    path = f"/verify/{person.token}"
    for _ in range(3):
        assert browser.get(path).status_code == 200
    assert not service.journal.fresh(Account, person.account_id).verified
    assert confirm(browser, person, "not the password").status_code == 422
    assert confirm(browser, person).location == "/"
    assert browser.get("/").status_code == 200
    assert browser.get(path).status_code == 410


def test_a_link_is_over_after_its_day_and_one_that_never_was_looks_alike(
    browser: Browser, service: Service, clock: Clock
) -> None:
    person = signed_up(service.journal, now=clock())
    clock.move(timedelta(hours=24))
    late = browser.get(f"/verify/{person.token}")
    never = browser.get(f"/verify/{uuid4()}")
    assert (late.status_code, never.status_code) == (410, 410)
    assert words_of(late.text) == words_of(never.text)


def test_of_two_sign_ups_for_one_address_the_first_to_confirm_has_it(
    browser: Browser, service: Service
) -> None:
    email = new_email()
    first, second = (
        signed_up(service.journal, email, service.clock()) for _ in range(2)
    )
    assert confirm(browser, second).status_code == 303
    assert confirm(browser, first).status_code == 410


def test_the_address_of_a_mailed_links_page_is_told_to_nobody(
    browser: Browser, service: Service
) -> None:
    person = signed_up(service.journal, now=service.clock())
    answers = [
        browser.get(f"/verify/{person.token}"),
        confirm(browser, person, "not the password"),
        confirm(browser, person),
        browser.get(f"/verify/{person.token}"),
    ]
    assert {a.headers["Referrer-Policy"] for a in answers} == {"no-referrer"}


def test_whoever_is_signed_in_needs_no_new_account(ann: Ann) -> None:
    answer = ann.browser.get("/sign-up")
    assert (answer.status_code, answer.location) == (303, "/")


def test_the_overview_is_the_customers_alone(ann: Ann, browser: Browser) -> None:
    assert "Overview" in ann.read("/")
    assert browser.get("/").location == "/sign-in?next=/"
