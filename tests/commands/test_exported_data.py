"""What a customer's data.json tells: all that is his, and no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commands import exported_data
from commands.exported_data import data_chunks, events_of
from ledger.accounts import Account
from ledger.journal import Journal
from tests.commands.belongings import IP, a_key, signed_in
from tests.commands.people import Person, member, rows_of
from tests.commands.sending import Sender
from tests.conftest import NOON
from web.wiring import Service

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def person(service: Service) -> Person:
    return member(service.journal, name="Zoë Müller", website="zoe.example")


def document(journal: Journal, account_id: UUID, **lists: Any) -> Any:
    return json.loads(text_of(journal, account_id, **lists))


def text_of(journal: Journal, account_id: UUID, **lists: Any) -> str:
    account = journal.fresh(Account, account_id)
    return b"".join(data_chunks(journal, account, LATER, lists)).decode()


def test_the_account_is_told_with_what_stands_around_it(
    service: Service, person: Person
) -> None:
    signed_in(service.journal, person.account_id)
    key_id = a_key(service.journal, person.account_id)
    Sender(service.journal, NOON, person.account_id).verified("zoe.com")
    data = document(service.journal, person.account_id)
    assert data["format"] == "daybook-account/1"
    assert data["account"]["billing_details"]["name"] == "Zoë Müller"
    assert data["account"]["website"] == "https://zoe.example"
    assert data["addresses"]["email"] == person.email
    assert [session["ip"] for session in data["sessions"]] == [IP]
    assert [key["key_id"] for key in data["api_keys"]] == [str(key_id)]
    assert data["sign_in"]["password"] is True
    (domain,) = data["domains"]
    assert (domain["name"], domain["state"]) == ("zoe.com", "verified")


def test_every_event_is_told_in_order(service: Service, person: Person) -> None:
    signed_in(service.journal, person.account_id)
    data = document(service.journal, person.account_id)
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

    data = document(service.journal, person.account_id, credits=lines(), more=[])
    assert [line["number"] for line in data["credits"]] == [0, 1, 2]
    assert data["more"] == []


def test_no_secret_and_nothing_that_points_at_one_is_in_it(
    service: Service, person: Person
) -> None:
    journal, account = service.journal, person.account_id
    token = signed_in(journal, account)
    a_key(journal, account)
    text = text_of(journal, account)
    secrets = [str(row["secret_id"]) for row in rows_of(journal, "secrets", account)]
    assert len(secrets) == 2
    hidden = [*secrets, token, token.partition(".")[2], person.token, "secret_mac"]
    assert [secret for secret in hidden if secret in text] == []


def test_nothing_of_anybody_else_is_in_it(service: Service, person: Person) -> None:
    other = member(service.journal)
    signed_in(service.journal, other.account_id)
    text = text_of(service.journal, person.account_id)
    assert other.email not in text
    assert str(other.account_id) not in text


def test_events_are_read_in_pages_and_none_is_passed_by(
    service: Service, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        signed_in(service.journal, person.account_id)
    whole = list(events_of(service.journal, person.account_id))
    for size in (1, 2, 3, len(whole), len(whole) + 1):
        monkeypatch.setattr(exported_data, "PAGE_ROWS", size)
        assert list(events_of(service.journal, person.account_id)) == whole
