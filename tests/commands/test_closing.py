"""Closing an account: one transaction after which nobody gets in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from commands.accounts import ChangeLanguage, account_of, change_language
from commands.checkouts import leave_open
from commands.closing import CloseAccount, close_account
from commands.credentials import API_KEY, credentials_of
from commands.credits import HoldCredits, balance_of, hold_credits
from commands.customer_keys import RotateKey, rotate_key
from commands.key_revocations import RevokeApiKey, revoke_api_key
from commands.live_sessions import live_session
from commands.purchases import (
    SettlePurchase,
    StartPurchase,
    settle_purchase,
    start_purchase,
)
from commands.refunds import ProposeRefund, propose_refund
from ledger.accounts import Account
from ledger.api_keys import ApiKey
from ledger.journal import Contended, Journal, Recorded
from ledger.purchases import Purchase
from ledger.refusals import AccountClosed, MoneyUnderWay, NoSuchAccount
from tests.commands.belongings import a_key, signed_in
from tests.commands.money import Till
from tests.commands.people import mails_of, member, rows_of, signed_up
from tests.conftest import NOON, context_at
from tests.web.service import a_purchase, a_receipt, an_account
from web.wiring import Service

LATER = NOON + timedelta(minutes=30)


def close(journal: Journal, account_id: UUID, **more: Any) -> Recorded:
    command = CloseAccount(account_id=account_id, **more)
    return close_account(journal, command, context_at(LATER))


def test_a_closed_account_has_a_date_for_its_erasure(journal: Journal) -> None:
    person = member(journal)
    close(journal, person.account_id)
    account = journal.fresh(Account, person.account_id)
    assert account.closed
    assert account.erase_at == LATER + timedelta(days=30)
    (due,) = rows_of(journal, "erasures_due", person.account_id)
    assert (due["what"], due["due_at"]) == ("person", account.erase_at)
    assert due["told_at"] is None


def test_every_session_ends_with_the_account(journal: Journal) -> None:
    person, other = member(journal), member(journal)
    tokens = [signed_in(journal, person.account_id) for _ in range(3)]
    spared = signed_in(journal, other.account_id)
    assert all(live_session(journal, token, LATER) for token in tokens)
    close(journal, person.account_id)
    assert not any(live_session(journal, token, LATER) for token in tokens)
    assert live_session(journal, spared, LATER)


def test_what_was_handed_out_before_is_void(journal: Journal) -> None:
    person = member(journal)
    account = journal.fresh(Account, person.account_id)
    before = credentials_of(journal, account).epoch
    close(journal, person.account_id)
    (guard,) = rows_of(journal, "account_guards", person.account_id)
    after = credentials_of(journal, journal.fresh(Account, account.id)).epoch
    assert guard["credential_epoch"] == after == before + 1


def test_live_keys_are_revoked_and_their_secrets_deleted(journal: Journal) -> None:
    person = member(journal)
    keys = [a_key(journal, person.account_id) for _ in range(2)]
    close(journal, person.account_id)
    assert all(journal.fresh(ApiKey, key).revoked for key in keys)
    kinds = {row["kind"] for row in rows_of(journal, "secrets", person.account_id)}
    assert API_KEY not in kinds


def test_both_secrets_of_a_key_under_rotation_are_deleted(journal: Journal) -> None:
    person = member(journal)
    rotate = RotateKey(
        account_id=person.account_id, key_id=a_key(journal, person.account_id)
    )
    rotate_key(journal, rotate, context_at(NOON))
    close(journal, person.account_id)
    kinds = [row["kind"] for row in rows_of(journal, "secrets", person.account_id)]
    assert kinds == ["password"]
    (guard,) = rows_of(journal, "account_guards", person.account_id)
    assert guard["api_keys"] == 0


def test_a_key_that_was_revoked_before_stays_as_it_was(journal: Journal) -> None:
    person = member(journal)
    key_id = a_key(journal, person.account_id)
    gone = RevokeApiKey(account_id=person.account_id, key_id=key_id)
    revoke_api_key(journal, gone, context_at(NOON))
    version = journal.fresh(ApiKey, key_id).version
    close(journal, person.account_id)
    assert journal.fresh(ApiKey, key_id).version == version


def test_the_holder_is_told_when_his_data_go(journal: Journal) -> None:
    person = member(journal)
    close(journal, person.account_id, by="staff", days=5)
    mail = mails_of(journal, person.account_id)[-1]
    assert (mail["template"], mail["to"]) == ("account_closed", person.email)
    assert mail["values"]["by"] == "staff"
    assert mail["values"]["erase_at"].startswith("2026-11-28")


def test_a_closed_account_is_closed_once(journal: Journal) -> None:
    person = member(journal)
    context = context_at(LATER)
    command = CloseAccount(account_id=person.account_id)
    first = close_account(journal, command, context)
    assert close_account(journal, command, context).repeated
    with pytest.raises(AccountClosed):
        close(journal, person.account_id)
    assert journal.fresh(Account, person.account_id).version == first.version


def test_a_sign_up_or_nobody_cannot_be_closed(journal: Journal) -> None:
    for account_id in (signed_up(journal).account_id, uuid4()):
        with pytest.raises(NoSuchAccount):
            close(journal, account_id)


def test_nothing_is_bought_held_or_changed_any_more(service: Service) -> None:
    journal, account_id = service.journal, an_account(service)
    a_purchase(service, account_id)
    close(journal, account_id)
    context = context_at(LATER)
    hold = HoldCredits(account_id=account_id, campaign_id="news", credits=1)
    start = StartPurchase(account_id=account_id, sku="pack-50", language="en")
    language = ChangeLanguage(account_id=account_id, language="fr")
    with pytest.raises(AccountClosed):
        hold_credits(journal, hold, context)
    with pytest.raises(AccountClosed):
        start_purchase(journal, start, context, service.catalogue)
    with pytest.raises(AccountClosed):
        change_language(journal, language, context)
    with pytest.raises(AccountClosed):
        account_of(journal, account_id)


def test_holds_are_released_and_credits_stay_in_the_books(service: Service) -> None:
    journal, account_id = service.journal, an_account(service)
    a_purchase(service, account_id)
    hold = HoldCredits(account_id=account_id, campaign_id="news", credits=10)
    hold_credits(journal, hold, context_at(NOON))
    close(journal, account_id)
    figures = balance_of(journal, account_id, closed_too=True).figures(LATER)
    assert (figures.held, figures.available) == (0, 2000)


def test_a_refund_or_a_dispute_is_finished_first(till: Till) -> None:
    command = ProposeRefund(
        account_id=till.account_id, purchase_id=till.purchase_id, reason="he asked"
    )
    propose_refund(till.service.journal, command, till.by("bo"))
    with pytest.raises(MoneyUnderWay) as refused:
        close(till.service.journal, till.account_id)
    assert refused.value.why == "refund"


def test_a_dispute_keeps_the_account_until_it_is_decided(till: Till) -> None:
    dispute = till.bank("disputes", charge=till.charge)
    till.settle()
    with pytest.raises(MoneyUnderWay) as refused:
        close(till.service.journal, till.account_id)
    assert refused.value.why == "dispute"
    till.bank(f"disputes/{dispute['id']}", outcome="won")
    till.settle()
    close(till.service.journal, till.account_id)


def test_an_open_payment_page_is_left_before(till: Till) -> None:
    checkout = till.opened()
    with pytest.raises(MoneyUnderWay) as refused:
        close(till.service.journal, till.account_id)
    assert refused.value.why == "payment"
    journal, payments = till.service.journal, till.service.payments
    assert leave_open(journal, payments, till.account_id, till.clock()) == 1
    assert payments.checkout(checkout.id).status == "expired"
    close(journal, till.account_id)


def test_money_that_arrives_after_closing_is_recorded(service: Service) -> None:
    journal, account_id = service.journal, an_account(service)
    pack = service.catalogue.packs[0]
    start = StartPurchase(account_id=account_id, sku=pack.sku, language="en")
    started = start_purchase(journal, start, context_at(NOON), service.catalogue)
    purchase = journal.fresh(Purchase, UUID(started.ids["purchase"]))
    close(journal, account_id)
    paid = SettlePurchase(
        account_id=account_id,
        purchase_id=purchase.id,
        customer_id="cus_late",
        checkout_id="cs_late",
        payment_intent_id="pi_late",
        charge_id="ch_late",
        amount_minor=purchase.total.minor,
        currency=purchase.currency,
        payment_label="Visa",
        paid_at=LATER,
    )
    settle_purchase(journal, paid, context_at(LATER))
    assert a_receipt(service, account_id, purchase.id)


def test_of_many_who_close_at_once_one_does(journal: Journal) -> None:
    person = member(journal)
    signed_in(journal, person.account_id)
    a_key(journal, person.account_id)

    def try_it(_: int) -> bool:
        try:
            close(journal, person.account_id)
        except (AccountClosed, Contended):
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(try_it, range(24))) == 1
    topics = [row["topic"] for row in rows_of(journal, "journal", person.account_id)]
    once = ("accounts.Closed", "sessions.Ended", "api_keys.Revoked")
    assert [topics.count(topic) for topic in once] == [1, 1, 1]
    mails = [mail["template"] for mail in mails_of(journal, person.account_id)]
    assert mails.count("account_closed") == 1
