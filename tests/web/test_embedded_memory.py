"""The memory of the embedded server: a quarter, within bounds, of what may be used."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.bench.stage import durable_database
from web.embedded_memory import machine_bytes, shared_buffers

GIGABYTE = 1 << 30


@pytest.mark.parametrize(
    ("told", "megabytes"),
    [(GIGABYTE, 256), (GIGABYTE // 100, 64), (GIGABYTE // 2 + 5, 128)],
)
def test_a_container_gives_a_quarter_of_what_it_may_use(
    tmp_path: Path, told: int, megabytes: int
) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(f"{told}\n")
    assert shared_buffers(limit) == f"{megabytes}MB"


@pytest.mark.parametrize("text", ["max\n", None])
def test_without_a_limit_the_machine_counts_and_a_gigabyte_is_the_most(
    tmp_path: Path, text: str | None
) -> None:
    limit = tmp_path / "memory.max"
    if text is not None:
        limit.write_text(text)
    quarter = min(machine_bytes() // 4, GIGABYTE)
    assert shared_buffers(limit) == f"{quarter >> 20}MB"


def test_a_durable_server_starts_with_it() -> None:
    with durable_database() as database, psycopg.connect(database.service) as own:
        row = own.execute(
            "SELECT pg_size_bytes(current_setting('shared_buffers'))"
            " = pg_size_bytes(%s)",
            (shared_buffers(),),
        ).fetchone()
    assert row == (True,)
