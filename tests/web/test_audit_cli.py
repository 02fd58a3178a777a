"""An auditor replays, explains and verifies from the journal alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from commands.credits import (
    CaptureCredits,
    HoldCredits,
    capture_credits,
    hold_credits,
)
from tests.conftest import MASTER, NOON, Cluster, context_at
from tests.web.service import Clock, a_purchase, a_receipt, an_account, service_on
from web import audit_cli
from web.audit_cli import Bar
from web.cli import main
from web.database import Database
from web.wiring import Service

DAY = timedelta(days=1)
Ask = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def audited(cluster: Cluster) -> Database:
    """A database of this module alone."""
    return cluster.new_database()


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def service(audited: Database, clock: Clock) -> Iterator[Service]:
    with service_on(audited, clock) as service:
        yield service


@pytest.fixture(scope="module")
def ann(service: Service, clock: Clock) -> UUID:
    """An account that bought at noon, and a day later held 300 and sent 100."""
    account_id = an_account(service)
    a_receipt(service, account_id, a_purchase(service, account_id))
    clock.move(DAY)
    hold = HoldCredits(account_id=account_id, campaign_id="spring", credits=300)
    held = hold_credits(service.journal, hold, context_at(clock()))
    capture = CaptureCredits(
        account_id=account_id, hold_id=UUID(held.ids["hold"]), credits=100
    )
    capture_credits(service.journal, capture, context_at(clock()))
    return account_id


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch,
    audited: Database,
    clock: Clock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """The command line of an auditor, who has no key; its status and its words."""
    for name, value in {
        "DATABASE_URL": audited.service,
        "DATABASE_AUDITOR_URL": audited.auditor,
        "DAYBOOK_MASTER_KEY": MASTER[::-1].hex(),
        "DAYBOOK_VAR": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(audit_cli, "utc_now", clock)

    def asked(*words: str) -> tuple[int, str]:
        status = main(["audit", *words])
        return status, capsys.readouterr().out

    return asked


def test_a_replay_adds_every_balance_up(ask: Ask, ann: UUID, service: Service) -> None:
    an_account(service)
    status, out = ask("replay")
    assert status == 0
    (line,) = [one for one in out.splitlines() if one.startswith(str(ann))]
    assert " balance     1,900  available     1,700  held     200" in line
    assert " orders    1  receipts    1  paid 2,000 EUR" in line
    assert out.splitlines()[-1].endswith("accounts, 1,900 credits")


def test_a_replay_of_one_account_is_of_that_one(ask: Ask, ann: UUID) -> None:
    status, out = ask("replay", "--account", str(ann), "--json")
    (line,) = out.splitlines()
    told = json.loads(line)
    assert (status, told["account_id"], told["balance"]) == (0, str(ann), 1900)
    assert told["differences"] == []


def test_a_replay_stops_at_the_moment_it_is_asked_about(ask: Ask, ann: UUID) -> None:
    def balance(*until: str) -> Any:
        out = ask("replay", "--account", str(ann), "--json", *until)[1]
        return json.loads(out)["balance"] if out else None

    assert balance("--as-of", (NOON + DAY / 2).isoformat()) == 2000
    assert balance("--as-of", "2026-11-24T13:00+01:00") == 1900
    assert balance("--as-of", "2026-11-24T11:00Z") == 2000


def test_a_replay_stops_at_the_position_it_is_asked_about(
    ask: Ask, ann: UUID, service: Service
) -> None:
    with service.connections.direct() as connection:
        (last, granted) = connection.execute(
            "SELECT max(position), max(position) FILTER (WHERE topic = %s)"
            " FROM journal WHERE account_id = %s",
            ("credits.Granted", ann),
        ).fetchone() or (0, 0)
    for position, balance in ((granted, 2000), (last, 1900)):
        for spelled in (str(position), f"0.1.{position}"):
            words = ("replay", "--account", str(ann), "--json", "--position", spelled)
            assert json.loads(ask(*words)[1])["balance"] == balance, spelled


@pytest.mark.parametrize(
    "words",
    [
        ("replay", "--as-of", "2026-11-23T12:00"),
        ("replay", "--as-of", "yesterday"),
        ("replay", "--position", "last"),
        ("replay", "--position", "1.2"),
        ("replay", "--as-of", "2026-11-23T12:00Z", "--position", "5"),
        ("replay", "--account", "ann"),
        ("explain", "contacts", str(uuid4())),
        ("explain", "credits"),
        ("verify", "--account", "1"),
        (),
    ],
    ids=range(10),
)
def test_a_question_that_is_none_is_told_with_its_usage(
    ask: Ask, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        ask(*words)
    assert ended.value.code == 2
    assert "usage: daybook audit" in capsys.readouterr().err


def test_a_moment_is_read_in_its_zone_and_told_in_utc() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert audit_cli._moment("2026-11-23T13:00+01:00") == noon
    with pytest.raises(argparse.ArgumentTypeError, match="zone"):
        audit_cli._moment("2026-11-23T13:00")


def test_every_step_of_a_balance_is_explained_to_the_credit(
    ask: Ask, ann: UUID
) -> None:
    status, out = ask("explain", "credits", str(ann))
    lines = out.splitlines()
    assert status == 0
    assert lines[-1] == "balance 1,900 (held + available)"
    assert lines[-2] == (
        "granted 2,000 = captured 100 + held 200 + available 1,700"
        " + coming 0 + expired 0"
    )
    (granted,) = [line for line in lines if "credits.Granted" in line]
    assert granted.split()[-4:-2] == ["+2,000", "2,000"]
    assert any("credits 0..100 net 100 tax 0" in line for line in lines)


def test_an_account_without_credits_has_nothing_to_explain(
    ask: Ask, service: Service
) -> None:
    for account_id in (an_account(service), uuid4()):
        status, out = ask("explain", "credits", str(account_id))
        assert (status, out) == (1, "this account never had credits\n")


def test_nothing_that_an_auditor_reads_is_about_a_person(ask: Ask, ann: UUID) -> None:
    for words in (("replay",), ("explain", "credits", str(ann)), ("verify",)):
        out = ask(*words)[1]
        assert "Ann Lee" not in out
        assert "@" not in out


def test_an_untouched_journal_fits_hash_by_hash(ask: Ask, ann: UUID) -> None:
    assert ask("verify") == (0, "every hash fits\n")
    assert ask("verify", "--account", str(ann)) == (0, "every hash fits\n")


def test_a_changed_row_is_named_and_its_account_alone(
    ask: Ask, ann: UUID, audited: Database, cluster: Cluster, service: Service
) -> None:
    eve = an_account(service)
    name = psycopg.conninfo.conninfo_to_dict(audited.service)["dbname"]
    superuser = psycopg.conninfo.make_conninfo(cluster.superuser, dbname=str(name))
    with psycopg.connect(superuser) as connection:
        connection.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
        connection.execute(
            "UPDATE journal SET actor_id = 'eve' WHERE version = 2 AND account_id = %s",
            (eve,),
        )
    status, out = ask("verify")
    assert status == 1
    assert str(eve) in out
    assert out.splitlines()[-1].endswith("rows are broken")
    assert ask("verify", "--account", str(ann))[0] == 0


def test_a_count_is_drawn_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for is_terminal, drawn in ((True, "\rverify: 1,500 events\n"), (False, "")):
        monkeypatch.setattr(
            "sys.stderr.isatty", lambda is_terminal=is_terminal: is_terminal
        )
        bar = Bar("verify")
        bar(1500)
        bar.done()
        assert capsys.readouterr() == ("", drawn)
