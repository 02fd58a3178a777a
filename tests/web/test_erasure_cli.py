"""Operators erase a person, and a restored database erases again what it brought."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ledger.accounts import Account
from tests.web.service import Clock, an_account, service_on
from web.cli import main
from web.database import Database

pytestmark = pytest.mark.usefixtures("var")


def opened(database: Database) -> UUID:
    with service_on(database, Clock()) as service:
        return an_account(service)


def email_of(database: Database, account_id: UUID) -> str | None:
    with service_on(database, Clock()) as service:
        return service.journal.fresh(Account, account_id).email


def test_an_operator_erases_a_person_at_once(
    empty_database: Database, var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account_id = opened(empty_database)
    assert main(["erasures", "now", str(account_id)]) == 0
    assert email_of(empty_database, account_id) is None
    assert str(account_id) in (var / "erasures.jsonl").read_text()
    assert main(["erasures", "now", str(uuid4())]) == 1
    assert main(["erasures", "now"]) == 2
    assert "no such account" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["erasures", "repeat"], ["migrate"]])
def test_what_a_backup_brought_back_goes_with_one_command(
    empty_database: Database,
    var: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    account_id = opened(empty_database)
    line = (
        f'{{"account_id":"{account_id}","purpose":"profile",'
        f'"key_id":"{UUID(int=0)}","at":"2026-11-20T12:00:00Z"}}\n'
    )
    (var / "erasures.jsonl").write_text(line)
    assert main(command) == 0
    assert "1 accounts" in capsys.readouterr().out
    assert email_of(empty_database, account_id) is None
    assert main(["erasures", "repeat"]) == 0
    assert "0 accounts" in capsys.readouterr().out


def test_without_a_list_a_migration_needs_no_master_key(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYBOOK_MASTER_KEY", "no key")
    assert main(["migrate"]) == 0
    assert not (var / "erasures.jsonl").exists()


def test_the_list_is_where_the_setting_says(
    empty_database: Database,
    var: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path_factory.mktemp("apart") / "list.jsonl"
    monkeypatch.setenv("DAYBOOK_ERASURES_FILE", str(file))
    assert main(["erasures", "now", str(opened(empty_database))]) == 0
    assert file.exists()
    assert not (var / "erasures.jsonl").exists()
