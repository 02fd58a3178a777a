"""The command line answers operators and auditors, and tells troubles in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from tests.web.service import (
    Clock,
    a_purchase,
    a_receipt,
    an_account,
    followed,
    service_on,
)
from web.cli import main
from web.database import Database
from web.wiring import Service

pytestmark = pytest.mark.usefixtures("var")


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


def test_replay_against_the_views_agrees_and_names_a_difference(
    service: Service, empty_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    account = an_account(service)
    a_receipt(service, account, a_purchase(service, account))
    followed(service)
    assert main(["audit", "replay", "--against-views"]) == 0
    assert "every view agrees" in capsys.readouterr().out
    with psycopg.connect(empty_database.owner, autocommit=True) as connection:
        connection.execute("UPDATE credit_lots SET remaining = remaining - 1")
    assert main(["audit", "replay", "--against-views", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["balance"] == 2000
    assert any("1,999" in line for line in told["differences"])


def test_an_explanation_ends_in_the_balance(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    account = an_account(service)
    a_purchase(service, account)
    assert main(["audit", "explain", "credits", str(account)]) == 0
    out = capsys.readouterr().out
    assert "granted 2,000 = captured 0 + held 0 + available 2,000" in out
    assert main(["audit", "explain", "credits", str(an_account(service))]) == 1


def test_verify_names_a_row_that_was_changed(
    service: Service,
    cluster_superuser: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    an_account(service)
    assert main(["audit", "verify"]) == 0
    with psycopg.connect(cluster_superuser, autocommit=True) as connection:
        connection.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
        connection.execute("UPDATE journal SET actor_id = 'eve' WHERE version = 2")
    capsys.readouterr()
    assert main(["audit", "verify"]) == 1
    assert "its hash does not fit its bytes" in capsys.readouterr().out


@pytest.fixture
def cluster_superuser(empty_database: Database, cluster: object) -> str:
    """The superuser's conninfo in the test's own database."""
    name = psycopg.conninfo.conninfo_to_dict(empty_database.service)["dbname"]
    superuser: str = cluster.superuser  # type: ignore[attr-defined]
    return psycopg.conninfo.make_conninfo(superuser, dbname=str(name))


def test_migrate_tells_when_there_is_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "nothing to do\n"


def test_a_trouble_is_one_line_and_exit_status_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAYBOOK_PORT", "eighty")
    assert main(["lag"]) == 2
    assert capsys.readouterr().err == (
        "daybook: DAYBOOK_PORT must be a whole number, not 'eighty'\n"
    )
