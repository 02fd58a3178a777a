"""A failover: adopted by itself only if nothing that was acknowledged is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ledger.journal import Journal, NotAdopted, OutcomeUnknown, Unreachable
from ledger.journal.positions import LEAP
from ledger.journal.verify import verify_chain
from tests.conftest import journal_on
from tests.faults.standbys import PATIENCE_SECONDS, group, until
from tests.places import roomy_folder
from tests.rows import append_of, auditor
from web.database import Database, migrate

SYNCHRONOUS = {"synchronous_standby_names": "one"}
EITHER = {"synchronous_standby_names": "ANY 1 (one, two)"}
opened = contextmanager(journal_on)


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


class Appender(threading.Thread):
    """Appends without end, and remembers what it was answered for."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal
        self.positions: list[int] = []
        self.stopped = False
        self.start()

    def run(self) -> None:
        while not self.stopped:
            try:
                self.positions += self.journal.writer.append(append_of())
            except (NotAdopted, OutcomeUnknown, Unreachable):
                time.sleep(0.02)

    def has_appended(self, more_than: int) -> bool:
        return len(self.positions) > more_than

    def stop(self) -> list[int]:
        self.stopped = True
        self.join()
        return self.positions


def append_some(journal: Journal, count: int) -> list[int]:
    return [journal.writer.append(append_of())[0] for _ in range(count)]


def append_once_it_works(journal: Journal) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(NotAdopted, OutcomeUnknown, Unreachable):
            return append_some(journal, 1)[0]
        time.sleep(0.02)
    raise AssertionError


def refusal(journal: Journal) -> str:
    """Append until the answer comes from a server; return why that one refuses."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            append_some(journal, 1)
        except NotAdopted as trouble:
            return str(trouble)
        except (OutcomeUnknown, Unreachable):
            time.sleep(0.02)
    raise AssertionError


def is_told_that_something_is_missing(journal: Journal) -> bool:
    return "is missing" in refusal(journal)


def recorded(database: Database) -> list[int]:
    with auditor(database) as connection:
        assert list(verify_chain(connection)) == []
        rows = connection.execute("SELECT position FROM journal ORDER BY 1").fetchall()
    return [position for (position,) in rows]


def epochs(database: Database) -> list[tuple[int, int, bool]]:
    with auditor(database) as connection:
        return connection.execute(
            "SELECT epoch, timeline, vouched FROM journal_epoch ORDER BY epoch"
        ).fetchall()


def test_appending_goes_on_by_itself_on_a_synchronous_standby(folder: Path) -> None:
    with group(folder, ("one",), SYNCHRONOUS) as (servers, database):
        with opened(database) as journal:
            appender = Appender(journal)
            until(appender.has_appended, 50)
            servers.kill_primary()
            servers.standbys[0].promote()
            before = len(appender.positions)
            until(appender.has_appended, before + 50)
            answered = appender.stop()
        assert answered == sorted(set(answered))
        assert answered[before] - answered[before - 1] >= LEAP << 20
        assert set(answered) <= set(recorded(database))
        assert epochs(database) == [(1, 1, False), (2, 2, True)]


def test_a_process_that_is_idle_gives_its_word_unasked(folder: Path) -> None:
    with group(folder, ("one",), SYNCHRONOUS) as (servers, database):
        with opened(database) as idle, opened(database) as busy:
            before = append_some(idle, 3) + append_some(busy, 3)
            servers.kill_primary()
            servers.standbys[0].promote()
            after = append_once_it_works(busy)
            later = append_once_it_works(idle)
        assert recorded(database) == [*before, after, later]
        assert epochs(database) == [(1, 1, False), (2, 2, True)]


def test_a_standby_that_was_not_waited_for_is_adopted_by_hand_alone(
    folder: Path,
) -> None:
    with group(folder, ("one",), {}) as (servers, database):
        with opened(database) as journal:
            kept = append_some(journal, 3)
            until(servers.standbys[0].has, kept)
            servers.kill_primary()
            servers.standbys[0].promote()
            assert "did not wait for a synchronous standby" in refusal(journal)
            assert migrate(database.owner) == ["epoch 2 adopted"]
            after = append_once_it_works(journal)
        assert recorded(database) == [*kept, after]
        assert epochs(database) == [(1, 1, False), (2, 2, False)]


def test_a_standby_that_lost_what_one_process_was_answered_for_is_refused_to_all(
    folder: Path,
) -> None:
    with group(folder, ("one", "two"), EITHER) as (servers, database):
        one, two = servers.standbys
        with opened(database) as loser, opened(database) as other:
            kept = append_some(other, 3) + append_some(loser, 3)
            until(two.has, kept)
            two.stop()
            lost = append_some(loser, 5)
            servers.kill_primary()
            one.stop()
            two.start()
            two.promote()
            assert "is missing" in refusal(loser)
            until(is_told_that_something_is_missing, other)
            assert migrate(database.owner) == ["epoch 2 adopted"]
            after = [append_once_it_works(loser), append_once_it_works(other)]
        assert min(after) > max(lost)
        assert recorded(database) == [*kept, *after]
        assert epochs(database) == [(1, 1, False), (2, 2, False)]


def test_where_nobody_is_left_to_vouch_a_process_that_just_started_does_not(
    folder: Path,
) -> None:
    with group(folder, ("one",), SYNCHRONOUS) as (servers, database):
        with opened(database) as journal:
            kept = append_some(journal, 3)
        servers.kill_primary()
        servers.standbys[0].promote()
        with opened(database) as journal:
            assert "nothing that it could vouch for" in refusal(journal)
        assert recorded(database) == kept
        assert epochs(database) == [(1, 1, False)]
