"""Facts and what is written beside them: one transaction or nothing."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.journal.append import Append, commit
from tests.conftest import NOON
from tests.rows import once_of, row_of, service, stored
from web.database import Database


def claim_of(account_id: UUID, digest: bytes) -> tuple[object, ...]:
    return ("email", digest, uuid4(), account_id)


def counted(database: Database, table: str, account_id: UUID) -> int:
    with service(database) as connection:
        row = connection.execute(
            f"SELECT count(*) FROM {table} WHERE account_id = %s", (account_id,)
        ).fetchone()
    assert row is not None
    return int(row[0])


def full_append(account_id: UUID, digest: bytes) -> Append:
    row = row_of(account_id=account_id)
    return Append(
        [row, row_of(row.stream_id, 2, account_id=account_id)],
        once_of(row),
        {
            "claims": [claim_of(account_id, digest)],
            "directory": [("order", str(uuid4()), account_id, row.stream_id)],
            "tokens": [
                (account_id, uuid4().bytes * 2, "mail", row.stream_id, NOON, NOON)
            ],
            "secrets": [(account_id, uuid4(), "password", b"x", uuid4())],
        },
    )


def test_everything_of_an_append_is_there_after_it(database: Database) -> None:
    account = uuid4()
    append = full_append(account, account.bytes * 2)
    with service(database) as connection:
        commit(connection, [append])
    for table in ("journal_commands", "claims", "directory", "tokens", "secrets"):
        assert counted(database, table, account) == 1
    assert len(stored(database, append.rows[0].stream_id)) == 2


def test_nothing_of_an_append_is_there_when_its_claim_is_taken(
    database: Database,
) -> None:
    holder, loser = uuid4(), uuid4()
    with service(database) as connection:
        commit(connection, [full_append(holder, holder.bytes * 2)])
        append = full_append(loser, holder.bytes * 2)
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            commit(connection, [append])
    assert caught.value.diag.constraint_name == "claims_one_holder"
    for table in ("journal_commands", "claims", "directory", "tokens", "secrets"):
        assert counted(database, table, loser) == 0
    assert stored(database, append.rows[0].stream_id) == []


def test_a_commands_row_names_the_position_of_its_last_fact(
    database: Database,
) -> None:
    appends = [full_append(uuid4(), uuid4().bytes * 2) for _ in range(3)]
    with service(database) as connection:
        found = commit(connection, appends)
        for append, positions in zip(appends, found, strict=True):
            row = connection.execute(
                "SELECT position FROM journal_commands WHERE command_id = %s",
                (append.rows[0].command_id,),
            ).fetchone()
            assert row == (positions[-1],)


def test_a_key_destroyed_before_the_append_is_refused_by_name(
    database: Database,
) -> None:
    rows = {
        "journal_sealed_with_key": row_of(sealed=b"x", sealed_key_id=uuid4()),
        "journal_origin_with_key": row_of(origin=b"x", origin_key_id=uuid4()),
    }
    with service(database) as connection:
        for constraint, row in rows.items():
            with pytest.raises(psycopg.errors.CheckViolation) as caught:
                commit(connection, [Append([row])])
            assert caught.value.diag.constraint_name == constraint
