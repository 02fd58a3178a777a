"""Whose word adopts a promoted standby, and what keeps it from being adopted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from ledger.journal import Journal, NotAdopted
from ledger.journal import witness as module
from ledger.journal.append import commit
from ledger.journal.positions import LEAP, adopt, check_adopted
from ledger.journal.witness import Witness
from tests.rows import append_of, auditor, service
from web.database import Database

PROMOTED = "UPDATE journal_epoch SET timeline = timeline - 1"
"""As if the server had been promoted since; its own timeline cannot be changed."""
ADOPTED = (
    "INSERT INTO journal_epoch SELECT epoch + 1, base, first_xid, timeline + 1,"
    " system_identifier, adopted_at, %s FROM journal_epoch"
)
MISSING = "something that a process was answered for is missing"


@pytest.fixture
def owner(empty_database: Database) -> Iterator[Connection[Any]]:
    with psycopg.connect(empty_database.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture
def there(empty_database: Database) -> Iterator[Connection[Any]]:
    with service(empty_database) as connection:
        yield connection


def one_that_appended(there: Connection[Any]) -> Witness:
    witness = Witness()
    witness.beat(there)
    remember_another(witness, there)
    return witness


def remember_another(witness: Witness, there: Connection[Any]) -> int:
    """Append one fact more, which the witness is answered for; return its position."""
    append = append_of()
    position = commit(there, [append])[0][0]
    witness.answered(position, append.rows[0].command_id)
    return position


def fail_over(owner: Connection[Any], synchronous: bool = True) -> None:
    owner.execute("UPDATE journal_witnesses SET synchronous = %s", (synchronous,))
    owner.execute(PROMOTED)


def epochs(owner: Connection[Any]) -> list[tuple[int, bool]]:
    return owner.execute(
        "SELECT epoch, vouched FROM journal_epoch ORDER BY epoch"
    ).fetchall()


def test_the_word_of_the_only_one_that_appended_adopts_the_server(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    witness = one_that_appended(there)
    before = remember_another(witness, there)
    fail_over(owner)
    assert witness.vouch(there) is None
    assert check_adopted(there).epoch == 2
    assert epochs(owner) == [(1, False), (2, True)]
    assert (commit(there, [append_of()])[0][0] - before) >> 20 >= LEAP


def test_who_appended_nothing_vouches_for_nothing(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    one_that_appended(there)
    fail_over(owner)
    assert "nothing that it could vouch for" in str(Witness().vouch(there))
    assert epochs(owner) == [(1, False)]


def test_nobody_is_believed_who_is_not_known_there(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    one_that_appended(there)
    fail_over(owner)
    row = there.execute(module.VOUCH_SQL, (uuid4(), 1, 1, [], [])).fetchone()
    assert row == (MISSING, True)
    assert epochs(owner) == [(1, False)]


def test_the_server_waits_for_the_word_of_all_who_appended_lately(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    one, other = one_that_appended(there), one_that_appended(there)
    fail_over(owner)
    assert "have yet to vouch" in str(one.vouch(there))
    assert other.vouch(there) is None


def test_who_was_silent_for_long_is_not_waited_for(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    one_that_appended(there)
    owner.execute("UPDATE journal_witnesses SET beaten_at = now() - interval '61 s'")
    one = one_that_appended(there)
    fail_over(owner)
    assert one.vouch(there) is None


def test_who_left_is_not_waited_for(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    one, other = one_that_appended(there), one_that_appended(there)
    other.leave(there)
    fail_over(owner)
    assert one.vouch(there) is None


def test_leaving_takes_no_word_back(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    one, other = one_that_appended(there), one_that_appended(there)
    other.answered(1, uuid4())
    fail_over(owner)
    assert other.vouch(there) == MISSING
    other.leave(there)
    assert one.vouch(there) == MISSING


@pytest.mark.parametrize(
    "loss",
    [
        "UPDATE journal_witnesses SET beat = beat - 1",
        "DELETE FROM journal_witnesses",
        "UPDATE journal_witnesses SET epoch = epoch - 1",
    ],
)
def test_a_lost_beat_keeps_the_server_from_being_adopted(
    owner: Connection[Any], there: Connection[Any], loss: str
) -> None:
    witness = one_that_appended(there)
    fail_over(owner)
    owner.execute(loss.encode())
    assert witness.vouch(there) == MISSING
    assert epochs(owner) == [(1, False)]


@pytest.mark.parametrize("part", ["position", "command"])
def test_another_fact_in_the_place_of_the_newest_does_not_match(
    owner: Connection[Any], there: Connection[Any], part: str
) -> None:
    witness = one_that_appended(there)
    append = append_of()
    position = commit(there, [append])[0][0]
    if part == "position":
        witness.answered(position + 1, append.rows[0].command_id)
    else:
        witness.answered(position, uuid4())
    fail_over(owner)
    assert witness.vouch(there) == MISSING


def test_what_one_lacks_nobody_else_may_overlook(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    one, other = one_that_appended(there), one_that_appended(there)
    other.answered(1, uuid4())
    fail_over(owner)
    assert other.vouch(there) == MISSING
    assert one.vouch(there) == MISSING


def test_without_a_synchronous_standby_nobody_vouches(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    witness = one_that_appended(there)
    fail_over(owner, synchronous=False)
    assert "did not wait" in str(witness.vouch(there))
    assert epochs(owner) == [(1, False)]


@pytest.mark.parametrize(
    "change", ["system_identifier = system_identifier + 1", "timeline = timeline + 2"]
)
def test_another_server_or_an_older_timeline_is_never_vouched_for(
    owner: Connection[Any], there: Connection[Any], change: str
) -> None:
    witness = one_that_appended(there)
    fail_over(owner)
    owner.execute(f"UPDATE journal_epoch SET {change}".encode())
    assert "no promoted standby" in str(witness.vouch(there))
    assert epochs(owner) == [(1, False)]


def test_a_beat_covers_what_was_answered_before_it(
    owner: Connection[Any], there: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = one_that_appended(there)
    witness.answered(1, uuid4())
    monkeypatch.setattr(module, "BEAT_SECONDS", -1.0)
    witness.beat(there)
    fail_over(owner)
    assert witness.vouch(there) is None


def test_a_young_beat_is_not_repeated(there: Connection[Any]) -> None:
    witness = one_that_appended(there)
    witness.beat(there)
    assert not witness.due
    assert there.execute("SELECT beat FROM journal_witnesses").fetchall() == [(1,)]


def test_a_process_is_known_before_it_appends(
    empty_journal: Journal, empty_database: Database
) -> None:
    empty_journal.writer.append(append_of())
    with auditor(empty_database) as connection:
        rows = connection.execute(
            "SELECT epoch, beat, synchronous, lacking FROM journal_witnesses"
        ).fetchall()
    assert rows == [(1, 1, False, False)]


def test_what_was_adopted_by_hand_is_not_doubted(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    witness = one_that_appended(there)
    witness.answered(1, uuid4())
    fail_over(owner)
    assert witness.vouch(there) == MISSING
    assert adopt(owner) is not None
    witness.settle(there, 2)
    witness.beat(there)
    assert witness.vouch(there) is None


def test_who_comes_late_and_misses_something_appends_no_more(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    late = one_that_appended(there)
    late.answered(1, uuid4())
    owner.execute(ADOPTED, (True,))
    with pytest.raises(NotAdopted, match="lacks something"):
        late.settle(there, 2)


def test_who_comes_late_and_misses_nothing_goes_on(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    late = one_that_appended(there)
    owner.execute(ADOPTED, (True,))
    late.settle(there, 2)
    assert not late.registered
    assert late.due


def test_who_vouched_for_another_server_appends_to_the_old_one_no_more(
    owner: Connection[Any], there: Connection[Any]
) -> None:
    witness, _other = one_that_appended(there), one_that_appended(there)
    fail_over(owner)
    assert "have yet to vouch" in str(witness.vouch(there))
    with pytest.raises(NotAdopted, match="vouched for another server"):
        witness.settle(there, 1)


def test_the_auditor_vouches_for_nothing(empty_database: Database) -> None:
    with (
        auditor(empty_database) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(module.VOUCH_SQL, (uuid4(), 1, 1, [], []))
