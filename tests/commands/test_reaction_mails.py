"""A fact writes each of its mails once, to those who want it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from commands.reaction_mails import mail_receipt, tell_holder
from ledger.journal import Fact
from ledger.receipts import CREDIT_NOTE, Receipt
from projections.audit import facts_by_account
from tests.commands.people import mails_of, member
from tests.web.service import a_purchase, a_receipt, an_account
from web.wiring import Service


def issued(service: Service, account_id: UUID) -> Fact:
    a_receipt(service, account_id, a_purchase(service, account_id))
    with service.connections.for_account(account_id) as connection:
        facts = list(facts_by_account(service.reader, connection, account_id))
    return next(fact for fact in facts if isinstance(fact.event, Receipt.Issued))


def test_a_mail_that_is_written_again_stays_one_mail(service: Service) -> None:
    account_id = an_account(service)
    fact = issued(service, account_id)
    assert isinstance(fact.event, Receipt.Issued)
    mail_receipt(service.journal, fact, fact.event, service.clock())
    mail_receipt(service.journal, fact, fact.event, service.clock())
    [mail] = mails_of(service.journal, account_id)
    assert mail["template"] == "receipt"
    assert mail["values"]["receipt_number"] == fact.event.number


def test_it_is_due_by_the_clock_of_the_service(service: Service) -> None:
    account_id = an_account(service)
    fact = issued(service, account_id)
    assert isinstance(fact.event, Receipt.Issued)
    now = datetime(2025, 1, 31, tzinfo=UTC)
    mail_receipt(service.journal, fact, fact.event, now)
    with service.connections.for_account(account_id) as connection:
        due = connection.execute(
            "SELECT due_at FROM mail_outbox WHERE account_id = %s", (account_id,)
        ).fetchall()
    assert due == [(now,)]


def test_a_credit_note_has_words_of_its_own(service: Service) -> None:
    account_id = an_account(service)
    fact = issued(service, account_id)
    assert isinstance(fact.event, Receipt.Issued)
    vars(fact.event)["kind"] = CREDIT_NOTE
    mail_receipt(service.journal, fact, fact.event, service.clock())
    [mail] = mails_of(service.journal, account_id)
    assert mail["template"] == "credit_note"


def test_the_holder_is_told_at_his_address_and_by_his_name(service: Service) -> None:
    person = member(service.journal)
    known = len(mails_of(service.journal, person.account_id))
    fact = issued(service, person.account_id)
    for _ in range(2):
        tell_holder(service.journal, fact, "low_balance", service.clock(), threshold=5)
    mails = mails_of(service.journal, person.account_id)
    assert len(mails) == known + 1
    told = next(mail for mail in mails if mail["template"] == "low_balance")
    assert told["to"] == person.email
    assert told["values"] == {"name": "Ann", "threshold": 5}
