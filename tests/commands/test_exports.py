"""A customer's archive: everything that is his, no secret, whatever its size."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from commands.erasure import Erasures, erase_account
from commands.exported_data import WITHHELD
from commands.exports import account_archive
from commands.profiles import RecordPicture, record_picture
from commands.receipts import receipt_bytes, receipt_of
from ledger.journal import Journal
from ledger.refusals import NoSuchAccount
from tests.commands.belongings import signed_in
from tests.commands.people import Person, member
from tests.conftest import NOON, context_at
from tests.web.service import a_purchase, a_receipt
from web.wiring import Service

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def person(service: Service) -> Person:
    return member(service.journal, name="Zoë Müller", website="zoe.example")


def archive_of(journal: Journal, account_id: UUID, **lists: Any) -> zipfile.ZipFile:
    data = b"".join(account_archive(journal, account_id, LATER, lists))
    found = zipfile.ZipFile(io.BytesIO(data))
    assert found.testzip() is None
    return found


def document(archive: zipfile.ZipFile, name: str = "data.json") -> Any:
    return json.loads(archive.read(name))


def test_a_receipt_has_the_bytes_it_was_issued_with(
    service: Service, person: Person
) -> None:
    account = person.account_id
    issued = a_receipt(service, account, a_purchase(service, account))
    archive = archive_of(service.journal, account)
    receipt = receipt_of(service.journal, account, issued)
    pdf = archive.read(f"receipts/{receipt.number}.pdf")
    assert pdf == receipt_bytes(service.journal, receipt)


def test_the_picture_is_in_it(service: Service, person: Person) -> None:
    picture = b"RIFF, as if it were a picture"
    record = RecordPicture(
        account_id=person.account_id,
        sha256=hashlib.sha256(picture).hexdigest(),
        data=picture,
    )
    record_picture(service.journal, record, context_at(NOON))
    archive = archive_of(service.journal, person.account_id)
    path = document(archive)["profile"]["picture"]
    assert path.startswith("pictures/")
    assert archive.read(path) == picture


def test_the_manifest_fits_every_file(service: Service, person: Person) -> None:
    account = person.account_id
    a_receipt(service, account, a_purchase(service, account))
    archive = archive_of(service.journal, account)
    manifest = document(archive, "manifest.json")
    told = {f["path"]: (f["bytes"], f["sha256"]) for f in manifest["files"]}
    assert told == {
        name: (len(data), hashlib.sha256(data).hexdigest())
        for name in archive.namelist()
        if name != "manifest.json"
        for data in [archive.read(name)]
    }
    assert len(told) == 2
    assert manifest["withheld"] == []


def test_what_was_erased_is_said_to_be_withheld(
    service: Service, person: Person, tmp_path: Path
) -> None:
    journal, account = service.journal, person.account_id
    signed_in(journal, account)
    a_receipt(service, account, a_purchase(service, account))
    erasures = Erasures.of(tmp_path / "list", service.seller)
    erase_account(journal, erasures, account, context_at(NOON))
    journal.vault.destroy(account, "receipts-2026")
    archive = archive_of(journal, account)
    manifest, data = document(archive, "manifest.json"), document(archive)
    (withheld,) = manifest["withheld"]
    assert withheld == {"path": "receipts/DB-2026-000001.pdf", "why": "erased"}
    told = {event["event"]: event for event in data["events"]}
    assert told["accounts.SignedUp"]["told"]["name"] == WITHHELD
    assert told["sessions.Begun"]["ip"] == WITHHELD
    assert told["receipts.Issued"]["told"]["buyer"] == WITHHELD
    assert data["addresses"]["email"] == data["account"]["website"] == WITHHELD
    assert person.email not in archive.read("data.json").decode()


def test_nobody_has_no_archive(service: Service) -> None:
    with pytest.raises(NoSuchAccount):
        account_archive(service.journal, uuid4(), LATER, {})


def test_a_long_list_is_sent_while_it_is_read(service: Service, person: Person) -> None:
    taken = 0

    def endless() -> Iterator[dict[str, str]]:
        nonlocal taken
        for number in range(200_000):
            taken = number
            yield {"line": hashlib.sha256(str(number).encode()).hexdigest()}

    pieces = account_archive(
        service.journal, person.account_id, LATER, {"many": endless()}
    )
    sent = largest = 0
    for piece in pieces:
        sent, largest = sent + len(piece), max(largest, len(piece))
        if sent > 100_000:
            break
    assert taken < 20_000
    assert largest < 300_000
