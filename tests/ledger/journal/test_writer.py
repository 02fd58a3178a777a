"""Gathered commits: one guilty command never fails its neighbours."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.journal import (
    Change,
    Connections,
    Journal,
    OutcomeUnknown,
    Unreachable,
    Vault,
)
from ledger.journal.append import Append
from ledger.journal.gathering import BATCH_MAX
from ledger.refusals import Refusal
from tests.conftest import NOON, context_at
from tests.jars import FillJar, Jar, LabelJar, fill_jar, label_jar
from tests.rows import append_of, once_of, row_of, service, stored
from web.database import Database


def hold_the_writer(
    journal: Journal, holder: psycopg.Connection[object], pool: ThreadPoolExecutor
) -> Future[list[int]]:
    """Keep the writer waiting for a claim, so that what follows gathers behind it."""
    future = pool.submit(journal.writer.append, claim_held_by(holder))
    wait_until_the_writer_waits(holder)
    return future


def claim_held_by(holder: psycopg.Connection[object]) -> Append:
    """Return an append that waits for a claim until the holder's rollback."""
    holder.execute("BEGIN")
    claim = ("test", uuid4().bytes * 2, uuid4(), uuid4())
    holder.execute(
        "INSERT INTO claims (kind, digest, digest_key_id, account_id)"
        " VALUES (%s, %s, %s, %s)",
        claim,
    )
    return Append([row_of()], inserts={"claims": [claim]})


def outcomes(
    journal: Journal, database: Database, appends: list[Append]
) -> list[Future[list[int]]]:
    """Have the appends committed as one batch; return what became of each."""
    with ThreadPoolExecutor(len(appends) + 1) as pool, service(database) as holder:
        hold_the_writer(journal, holder, pool)
        futures = [pool.submit(journal.writer.append, a) for a in appends]
        while journal.writer.gathering.waiting < len(appends):
            pass
        holder.rollback()
    return futures


def wait_until_the_writer_waits(connection: psycopg.Connection[object]) -> None:
    sql = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    )
    while connection.execute(sql).fetchone() == (0,):
        pass


def test_commands_that_wait_together_are_committed_in_one_transaction(
    journal: Journal, database: Database
) -> None:
    appends = [append_of() for _ in range(5)]
    positions = [f.result()[0] for f in outcomes(journal, database, appends)]
    assert len({position >> 20 for position in positions}) == 1
    assert len(set(positions)) == 5


def guilty_of_a_version(rows: list[Append]) -> Append:
    return append_of(row_of(version=3))


def guilty_of_a_claim(rows: list[Append]) -> Append:
    taken = ("test", b"taken" * 8, uuid4(), uuid4())
    rows[0].inserts["claims"] = [taken]
    return Append([row_of()], inserts={"claims": [taken]})


def guilty_of_a_destroyed_key(rows: list[Append]) -> Append:
    return append_of(row_of(sealed=b"sealed", sealed_key_id=uuid4()))


def guilty_of_a_repeated_command(rows: list[Append]) -> Append:
    first = rows[0].rows[0]
    rows[0].once = once_of(first)
    return Append([row_of()], once_of(first))


@pytest.mark.parametrize(
    ("guilt", "constraint"),
    [
        (guilty_of_a_version, None),
        (guilty_of_a_destroyed_key, "journal_sealed_with_key"),
    ],
)
def test_a_guilty_command_never_fails_its_neighbours(
    journal: Journal, database: Database, guilt: type, constraint: str | None
) -> None:
    good = [append_of() for _ in range(4)]
    guilty = guilt(good)
    found = outcomes(journal, database, [*good[:2], guilty, *good[2:]])
    trouble = found[2].exception()
    assert isinstance(trouble, psycopg.IntegrityError)
    assert trouble.diag.constraint_name == constraint
    assert all(future.result() for n, future in enumerate(found) if n != 2)
    assert all(stored(database, append.rows[0].stream_id) for append in good)
    assert stored(database, guilty.rows[0].stream_id) == []


@pytest.mark.parametrize("guilt", [guilty_of_a_claim, guilty_of_a_repeated_command])
def test_of_two_that_want_the_same_one_gets_it_and_the_rest_is_unharmed(
    journal: Journal, database: Database, guilt: type
) -> None:
    good = [append_of() for _ in range(3)]
    rival = guilt(good)
    found = outcomes(journal, database, [*good, rival])
    troubles = [future.exception() for future in found]
    assert [trouble is None for trouble in troubles].count(False) == 1
    assert troubles[1] is None
    assert troubles[2] is None
    kept = [bool(stored(database, a.rows[0].stream_id)) for a in [*good, rival]]
    assert kept == [trouble is None for trouble in troubles]


def test_two_appends_to_one_stream_never_share_a_batch(
    journal: Journal, database: Database
) -> None:
    stream = uuid4()
    appends = [append_of(row_of(stream, version)) for version in (1, 2, 3)]
    found = outcomes(journal, database, appends)
    done = [future for future in found if future.exception() is None]
    transactions = [future.result()[0] >> 20 for future in done]
    assert len(set(transactions)) == len(done) >= 1
    assert [row["version"] for row in stored(database, stream)] == [
        n + 1 for n in range(len(done))
    ]


