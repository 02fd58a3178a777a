"""Who commits for whom, who is waited for, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from ledger.journal import Unreachable, gathering
from ledger.journal.gathering import BATCH_MAX, Gathering, Job
from tests.rows import append_of, row_of

MINUTE = 60.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody lose patience, so that who goes on was let go."""
    monkeypatch.setattr(gathering, "PATIENCE_SECONDS", MINUTE)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(BATCH_MAX) as crowd:
        yield crowd


def job() -> Job:
    return Job(append_of(row_of()))


def entered(gathered: Gathering, one: Job) -> Job:
    """Enter, and as the leader commit for all; return the job when it is done."""
    gathered.enter(one)
    if one.leads:
        jobs = gathered.batch(one)
        for each in jobs:
            each.positions = [len(jobs)]
        gathered.hand_on(jobs)
    return one


class Person:
    """A thread that comes, and then appends or leaves when it is told to."""

    def __init__(self, gathered: Gathering, pool: ThreadPoolExecutor) -> None:
        self._gathered = gathered
        self._told, self._came = Event(), Event()
        self._appends = False
        self._future: Future[Job | None] = pool.submit(self._live)
        assert self._came.wait(MINUTE)

    def appends(self) -> Person:
        self._appends = True
        self._told.set()
        return self

    def leaves(self) -> None:
        self._told.set()
        assert self._future.result() is None

    @property
    def shared(self) -> int:
        """With how many its append was committed."""
        done = self._future.result()
        assert done is not None
        return done.positions[0]

    def _live(self) -> Job | None:
        self._gathered.comes()
        self._came.set()
        assert self._told.wait(MINUTE)
        done = entered(self._gathered, job()) if self._appends else None
        self._gathered.leaves()
        return done


def wait_for(gathered: Gathering, count: int) -> None:
    while gathered.waiting < count:
        pass


def test_who_is_alone_leads_at_once() -> None:
    assert entered(Gathering(), job()).leads


def test_the_last_to_come_commits_for_all(pool: ThreadPoolExecutor) -> None:
    gathered = Gathering()
    people = [Person(gathered, pool) for _ in range(5)]
    for count, person in enumerate(people[:4], start=1):
        person.appends()
        wait_for(gathered, count)
    people[4].appends()
    assert [person.shared for person in people] == [5] * 5


def test_whoever_leaves_lets_those_go_on_that_wait(pool: ThreadPoolExecutor) -> None:
    gathered = Gathering()
    first, second = (Person(gathered, pool) for _ in range(2))
    first.appends()
    wait_for(gathered, 1)
    second.leaves()
    assert first.shared == 1


def test_a_whole_batch_waits_for_nobody(pool: ThreadPoolExecutor) -> None:
    gathered = Gathering()
    gathered.comes()
    people = [Person(gathered, pool).appends() for _ in range(BATCH_MAX)]
    wait_for(gathered, BATCH_MAX)
    assert entered(gathered, job()).positions == [BATCH_MAX]
    gathered.leaves()
    assert sorted(person.shared for person in people)[1:] == [BATCH_MAX] * 63


def test_who_stays_away_is_waited_for_once(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PATIENCE_SECONDS", 0.01)
    gathered = Gathering()
    late = Person(gathered, pool)
    assert entered(gathered, job()).positions == [1]
    monkeypatch.setattr(gathering, "PATIENCE_SECONDS", MINUTE)
    assert entered(gathered, job()).positions == [1]
    assert late.appends().shared == 1


def test_those_just_answered_are_expected_back(pool: ThreadPoolExecutor) -> None:
    gathered, leader, guard = Gathering(), job(), job()
    gathered.comes()
    gathered.enter(leader)
    behind = pool.submit(entered, gathered, guard)
    wait_for(gathered, 1)
    gathered.hand_on([leader])
    assert guard.guards
    assert not gathered.led
    assert entered(gathered, job()).positions == [2]
    assert behind.result().done


def test_who_was_answered_and_leaves_is_not_expected(pool: ThreadPoolExecutor) -> None:
    gathered, leader = Gathering(), job()
    gathered.comes()
    gathered.enter(leader)
    behind = pool.submit(entered, gathered, job())
    wait_for(gathered, 1)
    gathered.hand_on([leader])
    gathered.leaves()
    assert behind.result().positions == [1]


def test_what_waits_is_committed_before_the_end(pool: ThreadPoolExecutor) -> None:
    gathered = Gathering()
    first, second = (Person(gathered, pool) for _ in range(2))
    first.appends()
    wait_for(gathered, 1)
    closing = pool.submit(gathered.close)
    second.leaves()
    assert closing.result()
    assert first.shared == 1
    with pytest.raises(Unreachable):
        gathered.enter(job())
