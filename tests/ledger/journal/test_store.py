"""What the journal records, answers and refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from ledger.journal import Journal, VersionConflict
from ledger.journal.context import Once
from ledger.journal.verify import verify_chain
from ledger.refusals import CommandReused
from tests.conftest import NOON, context_at
from tests.jars import FillJar, Jar, JarFull, LabelJar, NoJar, fill_jar, label_jar
from web.database import Database


def new_jar(journal: Journal) -> tuple[UUID, UUID]:
    account, jar = uuid4(), uuid4()
    label_jar(journal, LabelJar(account_id=account, jar_id=jar), context_at(NOON))
    return account, jar


def test_what_is_recorded_is_loaded_again(journal: Journal) -> None:
    account, jar = new_jar(journal)
    for _ in range(3):
        fill_jar(journal, FillJar(account_id=account, jar_id=jar), context_at(NOON))
    found = journal.fresh(Jar, jar)
    assert (found.beans, found.version, found.name) == (3, 4, "Ann")


def test_a_repeated_command_records_nothing_and_answers_the_same(
    journal: Journal,
) -> None:
    account, jar = new_jar(journal)
    command = FillJar(account_id=account, jar_id=jar)
    first = fill_jar(journal, command, context_at(NOON, key="k"))
    again = fill_jar(journal, command, context_at(NOON + timedelta(days=900), key="k"))
    assert again.repeated
    assert (again.position, again.version) == (first.position, first.version)
    assert journal.fresh(Jar, jar).beans == 1


def test_the_same_id_with_another_body_is_a_conflict(journal: Journal) -> None:
    account, jar = new_jar(journal)
    command = FillJar(account_id=account, jar_id=jar)
    fill_jar(journal, command, context_at(NOON, key="k2"))
    other = FillJar(account_id=account, jar_id=jar, beans=2)
    with pytest.raises(CommandReused):
        fill_jar(journal, other, context_at(NOON, key="k2"))
    assert journal.fresh(Jar, jar).beans == 1


def test_a_repeat_of_what_would_now_be_refused_still_answers(journal: Journal) -> None:
    account, jar = new_jar(journal)
    full = FillJar(account_id=account, jar_id=jar, beans=1_000_000)
    first = fill_jar(journal, full, context_at(NOON, key="k3"))
    assert fill_jar(journal, full, context_at(NOON, key="k3")).position == (
        first.position
    )
    with pytest.raises(JarFull):
        fill_jar(journal, full, context_at(NOON, key="k4"))


def test_one_key_of_two_principals_is_two_commands(journal: Journal) -> None:
    account, jar = new_jar(journal)
    command = FillJar(account_id=account, jar_id=jar)
    fill_jar(journal, command, context_at(NOON, key="k5"))
    other = context_at(NOON, key="k5")
    other = type(other)(
        principal="key:1",
        key="k5",
        actor=other.actor,
        now=NOON,
        correlation_id=other.correlation_id,
    )
    assert not fill_jar(journal, command, other).repeated
    assert journal.fresh(Jar, jar).beans == 2


def test_an_unknown_stream_is_refused(journal: Journal) -> None:
    with pytest.raises(NoJar):
        fill_jar(journal, FillJar(account_id=uuid4(), jar_id=uuid4()), context_at(NOON))


def test_concurrent_commands_on_one_stream_all_count(journal: Journal) -> None:
    account, jar = new_jar(journal)
    command = FillJar(account_id=account, jar_id=jar)
    with ThreadPoolExecutor(12) as pool:
        list(
            pool.map(lambda _: fill_jar(journal, command, context_at(NOON)), range(60))
        )
    assert journal.fresh(Jar, jar).beans == 60


def test_the_same_command_at_once_from_many_threads_is_recorded_once(
    journal: Journal,
) -> None:
    account, jar = new_jar(journal)
    command = FillJar(account_id=account, jar_id=jar)
    with ThreadPoolExecutor(12) as pool:
        found = list(
            pool.map(
                lambda _: fill_jar(journal, command, context_at(NOON, key="once")),
                range(24),
            )
        )
    assert journal.fresh(Jar, jar).beans == 1
    assert len({recorded.position for recorded in found}) == 1


def test_a_stale_copy_meets_a_conflict(journal: Journal) -> None:
    account, jar = new_jar(journal)
    stale = journal.fresh(Jar, jar)
    fill_jar(journal, FillJar(account_id=account, jar_id=jar), context_at(NOON))
    stale.fill(uuid4(), "red", 1)
    once = Once(account, uuid4(), "test", b"{}")
    late = type(context_at(NOON))(
        principal="x",
        key="x",
        actor=context_at(NOON).actor,
        now=NOON,
        correlation_id=uuid4(),
        once=once,
    )
    with pytest.raises(VersionConflict):
        journal.record(stale, context=late)


def test_the_envelope_says_who_when_where_and_why(
    journal: Journal, database: Database
) -> None:
    account, jar = uuid4(), uuid4()
    context = context_at(NOON, ip="192.0.2.7")
    label_jar(journal, LabelJar(account_id=account, jar_id=jar), context)
    with psycopg.connect(database.auditor, row_factory=dict_row) as connection:
        row = connection.execute(
            "SELECT * FROM journal WHERE stream_id = %s", (jar,)
        ).fetchone()
    assert row is not None
    assert (row["account_id"], row["actor_kind"], row["actor_id"]) == (
        account,
        "customer",
        "ann",
    )
    assert (row["happened_at"], row["correlation_id"]) == (NOON, context.correlation_id)
    assert row["recorded_at"] > NOON
    assert b"192.0.2.7" not in bytes(row["origin"])
    assert b"Ann" not in bytes(row["payload"]) + bytes(row["sealed"])


def test_the_python_verifier_agrees_with_the_hashes_made_in_sql(
    journal: Journal, database: Database
) -> None:
    account, jar = new_jar(journal)
    for _ in range(5):
        fill_jar(journal, FillJar(account_id=account, jar_id=jar), context_at(NOON))
    with psycopg.connect(database.auditor, autocommit=True) as connection:
        assert list(verify_chain(connection)) == []
