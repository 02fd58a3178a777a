"""The first member of the staff is made from the command line, by a one-use link."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands.staff import member_of
from ledger.staff import StaffMember
from tests.commands.people import new_email
from tests.conftest import set_environment
from tests.web.browsing import Browser
from tests.web.service import BASE, Clock, service_on
from tests.web.staffing import PHRASE, code_of, seed_on
from web import create_app
from web.cli import main
from web.database import Database

LINK = re.compile(rf"{re.escape(BASE)}(/staff/join/\S+)")


@pytest.fixture(autouse=True)
def operators(
    monkeypatch: pytest.MonkeyPatch, empty_database: Database, tmp_path: Path
) -> None:
    """The settings of an operator of the test database."""
    more = {"DAYBOOK_BASE_URL": BASE, "DAYBOOK_VAR": str(tmp_path)}
    set_environment(monkeypatch, empty_database, **more)


@pytest.fixture
def email() -> str:
    return new_email("staff")


def known(database: Database, email: str) -> StaffMember | None:
    with service_on(database, Clock()) as service:
        return member_of(service.journal, email)


def opened(database: Database, path: str) -> int:
    with service_on(database, Clock(datetime.now(UTC))) as service:
        return Browser(create_app(service)).get(path).status_code


def added(email: str, capsys: pytest.CaptureFixture[str], role: str = "support") -> str:
    assert main(["staff", "add", email, "--role", role]) == 0
    found = LINK.search(capsys.readouterr().out)
    assert found is not None
    return found[1]


def test_a_member_is_added_and_joins_by_the_printed_link(
    empty_database: Database, capsys: pytest.CaptureFixture[str], email: str
) -> None:
    path = added(email, capsys)
    clock = Clock(datetime.now(UTC))
    with service_on(empty_database, clock) as service:
        browser = Browser(create_app(service))
        seed = seed_on(browser.get(path).text)
        typed = {"password": PHRASE, "password_again": PHRASE}
        page = browser.send(path, path, code=code_of(seed, clock), **typed)
        assert page.status_code == 200
    found = known(empty_database, email)
    assert found is not None
    assert (found.joined, found.role) == (True, "support")


def test_the_link_is_mailed_as_well_and_the_password_is_nobodys_but_the_members(
    empty_database: Database, capsys: pytest.CaptureFixture[str], email: str
) -> None:
    path = added(email, capsys)
    with service_on(empty_database, Clock()) as service:
        found = member_of(service.journal, email)
        assert found is not None
        with service.connections.for_account(found.id) as connection:
            templates = connection.execute(
                "SELECT template FROM mail_outbox WHERE account_id = %s", (found.id,)
            ).fetchall()
            secrets = connection.execute(
                "SELECT count(*) FROM secrets WHERE account_id = %s", (found.id,)
            ).fetchone()
    assert (templates, secrets) == ([("staff_invited",)], (0,))
    assert opened(empty_database, path) == 200


def test_whoever_did_not_join_can_be_invited_again_with_another_role(
    empty_database: Database, capsys: pytest.CaptureFixture[str], email: str
) -> None:
    added(email, capsys)
    path = added(email.upper(), capsys, "auditor")
    found = known(empty_database, email)
    assert found is not None
    assert found.role == "auditor"
    assert opened(empty_database, path) == 200


def test_a_role_changes_and_a_member_is_removed(
    empty_database: Database, capsys: pytest.CaptureFixture[str], email: str
) -> None:
    path = added(email, capsys)
    assert main(["staff", "role", email, "--role", "finance"]) == 0
    found = known(empty_database, email)
    assert found is not None
    assert found.role == "finance"
    assert main(["staff", "remove", email]) == 0
    assert "can sign in no more" in capsys.readouterr().out
    assert opened(empty_database, path) == 410
    assert main(["staff", "add", email, "--role", "support"]) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["add", "x@example.com"], 2, "--role is needed"),
        (["role", "x@example.com"], 2, "--role is needed"),
        (["add", "no address", "--role", "support"], 2, "is not an address"),
        (["role", "x@example.com", "--role", "finance"], 1, "is no member of staff"),
        (["remove", "x@example.com"], 1, "is no member of staff"),
    ],
    ids=["add", "role", "address", "unknown role", "unknown remove"],
)
def test_what_cannot_be_done_is_said_in_a_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
) -> None:
    assert main(["staff", *arguments]) == status
    out = capsys.readouterr().out
    assert said in out
    assert out.count("\n") == 1


@pytest.mark.parametrize("role", ["owner", "", "support|finance"])
def test_there_are_three_roles_and_no_other(role: str) -> None:
    with pytest.raises(SystemExit):
        main(["staff", "add", "x@example.com", "--role", role])
