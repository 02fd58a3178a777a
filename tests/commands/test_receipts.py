"""Receipts: a series without gaps, bytes that stay what they were."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import msgspec
import pytest

from commands.receipts import IssueReceipt, issue_receipt, receipt_bytes, receipt_of
from ledger.receipts import Printed, Writer
from ledger.refusals import Invalid, NoSuchPurchase, NoSuchReceipt
from tests.conftest import NOON, context_at
from tests.web.service import a_purchase, a_receipt, an_account
from web.receipt_writer import write_receipt
from web.wiring import Service


def numbers(service: Service) -> list[int]:
    with service.connections.for_account(uuid4()) as connection:
        rows = connection.execute(
            "SELECT payload FROM journal WHERE topic = 'receipts.Issued'"
            " ORDER BY position"
        ).fetchall()
    return [msgspec.json.decode(payload)["sequence"] for (payload,) in rows]


def test_the_stored_bytes_are_those_that_were_recorded(service: Service) -> None:
    account = an_account(service, "Åsa Świątek")
    receipt_id = a_receipt(service, account, a_purchase(service, account))
    receipt = receipt_of(service.journal, account, receipt_id)
    pdf = receipt_bytes(service.journal, receipt)
    assert (len(pdf), hashlib.sha256(pdf).hexdigest()) == (
        receipt.pdf_bytes,
        receipt.pdf_sha256,
    )
    assert receipt.number == "DB-2026-000001"


def test_many_at_once_leave_no_gap_and_no_number_twice(service: Service) -> None:
    account = an_account(service)
    bought = [a_purchase(service, account) for _ in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda p: a_receipt(service, account, p), bought))
    assert sorted(numbers(service)) == list(range(1, 13))
    assert numbers(service) == sorted(numbers(service))


def test_what_cannot_be_rendered_takes_no_number(service: Service) -> None:
    class Unrenderable(Invalid):
        """No font has it."""

    def refuse(printed: Printed) -> tuple[bytes, Writer]:
        raise Unrenderable(printed["number"])

    account = an_account(service)
    command = IssueReceipt(account_id=account, purchase_id=a_purchase(service, account))
    with pytest.raises(Unrenderable):
        issue_receipt(
            service.journal, command, context_at(NOON), service.seller, refuse
        )
    a_receipt(service, account, a_purchase(service, account))
    assert numbers(service) == [1]


def test_one_purchase_has_one_receipt_however_often_it_is_asked_for(
    service: Service,
) -> None:
    account = an_account(service)
    command = IssueReceipt(account_id=account, purchase_id=a_purchase(service, account))
    found = {
        issue_receipt(
            service.journal,
            command,
            context_at(NOON, key="cause"),
            service.seller,
            write_receipt,
        ).ids["receipt"]
        for _ in range(3)
    }
    assert len(found) == 1
    assert numbers(service) == [1]


def test_a_strangers_or_an_unpaid_purchase_has_none(service: Service) -> None:
    account, stranger = an_account(service), an_account(service)
    receipt_id = a_receipt(service, account, a_purchase(service, account))
    with pytest.raises(NoSuchReceipt):
        receipt_of(service.journal, stranger, receipt_id)
    command = IssueReceipt(account_id=account, purchase_id=uuid4())
    with pytest.raises(NoSuchPurchase):
        issue_receipt(
            service.journal, command, context_at(NOON), service.seller, write_receipt
        )


def test_changed_bytes_are_noticed_and_erased_ones_are_gone(service: Service) -> None:
    account: UUID = an_account(service)
    receipt_id = a_receipt(service, account, a_purchase(service, account))
    receipt = receipt_of(service.journal, account, receipt_id)
    service.vault.destroy(account, "receipts-2026")
    with pytest.raises(NoSuchReceipt):
        receipt_bytes(service.journal, receipt)