def test_more_than_a_batch_holds_is_committed_in_several(
    journal: Journal, database: Database
) -> None:
    appends = [append_of() for _ in range(BATCH_MAX + 6)]
    found = outcomes(journal, database, appends)
    assert len({future.result()[0] >> 20 for future in found}) == 2


class Gone(Refusal):
    """Somebody used it before."""


def change_of(digest: bytes, account_id: UUID) -> Change:
    return Change(
        sql="UPDATE tokens SET used_at = now() WHERE account_id = %s AND digest = %s"
        " AND used_at IS NULL",
        params=(account_id, digest),
        refusal=Gone(),
    )


def test_a_change_that_hits_no_row_is_its_refusal_and_records_nothing(
    journal: Journal, database: Database
) -> None:
    token = (uuid4(), uuid4().bytes * 2, "mail", uuid4(), NOON, NOON)
    journal.writer.append(Append([row_of()], inserts={"tokens": [token]}))
    once, twice = (
        Append([row_of()], changes=[change_of(token[1], token[0])]) for _ in range(2)
    )
    assert journal.writer.append(once)
    with pytest.raises(Gone):
        journal.writer.append(twice)
    assert len(stored(database, once.rows[0].stream_id)) == 1
    assert stored(database, twice.rows[0].stream_id) == []


def test_sixteen_threads_in_conflict_all_get_their_beans_in(
    journal: Journal, database: Database
) -> None:
    jars = [LabelJar(account_id=uuid4(), jar_id=uuid4()) for _ in range(3)]
    for jar in jars:
        label_jar(journal, jar, context_at(NOON))

    def fill(number: int) -> None:
        jar = jars[number % 3]
        command = FillJar(account_id=jar.account_id, jar_id=jar.jar_id)
        fill_jar(journal, command, context_at(NOON))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(fill, range(150)))
    assert [journal.fresh(Jar, jar.jar_id).beans for jar in jars] == [50, 50, 50]


def test_a_journal_needs_no_thread_of_its_own(
    empty_journal: Journal, empty_database: Database
) -> None:
    before = set(threading.enumerate())
    append = append_of()
    assert empty_journal.writer.append(append)
    assert set(threading.enumerate()) <= before
    assert stored(empty_database, append.rows[0].stream_id)


def interrupted_while_the_writer_waits(
    journal: Journal, holder: psycopg.Connection[object], pool: ThreadPoolExecutor
) -> Future[None]:
    """Interrupt this thread, the main one, when it and two others wait; then go on."""

    def interrupt() -> None:
        while journal.writer.gathering.waiting < 2:
            pass
        wait_until_the_writer_waits(holder)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0.1)
        holder.rollback()

    return pool.submit(interrupt)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("leads", [True, False])
def test_who_is_interrupted_leaves_nobody_waiting(
    journal: Journal, database: Database, leads: bool
) -> None:
    mine, others = append_of(), [append_of() for _ in range(2 if leads else 1)]
    with ThreadPoolExecutor(4) as pool, service(database) as holder:
        if leads:
            mine = claim_held_by(holder)
        else:  # the next to lead
            hold_the_writer(journal, holder, pool)
        ahead = 0 if leads else 1
        found = [pool.submit(appended_behind, ahead, journal, a) for a in others]
        interrupted_while_the_writer_waits(journal, holder, pool)
        with pytest.raises(KeyboardInterrupt):
            journal.writer.append(mine)
    assert all(future.result() for future in found)
    assert journal.writer.append(append_of())
    assert len(stored(database, mine.rows[0].stream_id)) == 1


def appended_behind(ahead: int, journal: Journal, append: Append) -> list[int]:
    while not journal.writer.gathering.led or journal.writer.gathering.waiting < ahead:
        pass
    return journal.writer.append(append)


def test_the_connection_goes_back_when_the_journal_is_closed(
    empty_database: Database,
) -> None:
    connections = Connections(empty_database.service, size_max=1)
    connections.open()
    journal = Journal(connections, Vault(connections.for_account, bytes(32)))
    assert journal.writer.append(append_of())
    journal.close()
    with connections.for_account(uuid4()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    connections.close()


def test_a_closed_journal_takes_nothing_and_commits_what_it_took(
    empty_journal: Journal, empty_database: Database
) -> None:
    appends = [append_of() for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(empty_journal.writer.append, a) for a in appends]
        empty_journal.close()
    for append, future in zip(appends, found, strict=True):
        recorded = bool(stored(empty_database, append.rows[0].stream_id))
        assert recorded == (future.exception() is None)
    assert {type(f.exception()) for f in found} <= {Unreachable, type(None)}
    with pytest.raises(Unreachable):
        empty_journal.writer.append(append_of())


def test_a_connection_cut_in_a_batch_is_an_unknown_outcome_and_the_next_goes_on(
    journal: Journal, database: Database
) -> None:
    with ThreadPoolExecutor(2) as pool, service(database) as holder:
        cut = hold_the_writer(journal, holder, pool)
        later = pool.submit(journal.writer.append, append_of())
        holder.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted"
        )
        holder.rollback()
    assert isinstance(cut.exception(), OutcomeUnknown)
    assert later.result()
