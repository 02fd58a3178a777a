"""What people type, read as they meant it, and each refusal by its field."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask

from commands.accounts import change_billing_details
from ledger.accounts import Account
from ledger.refusals import (
    CountryUnknown,
    Refusal,
    TextRefused,
    UndeliverableAddress,
    VatNumberMalformed,
    WeakPassword,
)
from tests.commands.people import member
from tests.conftest import context_at
from web.panel import forms
from web.wiring import Service

ANN = UUID(int=1)
BLANK = dict.fromkeys(forms.DETAILS, "")
DETAILS = {
    "name": "Ann Lee",
    "company": "Öst & Co",
    "address": "1 rue du Port\n  \n Bâtiment B ",
    "postcode": "29200",
    "city": "Brest",
    "country": "FR",
    "vat_number": "FR40303265045",
    "website": "https://example.org/",
    "language": "fr",
}


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """A request in which words are looked up."""
    with app.test_request_context():
        yield


def test_blanks_around_a_text_are_not_meant_but_those_of_a_password_are(
    app: Flask,
) -> None:
    typed = {"name": "  Ann\t", "address": "a\r\nb\r\n", "new_password": " x "}
    with app.test_request_context(method="POST", data=typed):
        told = forms.texts("name", "address", "new_password", "city")
    assert told == {"name": "Ann", "address": "a\nb", "new_password": " x ", "city": ""}


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        (UndeliverableAddress(), "email"),
        (WeakPassword(reason="short"), "password"),
        (VatNumberMalformed(), "vat_number"),
        (CountryUnknown(code="XX"), "country"),
        (TextRefused(field="address_lines"), "address"),
        (TextRefused(field="website"), "website"),
    ],
)
def test_a_refusal_stands_by_the_field_that_it_is_about(
    refusal: Refusal, field: str
) -> None:
    (where,) = forms.field_errors(refusal)
    assert where == field


def test_each_weakness_of_a_password_has_its_own_sentence() -> None:
    reasons = ("short", "long", "same", "context", "common")
    told = {forms.field_errors(WeakPassword(reason=r))["password"] for r in reasons}
    assert len(told) == len(reasons)


def test_a_text_that_no_receipt_can_show_is_named_by_its_characters() -> None:
    form = {"name": "Ann \ue000", "city": "Łódź", "company": "東京", "website": ""}
    told = forms.unprintable_errors(form)
    assert list(told) == ["name"]
    assert "\ue000" in told["name"]


def test_billing_details_are_shown_again_as_they_were_recorded(
    app: Flask, service: Service
) -> None:
    journal, person = service.journal, member(service.journal)
    command = forms.details_command(person.account_id, DETAILS)
    change_billing_details(journal, command, context_at(service.clock()))
    account = journal.fresh(Account, person.account_id)
    tidy = DETAILS | {"address": "1 rue du Port\nBâtiment B"}
    assert forms.details_of(account) == tidy
    assert forms.details_command(account.id, tidy) == command


def test_what_was_left_empty_is_nothing_and_not_an_empty_text() -> None:
    command = forms.details_command(ANN, BLANK | {"name": "Ann"})
    optional = (command.company, command.postcode, command.city, command.vat_number)
    assert set(optional) == {None}
    assert command.address_lines == ()
