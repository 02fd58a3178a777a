"""Erasing a person: nothing about him can be read, every figure stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from commands import erasure
from commands.credentials import claimant_of
from commands.erasure import Erasures, erase_account, erase_due
from commands.receipts import receipt_bytes, receipt_of
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.journal import BlindVault, Reader
from ledger.journal.records import TypedMapper
from ledger.journal.verify import verify_chain
from ledger.refusals import NoSuchReceipt
from projections import audit
from projections.rebuild import Rebuild
from tests.commands.belongings import CANARY, DOMAIN, IP, known_everywhere
from tests.commands.people import Person, mails_of, member, rows_of
from tests.conftest import NOON, context_at
from tests.web.service import followed
from web.wiring import Service


@pytest.fixture
def erasures(service: Service, tmp_path: Path) -> Erasures:
    return Erasures.of(tmp_path / "erasures.jsonl", service.seller)


@pytest.fixture
def person(service: Service) -> Person:
    return known_everywhere(service)


def erase(service: Service, erasures: Erasures, person: Person) -> None:
    erase_account(service.journal, erasures, person.account_id, context_at(NOON))


def run_out(service: Service, erasures: Erasures, now: datetime) -> None:
    while erase_due(service.journal, erasures, now):
        pass


def readable(service: Service, account_id: UUID) -> list[str]:
    """What of the person can be opened in journal, snapshots, views and documents."""
    texts: list[str] = []
    with service.connections.direct() as connection:
        for fact in service.reader.stream(connection, account_id=account_id):
            texts.append(str(vars(fact.event)) if fact.event else "")
            texts.append(str(service.reader.origin(fact)))
    texts.append(str(service.views.accounts.profile(account_id)))
    texts.append(str(service.views.sessions.live(account_id)))
    texts.append(str(service.views.purchases.page(account_id)))
    texts.append(str(service.views.domains.domains(account_id)))
    texts.append(str(mails_of(service.journal, account_id)))
    texts.append(str(vars(service.journal.fresh(Account, account_id))))
    return texts


def found_in(texts: list[str], person: Person) -> set[str]:
    places = ("Zinneken Fils", "Chien Vert", "Molenbeek")
    words = (CANARY, *places, DOMAIN, person.email, IP)
    return {word for word in words if any(word in text for text in texts)}


def tables_with(service: Service, word: str) -> list[str]:
    """Where a word stands in the clear, as text or among bytes."""
    with service.connections.direct() as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(oid, 'SELECT')"
        ).fetchall()
        assert len(tables) > 20
        return [
            name
            for (name,) in tables
            if connection.execute(
                f"SELECT FROM {name} t WHERE t::text LIKE ANY (%s)",
                ([f"%{word}%", f"%{word.encode().hex()}%"],),
            ).fetchone()
            is not None
        ]


def test_no_table_ever_has_the_person_in_the_clear(
    service: Service, erasures: Erasures, person: Person
) -> None:
    words = (CANARY, "Chien Vert", DOMAIN, person.email, IP)
    assert not [table for word in words for table in tables_with(service, word)]
    assert "journal" in tables_with(service, "accounts.SignedUp")
    erase(service, erasures, person)
    followed(service)
    assert not [table for word in words for table in tables_with(service, word)]


def receipts_of(service: Service, account_id: UUID) -> list[UUID]:
    page = service.views.receipts.page(account_id)
    return [row.receipt_id for row in page.rows]


def test_everything_about_a_person_can_be_read_before_and_only_receipts_after(
    service: Service, erasures: Erasures, person: Person
) -> None:
    assert len(found_in(readable(service, person.account_id), person)) == 7
    erase(service, erasures, person)
    followed(service)
    rest = found_in(readable(service, person.account_id), person)
    with service.connections.direct() as connection:
        facts = service.reader.stream(connection, account_id=person.account_id)
        texts = [
            str(vars(f.event)) for f in facts if f.event and f.topic[:8] != "receipts"
        ]
    assert found_in(texts, person) == set()
    assert IP not in rest


def test_receipts_are_read_until_the_law_lets_them_go(
    service: Service, erasures: Erasures, person: Person
) -> None:
    erase(service, erasures, person)
    (receipt_id,) = receipts_of(service, person.account_id)
    receipt = receipt_of(service.journal, person.account_id, receipt_id)
    last = datetime(2036, 12, 31, 22, 59, tzinfo=UTC)
    run_out(service, erasures, last)
    assert receipt_bytes(service.journal, receipt)
    run_out(service, erasures, last + timedelta(minutes=1))
    with pytest.raises(NoSuchReceipt):
        receipt_bytes(service.journal, receipt)
    assert found_in(readable(service, person.account_id), person) == set()
    assert rows_of(service.journal, "erasures_due", person.account_id) == []


def test_the_seller_says_how_long_receipts_are_kept(service: Service) -> None:
    seller = {**service.seller, "retention_years": 7, "time_zone": "America/New_York"}
    erasures = Erasures.of(Path("nowhere"), seller)
    assert erasures.receipts_end(2026) == datetime(2034, 1, 1, 5, tzinfo=UTC)


def test_every_hash_and_every_figure_stays(
    service: Service, erasures: Erasures, person: Person
) -> None:
    erase(service, erasures, person)
    followed(service)
    blind = Reader(service.connections, TypedMapper(BlindVault()))
    with service.connections.direct() as connection:
        assert list(verify_chain(connection)) == []
        books = list(audit.replay(blind, connection, NOON))
    assert [books_of.unreadable for books_of in books] == [[]]
    assert books[0].available > 0
    assert audit.compare(service.views, books[0], NOON) == []


def shown(service: Service, account_id: UUID) -> list[str]:
    views = service.views
    return [
        str(found).partition("place=")[0]
        for found in (
            views.accounts.profile(account_id),
            views.sessions.live(account_id).rows,
            views.purchases.page(account_id).rows,
            views.receipts.page(account_id).rows,
            views.credits.credits(account_id, NOON),
        )
    ]


def test_a_rebuilt_view_shows_what_the_old_one_did(
    service: Service, erasures: Erasures, person: Person
) -> None:
    erase(service, erasures, person)
    followed(service)
    before = shown(service, person.account_id)
    for view in service.views.all.values():
        Rebuild(service.reader, view).run()
    assert shown(service, person.account_id) == before


def test_rows_that_lead_to_the_person_are_gone(
    service: Service, erasures: Erasures, person: Person
) -> None:
    journal, account_id = service.journal, person.account_id
    held = [t for t in erasure.PERSONAL_ROWS if rows_of(journal, t, account_id)]
    assert {"claims", "tokens", "secrets", "sessions", "mail_outbox"} <= set(held)
    assert "watched_domains" in held
    erase(service, erasures, person)
    assert rows_of(journal, "domain_checks", account_id) == []
    assert not [t for t in erasure.PERSONAL_ROWS if rows_of(journal, t, account_id)]
    assert claimant_of(journal, address_from(person.email).canonical) is None


def test_the_address_may_be_used_for_another_account(
    service: Service, erasures: Erasures, person: Person
) -> None:
    erase(service, erasures, person)
    again = member(service.journal, person.email)
    assert service.journal.fresh(Account, again.account_id).email == person.email
