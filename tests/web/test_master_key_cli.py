"""Another master key opens all that the old one did, and the old one nothing more."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from commands.receipts import receipt_bytes, receipt_of
from ledger.accounts import Account
from tests.conftest import set_environment
from tests.journeys.reading import blocks
from tests.web.service import a_purchase, a_receipt, an_account
from web.cli import main
from web.database import Database
from web.operators import opened
from web.settings import Settings, key_in, settings_from

GUIDE = "docs/how-to/change-the-master-key.md"


@pytest.fixture
def var(
    monkeypatch: pytest.MonkeyPatch, empty_database: Database, tmp_path: Path
) -> Path:
    """The folder of an operator whose master key lies in it."""
    set_environment(monkeypatch, empty_database, DAYBOOK_MASTER_KEY="")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var"


def settings() -> Settings:
    """The operator's settings, as his commands find them."""
    return settings_from(os.environ)


def test_the_guides_lines_change_the_key_and_nothing_that_it_opens(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(settings()) as service:
        account_id = an_account(service, "Ann Lee")
        issued = a_receipt(service, account_id, a_purchase(service, account_id))
        before = receipt_bytes(
            service.journal, receipt_of(service.journal, account_id, issued)
        )
    old = key_in(var / "master.key")
    change, move = blocks(GUIDE)[0].lines
    assert main(shlex.split(change)[1:]) == 0
    assert " keys are wrapped anew" in capsys.readouterr().out
    assert main(["lag"]) == 2
    assert "master key is not this database's" in capsys.readouterr().err
    Path(shlex.split(move)[1]).rename(shlex.split(move)[2])
    assert key_in(var / "master.key") != old
    with opened(settings()) as service:
        account = service.journal.fresh(Account, account_id)
        receipt = receipt_of(service.journal, account_id, issued)
        assert account.name == "Ann Lee"
        assert receipt_bytes(service.journal, receipt) == before


def test_a_key_that_is_given_is_taken_and_one_of_no_kind_refused(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(settings()) as service:
        an_account(service)
    (var / "good").write_text("0f" * 32)
    for name, text in (("short", "abc"), ("binary", "\udcff")):
        (var / name).write_bytes(text.encode(errors="surrogateescape"))
        assert main(["master-key", "change", str(var / name)]) == 2
        assert str(var / name) in capsys.readouterr().err
    assert main(["lag"]) == 0
    assert main(["master-key", "change", str(var / "good")]) == 0
    assert (var / "good").read_text() == "0f" * 32


def test_who_has_not_the_old_key_changes_nothing(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(settings()) as service:
        an_account(service)
    monkeypatch.setenv("DAYBOOK_MASTER_KEY", "ab" * 32)
    assert main(["master-key", "change", str(var / "new")]) == 2
    assert not (var / "new").exists()
    monkeypatch.delenv("DAYBOOK_MASTER_KEY")
    assert main(["lag"]) == 0
