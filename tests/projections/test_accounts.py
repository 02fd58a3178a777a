"""What is shown about an account, and that nothing personal lies open."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from ledger.billing_details import BillingDetails
from ledger.journal import Journal
from tests.conftest import NOON
from tests.desk import Desk
from tests.shop import sign_up
from web.database import Database

DETAILS: BillingDetails = {
    "name": "Ann Gray",
    "company": None,
    "address_lines": ["14 rue des Graveurs", "2nd floor"],
    "postcode": "69001",
    "city": "Lyon",
    "country": "FR",
    "vat_number": None,
}


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


def test_a_sign_up_shows_who_asked_and_that_he_is_not_verified(desk: Desk) -> None:
    account = uuid4()
    sign_up(desk, account)
    desk.catch_up()
    profile = desk.views.accounts.profile(account)
    assert profile is not None
    assert (profile.email, profile.name) == ("ann@example.org", "Ann")
    assert (profile.company, profile.website) == ("Hollis & Gray", "hollis.example")
    assert (profile.plan, profile.language) == ("pay_per_email", "en")
    assert (profile.verified_at, profile.billing_details_at) == (None, None)
    assert profile.sign_up_expires_at > profile.signed_up_at == NOON


def test_what_changes_later_is_shown(desk: Desk) -> None:
    account_id = uuid4()
    account = sign_up(desk, account_id)
    account.verify(NOON)
    account.change_billing_details(DETAILS)
    account.change_language("fr")
    account.fix_currency("EUR")
    account.change_plan("unlimited")
    desk.record(account_id, lambda: account)
    desk.catch_up()
    profile = desk.views.accounts.profile(account_id)
    assert profile is not None
    assert (profile.name, profile.company, profile.city) == ("Ann Gray", None, "Lyon")
    assert profile.address_lines == ("14 rue des Graveurs", "2nd floor")
    assert (profile.email, profile.country) == ("ann@example.org", "FR")
    assert (profile.language, profile.currency) == ("fr", "EUR")
    assert profile.plan == "unlimited"
    assert (profile.verified_at, profile.billing_details_at) == (NOON, NOON)


def test_personal_data_lie_sealed_and_are_gone_with_the_key(
    desk: Desk, database: Database
) -> None:
    account = uuid4()
    sign_up(desk, account)
    desk.catch_up()
    with psycopg.connect(database.auditor) as connection:
        row = connection.execute(
            "SELECT contact, details, p::text FROM account_profiles p"
            " WHERE account_id = %s",
            (account,),
        ).fetchone()
    assert row is not None
    assert not any(word in b"%b%b" % row[:2] for word in (b"Ann", b"ann@", b"Hollis"))
    assert "Ann" not in row[2]
    desk.journal.vault.destroy(account, "profile")
    profile = desk.views.accounts.profile(account)
    assert profile is not None
    assert (profile.email, profile.name, profile.plan) == (None, None, "pay_per_email")


def test_facts_about_an_erased_person_are_taken_without_him(desk: Desk) -> None:
    account = uuid4()
    sign_up(desk, account)
    desk.journal.vault.destroy(account, "profile")
    desk.catch_up()
    profile = desk.views.accounts.profile(account)
    assert profile is not None
    assert (profile.email, profile.parked) == (None, False)


def test_an_id_that_nobody_signed_up_with_is_unknown(desk: Desk) -> None:
    assert desk.views.accounts.profile(uuid4()) is None
