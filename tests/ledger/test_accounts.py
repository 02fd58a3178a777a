"""What an account records or refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ledger.accounts import PAY_PER_EMAIL, UNLIMITED, Account
from ledger.billing_details import BillingDetails
from ledger.refusals import AccountClosed, CurrencyIsFixed, TokenGone
from tests.specification import fact, given
from tests.strategies import ANN, NOON

SECRET, KEY = UUID(int=8), UUID(int=9)
DETAILS: BillingDetails = {
    "name": "Ann Smith",
    "company": "Smith & Daughters",
    "address_lines": ["1 High Street"],
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "vat_number": "FR40303265045",
}


def signing_up(**more: Any) -> Account:
    given: dict[str, Any] = {
        "email": "ann@example.com",
        "name": "Ann",
        "company": None,
        "website": "https://example.com",
        "language": "fr",
        "secret_id": SECRET,
        "secret_mac": "00",
        "secret_mac_key_id": KEY,
    }
    return Account.sign_up(ANN, NOON, **given | more)


def opened() -> Account:
    account = signing_up()
    account.verify(NOON)
    return account


def test_a_sign_up_pays_per_e_mail_and_waits_a_day() -> None:
    given(None).when(lambda _: signing_up()).then(
        fact(
            Account.SignedUp,
            account_id=ANN,
            email="ann@example.com",
            name="Ann",
            company=None,
            website="https://example.com",
            language="fr",
            plan="pay_per_email",
            secret_id=SECRET,
            secret_mac="00",
            secret_mac_key_id=KEY,
            expires_at=NOON + timedelta(hours=24),
        )
    )


def test_a_sign_up_is_verified_until_the_instant_it_expires() -> None:
    last = NOON + timedelta(hours=24) - timedelta(microseconds=1)
    given(signing_up()).when(lambda a: a.verify(last)).then(fact(Account.Verified))


def test_an_expired_sign_up_is_refused() -> None:
    late = NOON + timedelta(hours=24)
    given(signing_up()).when(lambda a: a.verify(late)).then_refused(TokenGone)


def test_an_account_is_verified_once() -> None:
    given(opened()).when(lambda a: a.verify(NOON)).then_refused(TokenGone)


def test_a_sign_up_whose_person_was_erased_cannot_be_verified() -> None:
    erased = signing_up(email=None, name=None)
    given(erased).when(lambda a: a.verify(NOON)).then_refused(TokenGone)
    assert erased.buyer() is None


def test_billing_details_are_one_fact() -> None:
    given(opened()).when(lambda a: a.change_billing_details(DETAILS)).then(
        fact(Account.BillingDetailsChanged, details=DETAILS)
    )


def test_details_that_stay_the_same_are_no_news() -> None:
    account = opened()
    account.change_billing_details(DETAILS)
    given(account).when(lambda a: a.change_billing_details({**DETAILS})).then()
    given(account).when(lambda a: a.change_language("fr")).then()


def test_another_language_is_recorded() -> None:
    given(opened()).when(lambda a: a.change_language("en")).then(
        fact(Account.LanguageChanged, language="en")
    )


def test_the_first_purchase_fixes_the_currency_for_ever() -> None:
    account = opened()
    given(account).when(lambda a: a.fix_currency("EUR")).then(
        fact(Account.CurrencyFixed, currency="EUR")
    )
    given(account).when(lambda a: a.fix_currency("EUR")).then()
    given(account).when(lambda a: a.fix_currency("USD")).then_refused(
        CurrencyIsFixed, asked="USD", currency="EUR"
    )


def test_a_buyer_with_a_company_or_a_vat_number_is_a_company() -> None:
    account = opened()
    person = account.buyer()
    account.change_billing_details(DETAILS)
    assert person is not None
    assert (person["kind"], person["name"], person["country"]) == (
        "person",
        "Ann",
        None,
    )
    assert account.buyer() == {"kind": "company", "email": "ann@example.com", **DETAILS}
    assert (account.name, account.company, account.country) == (
        "Ann Smith",
        "Smith & Daughters",
        "FR",
    )


def test_an_account_is_disabled_and_enabled_with_a_reason_each() -> None:
    given(opened()).when(lambda a: a.disable("spam")).then(
        fact(Account.Disabled, reason="spam")
    )
    given(opened()).when(lambda a: a.enable("never was")).then()


def test_a_closed_account_is_closed_once() -> None:
    account = opened()
    account.close("customer", NOON)
    given(account).when(lambda a: a.close("staff", NOON)).then_refused(AccountClosed)


def test_a_purpose_is_erased_once() -> None:
    account = opened()
    account.close("customer", NOON)
    account.erase(["profile"])
    given(account).when(lambda a: a.erase(["security-2026", "profile"])).then(
        fact(Account.Erased, purposes=["security-2026"])
    )
    given(account).when(lambda a: a.erase(["profile"])).then()


def test_the_same_website_again_is_no_news() -> None:
    account = opened()
    given(account).when(lambda a: a.change_website(account.website)).then()
    given(account).when(lambda a: a.change_website(None)).then(
        fact(Account.WebsiteChanged, website=None)
    )


def test_the_plan_changes_once_for_each_change() -> None:
    account = opened()
    account.change_plan(UNLIMITED)
    account.change_plan(UNLIMITED)
    assert account.plan == UNLIMITED
    account.change_plan(PAY_PER_EMAIL)
    changes = [
        fact.plan
        for fact in account.pending_events
        if isinstance(fact, Account.PlanChanged)
    ]
    assert changes == [UNLIMITED, PAY_PER_EMAIL]
