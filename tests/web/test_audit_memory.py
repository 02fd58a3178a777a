"""An auditor's memory does not grow with the journal."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.conftest import Cluster, settings_for
from tests.running import OURS, ROOT
from web.database import Database

FEW, MANY = 11_000, 33_000
"""Both are more than two of the pages that are in memory."""
GROWN_KIB_MAX = 12_000
"""All of them at once would take three times as much."""
ROWS = """
INSERT INTO journal (position, account_id, stream_id, version, topic, topic_version,
    payload, actor_kind, actor_id, happened_at, recorded_at, correlation_id, command_id,
    software, hash)
SELECT %(first)s + i, %(account)s, %(account)s, i, 'accounts.LanguageChanged', 1,
    convert_to('{"language":"fr"}', 'UTF8'), 'customer', 'ann', now(), now(),
    %(account)s, %(account)s, 'test', decode(repeat('00', 32), 'hex')
FROM generate_series(1, %(facts)s) i
"""
PROGRAM = r"""
import re, sys
from pathlib import Path
from web.cli import main
main(sys.argv[1:])
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def peak_kib(database: Database, *words: str) -> int:
    """Run a command in a process of its own; the most memory that it ever had."""
    environ = {k: v for k, v in os.environ.items() if not OURS.match(k)}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT,
        env=environ | settings_for(database),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(told) > 1
    return int(told[-1])


@pytest.fixture(scope="module")
def journal_with(cluster: Cluster) -> tuple[Database, dict[int, UUID]]:
    """A journal with two accounts, by how many facts they have."""
    made, accounts = cluster.new_database(), {FEW: uuid4(), MANY: uuid4()}
    with psycopg.connect(made.owner, autocommit=True) as connection:
        for facts, account_id in accounts.items():
            values = {"account": account_id, "first": facts, "facts": facts}
            connection.execute(ROWS, values)
    return made, accounts


@pytest.mark.parametrize("words", ["replay", "verify"])
def test_an_audit_needs_no_more_for_three_times_as_many_facts(
    journal_with: tuple[Database, dict[int, UUID]], words: str
) -> None:
    database, accounts = journal_with
    few, many = (
        peak_kib(database, "audit", words, "--account", str(accounts[facts]))
        for facts in (FEW, MANY)
    )
    assert many - few < GROWN_KIB_MAX
    assert many < 200_000
