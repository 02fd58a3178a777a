"""A restored database owes the list of erasures what it brought back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from commands.closing import CloseAccount, close_account
from commands.erasure import erase_account, erase_due
from commands.gateways.mail import Mail
from ledger.accounts import Account
from tests.commands.people import mails_of, member
from tests.conftest import MASTER, NOON, context_at
from tests.web.service import Clock, service_on
from web import create_app, mails
from web.database import Database
from web.erasing import erasures_of, repeat_after_restore
from web.settings import Settings
from web.wiring import Service

SELLER = {"time_zone": "Europe/Paris", "retention_years": 6}


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


def test_the_list_lies_in_var_unless_it_is_told_where(tmp_path: Path) -> None:
    usual = erasures_of(Settings(daybook_var=tmp_path), SELLER)
    apart = erasures_of(Settings(daybook_erasures_file=tmp_path / "apart"), SELLER)
    assert usual.noted.path == tmp_path / "erasures.jsonl"
    assert apart.noted.path == tmp_path / "apart"
    assert usual.receipt_years == 6


def test_without_a_list_not_even_the_master_key_is_looked_at(
    empty_database: Database, tmp_path: Path
) -> None:
    settings = Settings(daybook_var=tmp_path, daybook_master_key="no key")
    assert repeat_after_restore(settings, empty_database) == 0


def test_a_person_of_the_list_is_erased_in_the_database_that_is_there(
    service: Service, empty_database: Database, tmp_path: Path
) -> None:
    settings = Settings(daybook_var=tmp_path, daybook_master_key=MASTER.hex())
    person = member(service.journal)
    line = f'{{"account_id":"{person.account_id}","purpose":"profile",'
    line += f'"key_id":"{person.account_id}","at":"2026-11-20T12:00:00Z"}}\n'
    (tmp_path / "erasures.jsonl").write_text(line)
    assert repeat_after_restore(settings, empty_database) == 1
    assert repeat_after_restore(settings, empty_database) == 0
    with service_on(empty_database, Clock()) as anew:
        assert anew.journal.fresh(Account, person.account_id).email is None


def drawn(service: Service, template: str, told: dict[str, object]) -> Mail:
    render = mails.renderer(create_app(service), service)
    person = member(service.journal)
    values = told["values"]
    assert isinstance(values, dict)
    return render(
        person.account_id, person.account_id, template, "en", "ann@x.example", values
    )


@pytest.mark.parametrize("by", ["customer", "staff"])
def test_the_mails_name_the_day_of_the_erasure(
    service: Service, tmp_path: Path, by: str
) -> None:
    journal, person = service.journal, member(service.journal)
    command = CloseAccount(account_id=person.account_id, by=by)
    close_account(journal, command, context_at(NOON))
    erasures = erasures_of(Settings(daybook_var=tmp_path), SELLER)
    erase_due(journal, erasures, NOON + timedelta(days=29))
    told = {mail["template"]: mail for mail in mails_of(journal, person.account_id)}
    for template in ("account_closed", "account_erased"):
        mail = drawn(service, template, told[template])
        assert "23 Dec 2026" in mail.text
        assert "Hello Ann," in (mail.html or "")
    closed = drawn(service, "account_closed", told["account_closed"])
    assert ("by our staff" in closed.text) == (by == "staff")
    assert closed.subject == "Your account was closed"
    erase_account(journal, erasures, person.account_id, context_at(NOON))
    assert mails_of(journal, person.account_id) == []
