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

from commands import exported_data
from commands.erasure import Erasures, erase_account
from commands.exported_data import WITHHELD, events_of
from commands.exports import account_archive
from commands.profiles import RecordPicture, record_picture
from commands.receipts import receipt_bytes, receipt_of
from ledger.journal import Journal
from ledger.refusals import NoSuchAccount
from tests.commands.belongings import IP, a_key, signed_in
from tests.commands.people import Person, member, rows_of
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


def test_the_account_is_told_with_what_stands_around_it(
    service: Service, person: Person
) -> None:
    signed_in(service.journal, person.account_id)
    key_id = a_key(service.journal, person.account_id)
    data = document(archive_of(service.journal, person.account_id))
    assert data["format"] == "daybook-account/1"
    assert data["account"]["billing_details"]["name"] == "Zoë Müller"
    assert data["account"]["website"] == "https://zoe.example"
    assert data["addresses"]["email"] == person.email
    assert [session["ip"] for session in data["sessions"]] == [IP]
    assert [key["key_id"] for key in data["api_keys"]] == [str(key_id)]
    assert data["sign_in"]["password"] is True


def test_every_event_is_told_in_order(service: Service, person: Person) -> None:
    signed_in(service.journal, person.account_id)
    data = document(archive_of(service.journal, person.account_id))
    rows = rows_of(service.journal, "journal", person.account_id)
    topics = [row["topic"] for row in sorted(rows, key=lambda row: row["position"])]
    assert [event["event"] for event in data["events"]] == topics
    sign_up, *_, session = data["events"]
    assert sign_up["told"]["email"] == person.email
    assert (session["event"], session["ip"]) == ("sessions.Begun", IP)


def test_lists_of_the_views_stand_beside_the_events(
    service: Service, person: Person
) -> None:
    def lines() -> Iterator[dict[str, int]]:
        yield from ({"number": number} for number in range(3))

    archive = archive_of(service.journal, person.account_id, credits=lines(), more=[])
    data = document(archive)
    assert [line["number"] for line in data["credits"]] == [0, 1, 2]
    assert data["more"] == []


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


def test_no_secret_and_nothing_that_points_at_one_is_in_it(
    service: Service, person: Person
) -> None:
    journal, account = service.journal, person.account_id
    token = signed_in(journal, account)
    a_key(journal, account)
    text = archive_of(journal, account).read("data.json").decode()
    secrets = [str(row["secret_id"]) for row in rows_of(journal, "secrets", account)]
    assert len(secrets) == 2
    hidden = [*secrets, token, token.partition(".")[2], person.token, "secret_mac"]
    assert [secret for secret in hidden if secret in text] == []


def test_nothing_of_anybody_else_is_in_it(service: Service, person: Person) -> None:
    other = member(service.journal)
    signed_in(service.journal, other.account_id)
    text = archive_of(service.journal, person.account_id).read("data.json").decode()
    assert other.email not in text
    assert str(other.account_id) not in text


def test_nobody_has_no_archive(service: Service) -> None:
    with pytest.raises(NoSuchAccount):
        account_archive(service.journal, uuid4(), LATER, {})


def test_events_are_read_in_pages_and_none_is_passed_by(
    service: Service, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        signed_in(service.journal, person.account_id)
    whole = list(events_of(service.journal, person.account_id))
    for size in (1, 2, 3, len(whole), len(whole) + 1):
        monkeypatch.setattr(exported_data, "PAGE_ROWS", size)
        assert list(events_of(service.journal, person.account_id)) == whole


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
