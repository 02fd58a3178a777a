"""Erasing a person: nothing about him can be read, every figure stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from commands import erasure
from commands.accounts import ChangeBillingDetails, change_billing_details
from commands.closing import CloseAccount, close_account
from commands.credentials import claimant_of
from commands.erasure import Erasures, erase_account, erase_due
from commands.receipts import receipt_bytes, receipt_of
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.journal import BlindVault, Journal, Reader
from ledger.journal.records import TypedMapper
from ledger.journal.verify import verify_chain
from ledger.refusals import NoSuchAccount, NoSuchReceipt
from projections import audit
from projections.rebuild import Rebuild
from tests.commands.belongings import IP, a_key, signed_in
from tests.commands.people import Person, mails_of, member, rows_of
from tests.conftest import NOON, context_at
from tests.web.service import a_purchase, a_receipt, followed
from web.wiring import Service

DAY = timedelta(days=1)
DUE = NOON + 30 * DAY
STEPS = ("_record", "_plan_receipts", "_forget", "destroy", "done")
CANARY = "Wilhelmina Zinneken"


class Crash(Exception):  # noqa: N818 - what happens in the middle
    """The process died here."""


@pytest.fixture
def erasures(service: Service, tmp_path: Path) -> Erasures:
    return Erasures.of(tmp_path / "erasures.jsonl", service.seller)


@pytest.fixture
def person(service: Service) -> Person:
    """Somebody who is known in every place that knows anybody."""
    journal = service.journal
    found = member(journal, name=CANARY, company="Zinneken Fils")
    details = ChangeBillingDetails(
        account_id=found.account_id,
        name=CANARY,
        company="Zinneken Fils",
        address_lines=("7 Rue du Chien Vert",),
        postcode="1080",
        city="Molenbeek",
        country="BE",
        vat_number=None,
    )
    change_billing_details(journal, details, context_at(NOON, ip=IP))
    signed_in(journal, found.account_id)
    a_key(journal, found.account_id)
    a_receipt(service, found.account_id, a_purchase(service, found.account_id))
    followed(service)
    return found


def close(service: Service, person: Person, **more: Any) -> None:
    command = CloseAccount(account_id=person.account_id, **more)
    close_account(service.journal, command, context_at(NOON))


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
    texts.append(str(mails_of(service.journal, account_id)))
    texts.append(str(vars(service.journal.fresh(Account, account_id))))
    return texts


def found_in(texts: list[str], person: Person) -> set[str]:
    words = (CANARY, "Zinneken Fils", "Chien Vert", "Molenbeek", person.email, IP)
    return {word for word in words if any(word in text for text in texts)}


def receipts_of(service: Service, account_id: UUID) -> list[UUID]:
    page = service.views.receipts.page(account_id)
    return [row.receipt_id for row in page.rows]


def test_everything_about_a_person_can_be_read_before_and_only_receipts_after(
    service: Service, erasures: Erasures, person: Person
) -> None:
    assert len(found_in(readable(service, person.account_id), person)) == 6
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
    erase(service, erasures, person)
    assert not [t for t in erasure.PERSONAL_ROWS if rows_of(journal, t, account_id)]
    assert claimant_of(journal, address_from(person.email).canonical) is None


def test_the_address_may_be_used_for_another_account(
    service: Service, erasures: Erasures, person: Person
) -> None:
    erase(service, erasures, person)
    again = member(service.journal, person.email)
    assert service.journal.fresh(Account, again.account_id).email == person.email


def test_the_list_outside_names_every_key_that_went(
    service: Service, erasures: Erasures, person: Person
) -> None:
    keys = rows_of(service.journal, "data_keys", person.account_id)
    erase(service, erasures, person)
    lines = [json.loads(line) for line in erasures.noted.path.read_text().splitlines()]
    assert {line["purpose"]: line["key_id"] for line in lines} == {
        key["purpose"]: str(key["key_id"])
        for key in keys
        if "rec" not in key["purpose"]
    }
    assert {line["account_id"] for line in lines} == {str(person.account_id)}
    assert person.email not in erasures.noted.path.read_text()


def test_the_erasure_is_recorded_by_purpose(
    service: Service, erasures: Erasures, person: Person
) -> None:
    erase(service, erasures, person)
    account = service.journal.fresh(Account, person.account_id)
    assert account.erased == ["profile", "security-2026"]
    run_out(service, erasures, NOON + 11 * 366 * DAY)
    account = service.journal.fresh(Account, person.account_id)
    assert account.erased == ["profile", "security-2026", "receipts-2026"]


def test_without_the_list_nothing_is_destroyed(
    service: Service, person: Person, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    erasures = Erasures.of(tmp_path / "taken" / "list", service.seller)
    close(service, person, days=0)
    erase_due(service.journal, erasures, NOON - DAY)
    with pytest.raises(OSError, match="taken"):
        erase_due(service.journal, erasures, NOON + 2 * DAY)
    assert CANARY in found_in(readable(service, person.account_id), person)
    good = Erasures.of(tmp_path / "list", service.seller)
    run_out(service, good, NOON + 2 * DAY + timedelta(hours=1))
    assert service.journal.fresh(Account, person.account_id).email is None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_step_is_made_good(
    service: Service,
    erasures: Erasures,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    when: str,
) -> None:
    real: Callable[..., None] = getattr(erasure, step)

    def dying(*args: Any) -> None:
        if when == "after":
            real(*args)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(erasure, step, dying)
        with pytest.raises(Crash):
            erase(service, erasures, person)
    run_out(service, erasures, NOON)
    followed(service)
    account = service.journal.fresh(Account, person.account_id)
    assert (account.email, account.erased) == (None, ["profile", "security-2026"])
    assert not rows_of(service.journal, "claims", person.account_id)
    whats = rows_of(service.journal, "erasures_due", person.account_id)
    assert [row["what"] for row in whats] == ["receipts-2026"]
    assert len(list(erasures.noted)) == 2


def test_the_last_mail_goes_out_a_day_before(
    service: Service, erasures: Erasures, person: Person
) -> None:
    close(service, person)
    assert erase_due(service.journal, erasures, DUE - DAY - timedelta(minutes=1)) == 0
    assert erase_due(service.journal, erasures, DUE - DAY) == 1
    assert erase_due(service.journal, erasures, DUE - DAY) == 0
    (mail,) = [
        mail
        for mail in mails_of(service.journal, person.account_id)
        if mail["template"] == "account_erased"
    ]
    assert mail["to"] == person.email
    assert datetime.fromisoformat(mail["values"]["erase_at"]) == DUE


def sent(connection: Connection[Any], account_id: UUID) -> None:
    connection.execute(
        "UPDATE mail_outbox SET sent_at = %s WHERE account_id = %s", (NOON, account_id)
    )


def test_a_person_is_erased_on_the_day_and_not_before(
    service: Service, erasures: Erasures, person: Person
) -> None:
    close(service, person)
    run_out(service, erasures, DUE - DAY)
    run_out(service, erasures, DUE - timedelta(seconds=1))
    assert service.journal.fresh(Account, person.account_id).email == person.email
    run_out(service, erasures, DUE)
    assert service.journal.fresh(Account, person.account_id).email is None


def test_on_demand_the_last_mail_is_waited_for_but_a_day_at_most(
    service: Service, erasures: Erasures, person: Person
) -> None:
    hasty = member(service.journal)
    for one in (person, hasty):
        close(service, one, days=0)
    run_out(service, erasures, NOON)
    with service.connections.direct() as connection:
        sent(connection, hasty.account_id)
    run_out(service, erasures, NOON + timedelta(minutes=1))
    emails = [
        service.journal.fresh(Account, one.account_id).email for one in (person, hasty)
    ]
    assert emails == [person.email, None]
    run_out(service, erasures, NOON + DAY)
    assert service.journal.fresh(Account, person.account_id).email is None


def test_one_accounts_trouble_does_not_stop_the_others(
    service: Service,
    erasures: Erasures,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal, luckless = service.journal, member(service.journal)
    close(service, luckless, days=0)
    close(service, person, days=1)
    erase_due(journal, erasures, NOON)
    real = erasure.destroy

    def picky(journal: Journal, account_id: UUID, purposes: list[str]) -> None:
        if account_id == luckless.account_id:
            raise Crash
        real(journal, account_id, purposes)

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "destroy", picky)
        with pytest.raises(Crash):
            erase_due(journal, erasures, NOON + DAY)
    assert journal.fresh(Account, person.account_id).email is None
    (row,) = rows_of(journal, "erasures_due", luckless.account_id)
    assert row["due_at"] == NOON + DAY + timedelta(hours=1)


def test_nobody_cannot_be_erased(service: Service, erasures: Erasures) -> None:
    with pytest.raises(NoSuchAccount):
        erase_account(service.journal, erasures, uuid4(), context_at(NOON))
    assert list(erasures.noted) == []


def test_who_asked_for_it_is_recorded_without_his_ip(
    service: Service, erasures: Erasures, person: Person
) -> None:
    context = context_at(NOON, ip="198.51.100.9")
    erase_account(service.journal, erasures, person.account_id, context)
    rows: Iterator[dict[str, Any]] = iter(
        rows_of(service.journal, "journal", person.account_id)
    )
    row = next(row for row in rows if row["topic"] == "accounts.Erased")
    assert (row["actor_kind"], row["actor_id"]) == ("customer", "ann")
    assert row["origin"] is None
