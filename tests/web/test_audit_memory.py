"""An auditor's memory does not grow with the journal."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import uuid4

import psycopg
import pytest

from tests.conftest import Cluster, settings_for
from tests.running import OURS, ROOT
from web.database import Database

FACTS = 60_000
GROWN_KIB_MAX = 24_000
"""All of them at once would take five times as much."""
ROWS = """
INSERT INTO journal (position, account_id, stream_id, version, topic, topic_version,
    payload, actor_kind, actor_id, happened_at, recorded_at, correlation_id, command_id,
    software, hash)
SELECT i, %(account)s, %(stream)s, i, 'accounts.LanguageChanged', 1,
    convert_to('{"language":"fr"}', 'UTF8'), 'customer', 'ann', now(), now(),
    %(stream)s, %(stream)s, 'test', decode(repeat('00', 32), 'hex')
FROM generate_series(1, %(facts)s) i
"""
PROGRAM = """
import resource, sys
from web.cli import main
main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kib(database: Database, *words: str) -> tuple[int, str]:
    """Run a command in a process of its own: its most memory, and its last words."""
    environ = {k: v for k, v in os.environ.items() if not OURS.match(k)}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT,
        env=environ | settings_for(database),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return int(told[-1]), told[-2]


@pytest.fixture(scope="module")
def long(cluster: Cluster) -> Database:
    """A journal with one account that has many facts."""
    made = cluster.new_database()
    values = {"account": uuid4(), "stream": uuid4(), "facts": FACTS}
    with psycopg.connect(made.owner, autocommit=True) as connection:
        connection.execute(ROWS, values)
    return made


@pytest.mark.parametrize("words", ["replay", "verify"])
def test_what_an_audit_needs_is_the_same_for_many_facts_as_for_none(
    long: Database, empty_database: Database, words: str
) -> None:
    nothing, _ = peak_kib(empty_database, "audit", words)
    much, told = peak_kib(long, "audit", words)
    assert f"{FACTS:,}" in told or "1 accounts" in told, told
    assert much - nothing < GROWN_KIB_MAX
    assert much < 200_000
