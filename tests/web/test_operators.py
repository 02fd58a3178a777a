"""Operators' commands: keys, accounts, lag, unparking, rebuilding, which database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.commands.people import member
from tests.places import roomy_folder
from tests.web.askers import basic
from tests.web.service import (
    BASE,
    Clock,
    a_parked_account,
    an_account,
    service_on,
)
from web import create_app
from web.cli import main
from web.database import Database
from web.operators import database_for
from web.settings import Settings, SettingsTrouble
from web.wiring import Service

pytestmark = pytest.mark.usefixtures("var")


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    return Say(capsys)


class Say:
    """Runs a command; what it printed, and its exit status."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: object) -> tuple[int, str]:
        self.capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return status, self.capsys.readouterr().out


def test_a_service_key_is_printed_once_and_opens_the_api(
    service: Service, say: Say
) -> None:
    status, told = say("api-key", "issue", "--name", "sender")
    key_id, secret = (line.split()[-1] for line in told.splitlines()[:2])
    assert (status, "not shown again" in told) == (0, True)
    where = f"/api/v1/accounts/{an_account(service)}"
    client = create_app(service).test_client()
    answer = client.get(where, headers=basic(key_id, secret), base_url=BASE)
    assert answer.status_code == 200


def test_a_service_key_may_be_allowed_one_thing_alone(
    service: Service, say: Say
) -> None:
    asked = ("api-key", "issue", "--name", "redirects", "--json", "--scope")
    key = json.loads(say(*asked, "accounts:read")[1])
    headers = basic(key["key_id"], key["secret"])
    where = f"/api/v1/accounts/{an_account(service)}"
    client = create_app(service).test_client()
    assert client.get(where, headers=headers, base_url=BASE).status_code == 200
    refused = client.post(
        f"{where}/signatures", json={}, headers=headers, base_url=BASE
    )
    assert refused.status_code == 403
    assert say(*asked, "everything")[0] == 2


def test_an_account_is_found_by_its_address_however_it_is_written(
    service: Service, say: Say
) -> None:
    person = member(service.journal)
    assert say("account", person.email) == (0, f"{person.account_id}\n")
    assert say("account", person.email.upper()) == (0, f"{person.account_id}\n")
    assert say("account", "nobody@example.com") == (1, "no account has this address\n")


def test_lag_tells_each_view_and_who_waits(service: Service, say: Say) -> None:
    account_id = str(a_parked_account(service))
    status, told = say("lag")
    assert status == 0
    assert f"parked: credits {account_id} at " in told
    found = json.loads(say("lag", "--json")[1])
    assert {row["consumer"] for row in found["views"]} == set(service.views.all)
    assert [row["account_id"] for row in found["parked"]] == [account_id]
    assert [r["parked"] for r in found["views"] if r["consumer"] == "credits"] == [1]


def test_a_parked_account_is_tried_again_once_it_is_asked_for(
    service: Service, say: Say
) -> None:
    account_id = str(a_parked_account(service))
    assert say("unpark", "credits", account_id) == (0, "to be tried again now\n")
    assert say("unpark", "credits", uuid4())[0] == 1
    status, told = say("unpark", "nothing", account_id)
    assert (status, "there is no view nothing: " in told) == (2, True)


def test_a_rebuilt_view_frees_whom_a_lost_row_had_parked(
    service: Service, say: Say
) -> None:
    a_parked_account(service)
    assert "the new rows are live" in say("rebuild", "credits")[1]
    assert json.loads(say("lag", "--json")[1])["parked"] == []
    assert say("audit", "replay", "--against-views")[0] == 0
    assert say("rebuild", "nothing")[0] == 2


def test_there_is_nothing_to_upgrade_where_nothing_was_embedded(say: Say) -> None:
    status, told = say("database", "upgrade")
    assert (status, told.startswith("nothing to do")) == (0, True)


def test_the_configured_database_goes_before_our_own(
    empty_database: Database, tmp_path: Path
) -> None:
    (tmp_path / "pg" / "data").mkdir(parents=True)
    settings = Settings(
        database_url=empty_database.service,
        database_owner_url=empty_database.owner,
        daybook_var=tmp_path,
    )
    with database_for(settings) as found:
        assert (found.service, found.owner) == (
            empty_database.service,
            empty_database.owner,
        )
    assert not list((tmp_path / "pg" / "data").iterdir())


def test_our_own_database_is_started_for_a_command_wherever_its_data_are() -> None:
    with roomy_folder() as folder:
        settings = Settings(daybook_var=folder / "var")
        home = folder / "elsewhere"
        for place in (settings.daybook_var / "pg", home):
            place.mkdir(parents=True)
        (settings.daybook_var / "pg" / "moved-to").write_text(f"{home}\n")
        with pytest.raises(SettingsTrouble), database_for(settings):
            pass
        with database_for(settings, make=True) as made, psycopg.connect(made.owner):
            assert (home / "data").is_dir()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(made.owner, connect_timeout=2)
        with database_for(settings) as again, psycopg.connect(again.service):
            pass
