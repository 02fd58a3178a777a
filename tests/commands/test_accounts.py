"""How an account is asked for, opened and looked after."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from commands.accounts import (
    ChangeBillingDetails,
    ChangeLanguage,
    VerifySignUp,
    account_of,
    change_billing_details,
    change_language,
    sign_in_verified,
    sign_up,
    sign_up_of,
    verify_sign_up,
)
from commands.credentials import (
    holder_of,
)
from ledger.journal import Journal
from ledger.refusals import (
    NoSuchAccount,
    Refusal,
    TextRefused,
    TokenGone,
    UndeliverableAddress,
    WeakPassword,
    WrongCredentials,
)
from tests.commands.people import (
    CHEAP,
    PHRASE,
    Person,
    asking,
    counted,
    mails_of,
    member,
    new_email,
    signed_up,
)
from tests.conftest import NOON, context_at

DAY = timedelta(days=1)


def verify(
    journal: Journal, person: Person, password: str = PHRASE, key: str | None = None
) -> None:
    command = VerifySignUp(token=person.token, password=password)
    verify_sign_up(journal, command, context_at(NOON, key=key), CHEAP)


def test_a_sign_up_mails_a_link_and_claims_nothing(journal: Journal) -> None:
    email = new_email()
    person = signed_up(journal, email, language="fr")
    told = {"name": "Ann", "link_hours": 24, "token": person.token}
    mail = {"template": "verify", "language": "fr", "to": email, "values": told}
    assert mails_of(journal, person.account_id) == [mail]
    assert counted(journal, person.account_id)["claims"] == 0
    with pytest.raises(NoSuchAccount):
        account_of(journal, person.account_id)


def test_opening_the_link_shows_the_sign_up_and_changes_nothing(
    journal: Journal,
) -> None:
    person = signed_up(journal)
    before = counted(journal, person.account_id)
    for _ in range(2):
        found = sign_up_of(journal, person.token, NOON)
        assert found is not None
        assert (found.account_id, found.email) == (person.account_id, person.email)
    assert counted(journal, person.account_id) == before


def test_link_and_password_open_the_account_and_claim_the_address(
    journal: Journal,
) -> None:
    person = signed_up(journal)
    verify(journal, person)
    account = account_of(journal, person.account_id)
    holder = holder_of(journal, person.email)
    assert (account.plan, account.verified) == ("pay_per_email", True)
    assert holder is not None
    assert holder.id == person.account_id
    assert sign_up_of(journal, person.token, NOON) is None


def test_the_link_without_the_sign_ups_password_opens_nothing(journal: Journal) -> None:
    person = signed_up(journal)
    with pytest.raises(WrongCredentials):
        verify(journal, person, "Il pleut sur Nantes, encore")
    verify(journal, person)


@pytest.mark.parametrize("token", ["", "x", f"{uuid4()}.{'A' * 43}"], ids=range(3))
def test_a_link_that_never_was_is_gone(journal: Journal, token: str) -> None:
    assert sign_up_of(journal, token, NOON) is None
    with pytest.raises(TokenGone):
        verify(journal, Person(uuid4(), "", token))


def test_a_sign_up_expires_after_a_day(journal: Journal) -> None:
    person = signed_up(journal, now=NOON - DAY)
    assert sign_up_of(journal, person.token, NOON) is None
    with pytest.raises(TokenGone):
        verify(journal, person)
    assert holder_of(journal, person.email) is None


def test_a_link_is_good_once_but_its_own_repeat_is_answered(journal: Journal) -> None:
    person = signed_up(journal)
    verify(journal, person, key="mine")
    verify(journal, person, key="mine")
    with pytest.raises(TokenGone):
        verify(journal, person)
    assert counted(journal, person.account_id)["journal"] == 2


def test_a_sign_up_that_is_wrong_in_every_way_is_refused_step_by_step(
    journal: Journal,
) -> None:
    bad = {"name": "", "email": "x", "password": "short", "company": "\0"}
    good = {"name": "Ann", "email": new_email(), "password": PHRASE, "company": "Co"}
    told: list[type[Refusal]] = []
    for field in good:
        with pytest.raises(Refusal) as refused:
            sign_up(journal, asking(**bad), context_at(NOON), CHEAP)
        told.append(type(refused.value))
        bad[field] = good[field]
    assert told == [TextRefused, UndeliverableAddress, WeakPassword, TextRefused]
    sign_up(journal, asking(**bad), context_at(NOON), CHEAP)


def test_a_password_made_of_the_persons_own_words_is_refused(journal: Journal) -> None:
    command = asking("ann.smith@brest.fr", password="ann.smith@brest.fr")
    with pytest.raises(WeakPassword) as refused:
        sign_up(journal, command, context_at(NOON), CHEAP)
    assert refused.value.reason == "context"


def test_who_has_just_verified_is_signed_in_by_his_password(journal: Journal) -> None:
    person = member(journal)
    wrong = VerifySignUp(token=person.token, password="another sentence, quite")
    with pytest.raises(WrongCredentials):
        sign_in_verified(journal, wrong, context_at(NOON), CHEAP)
    command = VerifySignUp(token=person.token, password=PHRASE)
    begun = sign_in_verified(journal, command, context_at(NOON), CHEAP)
    assert begun.account_id == person.account_id


def test_a_mere_sign_up_is_not_signed_in_by_its_link(journal: Journal) -> None:
    person = signed_up(journal)
    command = VerifySignUp(token=person.token, password=PHRASE)
    with pytest.raises(WrongCredentials):
        sign_in_verified(journal, command, context_at(NOON), CHEAP)


def details(person: Person, **more: str) -> ChangeBillingDetails:
    return ChangeBillingDetails(
        account_id=person.account_id,
        name=more.get("name", "Ann Smith"),
        company=None,
        address_lines=("1 High Street",),
        postcode="75001",
        city="Paris",
        country="FR",
        vat_number=None,
        language=more.get("language", "fr"),
    )


def test_billing_details_and_language_are_changed_together(journal: Journal) -> None:
    person = member(journal)
    change_billing_details(journal, details(person), context_at(NOON))
    account = account_of(journal, person.account_id)
    assert (account.name, account.country, account.language) == (
        "Ann Smith",
        "FR",
        "fr",
    )
    again = change_billing_details(journal, details(person), context_at(NOON))
    assert again.version == account.version


def test_a_refused_detail_leaves_all_as_it_was(journal: Journal) -> None:
    person = member(journal)
    with pytest.raises(TextRefused):
        change_billing_details(journal, details(person, name=""), context_at(NOON))
    assert account_of(journal, person.account_id).version == 2


def test_a_sign_up_has_nothing_to_look_after(journal: Journal) -> None:
    person = signed_up(journal)
    language = ChangeLanguage(account_id=person.account_id, language="fr")
    for account_id in (person.account_id, uuid4()):
        command = details(Person(account_id, "", ""))
        with pytest.raises(NoSuchAccount):
            change_billing_details(journal, command, context_at(NOON))
    with pytest.raises(NoSuchAccount):
        change_language(journal, language, context_at(NOON))


def test_a_language_we_do_not_speak_becomes_english(journal: Journal) -> None:
    person = member(journal, language="fr")
    command = ChangeLanguage(account_id=person.account_id, language="tlh")
    change_language(journal, command, context_at(NOON))
    assert account_of(journal, person.account_id).language == "en"
