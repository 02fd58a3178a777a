"""Operators see an account's domains, and give a contested name away with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.journal import Journal
from tests.commands.sending import Sender
from tests.conftest import set_environment
from web.cli import main
from web.database import Database


@pytest.fixture(autouse=True)
def _operator(
    monkeypatch: pytest.MonkeyPatch, empty_database: Database, tmp_path: Path
) -> None:
    set_environment(monkeypatch, empty_database, DAYBOOK_VAR=str(tmp_path))


@pytest.fixture
def two(empty_journal: Journal) -> tuple[Sender, Sender]:
    """Ann holds hollis.com, and Bob's records are found."""
    ann, bob = Sender(empty_journal), Sender(empty_journal)
    ann.verified("hollis.com")
    bob.look(bob.add("hollis.com"))
    return ann, bob


def rows(capsys: pytest.CaptureFixture[str], who: Sender) -> list[dict[str, str]]:
    assert main(["domains", "list", str(who.account_id), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_accounts_domains_are_listed(
    two: tuple[Sender, Sender], capsys: pytest.CaptureFixture[str]
) -> None:
    ann, bob = two
    (hers,), (his,) = rows(capsys, ann), rows(capsys, bob)
    assert (hers["name"], hers["state"]) == ("hollis.com", "verified")
    assert hers["contested_by"] == his["domain_id"]
    assert main(["domains", "list", str(ann.account_id)]) == 0
    assert "hollis.com: verified since" in capsys.readouterr().out
    assert main(["domains", "list", str(uuid4())]) == 0
    assert capsys.readouterr().out == "the account has no sending domain\n"


def test_a_contested_name_is_given_to_whoever_contests_it(
    two: tuple[Sender, Sender], capsys: pytest.CaptureFixture[str]
) -> None:
    ann, bob = two
    his = rows(capsys, bob)[0]["domain_id"]
    asked = ["domains", "transfer", str(bob.account_id), his]
    assert main(asked) == 2
    assert "--reason is needed" in capsys.readouterr().out
    assert main([*asked, "--reason", "the register names him"]) == 0
    assert "has the name" in capsys.readouterr().out
    assert rows(capsys, bob)[0]["state"] == "verified"
    assert rows(capsys, ann)[0]["state"] == "failed"


def test_nothing_is_given_away_that_nobody_contests(
    two: tuple[Sender, Sender], capsys: pytest.CaptureFixture[str]
) -> None:
    ann, bob = two
    hers = rows(capsys, ann)[0]["domain_id"]
    reason = ["--reason", "asked for"]
    assert main(["domains", "transfer", str(ann.account_id), hers, *reason]) == 1
    assert "No other account" in capsys.readouterr().out
    assert main(["domains", "transfer", str(bob.account_id), hers, *reason]) == 1
    assert "has no such domain" in capsys.readouterr().out
    assert main(["domains", "transfer", str(bob.account_id), *reason]) == 2
