"""Our own database, backed up and restored with the lines of the guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.archives import parts
from tests.journeys.reading import Checkout, Reader, is_shown
from tests.places import roomy_folder
from tests.web.service import followed
from web.database import prepare_embedded
from web.embedded import EmbeddedServer
from web.operators import opened
from web.settings import Settings

ACCOUNT = re.compile(r"^([0-9a-f-]{36})  balance", re.MULTILINE)
DAYBOOK = 'daybook() { .venv/bin/python -m web.cli "$@"; }'
CUSTOMERS = "daybook simulate --accounts 3 --days 4 --seed 1"


@pytest.fixture
def reader() -> Iterator[Reader]:
    """Somebody in a folder with the project, and a few customers in its database."""
    with roomy_folder() as folder:
        checkout = Checkout(folder)
        (folder / "safe").mkdir()
        with in_use(folder / "var"), checkout.reader() as reader:
            reader.types([DAYBOOK, CUSTOMERS])
            yield reader


@contextmanager
def in_use(var: Path) -> Iterator[EmbeddedServer]:
    """Keep a database from being stopped after each command."""
    with EmbeddedServer(var / "pg") as server:
        yield server


def keys_of(server: EmbeddedServer, account_id: str) -> int:
    """How many keys of an account the database holds."""
    database = prepare_embedded(server.conninfo(), server.folder.parent)
    with psycopg.connect(database.owner) as connection:
        row = connection.execute(
            "SELECT count(*) FROM data_keys WHERE account_id = %s", (account_id,)
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_the_guides_lines_bring_everything_back_but_whom_the_list_names(
    reader: Reader,
) -> None:
    back_up, copy_list, restore, compare = (part.lines for part in parts("sh")[:4])
    books = reader.types(["daybook audit replay"])
    person = ACCOUNT.findall(books)[0]
    reader.types(back_up)
    reader.types([f"daybook erasures now {person}", *copy_list])
    var = Path(reader.types(["pwd"]).strip()) / "again"
    reader.types(restore[:1])
    with in_use(var) as server:
        told = reader.types(restore[1:])
        assert is_shown(parts("text")[0].lines, told), told
        assert books in reader.types(compare[:-1])
        with opened(Settings(daybook_var=var)) as service:
            followed(service)
        assert "every view agrees" in reader.types(compare[-1:])
        assert keys_of(server, person) == 1
