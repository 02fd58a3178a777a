"""The lines of the guides, typed as they are printed by somebody at the service."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.conftest import MASTER, set_environment
from tests.journeys.reading import blocks
from tests.places import roomy_folder
from tests.running import ROOT
from tests.web.service import BASE, Clock, a_parked_account, an_account, service_on
from web.cli import main
from web.database import Database
from web.embedded import EmbeddedServer
from web.embedded_process import PORT
from web.wiring import Service

SOMEBODY = "201a6b2b-e3a5-593c-8d2a-d4cd8d58b555"
INLINE = re.compile(r"`daybook ([^`…<]+)`")


@pytest.fixture
def service(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Service]:
    """A service, whose operator the test is."""
    more = {"DAYBOOK_BASE_URL": BASE, "DAYBOOK_VAR": str(tmp_path)}
    set_environment(monkeypatch, empty_database, **more)
    with service_on(empty_database, Clock()) as service:
        yield service


def printed(page: str) -> list[str]:
    """The commands in a page's blocks, in their order."""
    lines = [line for block in blocks(page) for line in block.lines]
    return [line for line in lines if line.startswith("daybook ")]


def types(line: str) -> int:
    """Type a command; its exit status."""
    return main(shlex.split(line)[1:])


def test_another_system_is_let_in(service: Service) -> None:
    (line,) = printed("docs/how-to/let-another-system-in.md")
    assert types(line) == 0


def test_staff_are_let_in_and_out(service: Service) -> None:
    assert [types(line) for line in printed("docs/how-to/let-staff-in.md")] == [0] * 3


def test_a_parked_account_is_shown_and_freed(service: Service) -> None:
    account_id = str(a_parked_account(service))
    look, free = printed("docs/how-to/free-a-parked-account.md")
    assert types(look) == 0
    assert types(free.replace(SOMEBODY, account_id)) == 0


def test_a_view_is_rebuilt_and_compared(service: Service) -> None:
    a_parked_account(service)
    page = (ROOT / "docs/how-to/rebuild-a-view.md").read_text()
    lines = [f"daybook {words}" for words in INLINE.findall(page)]
    assert [types(line) for line in lines] == [0] * len(lines)
    names = dict.fromkeys(line.split()[1] for line in lines)
    assert list(names) == ["migrate", "rebuild", "lag", "audit"]


def test_a_person_is_erased(service: Service, tmp_path: Path) -> None:
    account_id = str(an_account(service))
    (line,) = printed("docs/how-to/close-and-erase-an-account.md")
    assert types(line.replace(SOMEBODY, account_id)) == 0
    assert account_id in (tmp_path / "erasures.jsonl").read_text()


def test_a_server_of_ones_own_is_made_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    roles, settings = blocks("docs/how-to/run-your-own-database.md")[:2]
    monkeypatch.setenv("DAYBOOK_MASTER_KEY", MASTER.hex())
    monkeypatch.setenv("DAYBOOK_VAR", str(tmp_path))
    with roomy_folder() as folder, EmbeddedServer(folder / "pg") as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            for line in roles.lines:
                connection.execute(line.replace("…", "some password").encode())
        for line in settings.lines:
            name, address = line.removeprefix("export ").split("=", 1)
            monkeypatch.setenv(name, at(server, address))
        assert types("daybook migrate") == 0
        assert types("daybook api-key issue --name first") == 0
        assert types("daybook audit verify") == 0


def at(server: EmbeddedServer, address: str) -> str:
    """Where the guide's address is, at this server."""
    parts = urlsplit(address)
    return psycopg.conninfo.make_conninfo(
        host=str(server.socket_folder),
        port=PORT,
        dbname=parts.path[1:],
        user=parts.username,
        password="some password",
    )
