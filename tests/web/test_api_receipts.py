"""Receipts over the API: listed, told, and the very bytes that were issued."""

from __future__ import annotations

import hashlib
from io import BytesIO
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.web.service import (
    a_key,
    a_purchase,
    a_receipt,
    an_account,
    followed,
)
from web.wiring import Service


@pytest.fixture(scope="module")
def key(service: Service) -> dict[str, str]:
    return a_key(service, ("accounts:read",))


@pytest.fixture(scope="module")
def ann(service: Service) -> UUID:
    return an_account(service)


@pytest.fixture(scope="module")
def receipt_id(service: Service, ann: UUID) -> UUID:
    found = a_receipt(service, ann, a_purchase(service, ann))
    followed(service)
    return found


def at(account_id: UUID, rest: str = "") -> str:
    return f"/api/v1/accounts/{account_id}/receipts{rest}"


def test_a_receipt_is_listed_and_told_alike(
    client: FlaskClient, key: dict[str, str], ann: UUID, receipt_id: UUID
) -> None:
    (row,) = client.get(at(ann), headers=key).get_json()["data"]
    assert row["receipt_id"] == str(receipt_id)
    assert client.get(at(ann, f"/{receipt_id}"), headers=key).get_json() == row


def test_the_pdf_has_the_recorded_hash_and_the_printed_number(
    client: FlaskClient, key: dict[str, str], ann: UUID, receipt_id: UUID
) -> None:
    row = client.get(at(ann, f"/{receipt_id}"), headers=key).get_json()
    answer = client.get(at(ann, f"/{receipt_id}/pdf"), headers=key)
    assert answer.content_type == "application/pdf"
    assert hashlib.sha256(answer.data).hexdigest() == row["pdf_sha256"]
    assert len(answer.data) == row["pdf_bytes"]
    printed = PdfReader(BytesIO(answer.data)).pages[0].extract_text()
    assert row["receipt_number"] in printed


@pytest.mark.parametrize("rest", ["", "/pdf"])
def test_a_receipt_of_another_account_is_not_found(
    client: FlaskClient,
    service: Service,
    key: dict[str, str],
    receipt_id: UUID,
    rest: str,
) -> None:
    other = an_account(service)
    answer = client.get(at(other, f"/{receipt_id}{rest}"), headers=key)
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/no-such-receipt"
