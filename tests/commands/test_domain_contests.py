"""One holder a name: who is first, who may take it over, and how he is told."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from commands.domain_contests import TransferDomain, transfer_domain
from commands.domain_names import holder_of
from ledger.domains import TERM
from ledger.journal import Journal
from ledger.refusals import NoSuchDomain, NotContested, TextRefused
from tests.commands.sending import Sender, new_name
from tests.commands.signed import topics
from tests.conftest import context_at

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
LOCKED_SQL = "SELECT FROM watched_domains WHERE account_id = ANY(%s) FOR UPDATE"
WAITING_SQL = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' AND query LIKE 'UPDATE watched_domains%'"
)


class Two:
    """Ann holds a name, and Bob publishes his records for it."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.name = new_name()
        self.ann, self.bob = Sender(journal), Sender(journal)
        self.hers = self.ann.verified(self.name)
        self.his = self.bob.add(self.name)
        self.bob.look(self.his)

    def after(self, step: timedelta) -> None:
        """The worker looks at both: his records are there, and hers are not."""
        self.ann.now = self.bob.now = self.ann.now + step
        self.ann.look(self.hers, "missing")
        self.bob.look(self.his)

    @property
    def states(self) -> tuple[str, str]:
        return self.ann.domain(self.hers).state, self.bob.domain(self.his).state


@pytest.fixture
def two(journal: Journal) -> Two:
    return Two(journal)


def waiting(journal: Journal, count: int) -> None:
    """Wait until so many stand before a lock."""
    for _ in range(200):
        with journal.connections.for_account(UUID(int=0)) as connection:
            row = connection.execute(WAITING_SQL).fetchone()
        if row == (count,):
            return
        time.sleep(0.02)
    pytest.fail("they never met")


def test_two_accounts_that_verify_one_name_at_once_have_one_winner(
    journal: Journal,
) -> None:
    name = new_name()
    both = [Sender(journal), Sender(journal)]
    ids = [sender.add(name) for sender in both]
    accounts = [sender.account_id for sender in both]
    with ThreadPoolExecutor(2) as pool:
        # Both have decided that nobody holds the name before either can say so.
        with journal.connections.direct() as barrier:
            barrier.autocommit = False
            barrier.execute(LOCKED_SQL, (accounts,))
            asked = [pool.submit(s.look, i) for s, i in zip(both, ids, strict=True)]
            waiting(journal, 2)
        states = sorted(one.result(timeout=30).state for one in asked)
    assert states == ["pending", "verified"]
    holder = holder_of(journal, name)
    assert holder is not None
    loser = both[1 - accounts.index(holder.account_id)]
    assert topics(journal, holder.account_id)[-1] == "domains.Contested"
    assert topics(journal, loser.account_id)[-1] == "domains.ContestOpened"


def test_a_name_that_is_held_is_contested_and_its_holder_told(two: Two) -> None:
    assert two.states == ("verified", "pending")
    hers, his = two.ann.domain(two.hers), two.bob.domain(two.his)
    assert hers.contest == {"other_id": two.his, "until": two.ann.now + TERM}
    assert his.contest == {"other_id": two.hers, "until": two.ann.now + TERM}


def test_a_contested_holder_is_looked_at_at_once(two: Two) -> None:
    with two.journal.connections.for_account(two.ann.account_id) as connection:
        row = connection.execute(
            "SELECT due_at FROM watched_domains WHERE domain_id = %s", (two.hers,)
        ).fetchone()
    assert row == (two.ann.now,)


def test_the_name_goes_over_after_three_days_without_the_holders_records(
    two: Two,
) -> None:
    two.after(QUARTER)
    two.after(QUARTER)
    assert two.states == ("degraded", "pending")
    for _ in range(71):
        two.after(HOUR)
        assert two.states == ("degraded", "pending")
    two.bob.now = two.bob.now + HOUR
    two.bob.look(two.his)
    assert two.states == ("failed", "verified")
    assert topics(two.journal, two.ann.account_id)[-1] == "domains.Transferred"
    assert topics(two.journal, two.bob.account_id)[-2:] == [
        "domains.ContestEnded",
        "domains.Verified",
    ]


def test_a_holder_whose_own_time_is_up_first_lets_the_contender_in(two: Two) -> None:
    two.after(QUARTER)
    two.after(QUARTER)
    two.ann.now += TERM
    two.ann.look(two.hers, "missing")
    assert two.ann.domain(two.hers).contest is None
    two.bob.now += HOUR
    two.bob.look(two.his)
    assert two.states == ("failed", "verified")
    assert two.bob.domain(two.his).contest is None


def test_a_holder_whose_records_are_found_too_keeps_the_name(two: Two) -> None:
    two.ann.now = two.bob.now = two.ann.now + 2 * TERM
    two.ann.look(two.hers)
    two.bob.look(two.his)
    assert two.states == ("verified", "pending")
    assert two.bob.domain(two.his).contest is not None


def test_a_contender_whose_records_go_again_is_heard_no_more(two: Two) -> None:
    two.bob.looks(two.his, "missing", QUARTER)
    assert two.bob.domain(two.his).contest is not None
    two.bob.looks(two.his, "missing", QUARTER)
    assert two.bob.domain(two.his).contest is None
    assert two.ann.domain(two.hers).contest is None
    assert topics(two.journal, two.ann.account_id)[-1] == "domains.ContestEnded"


def test_a_third_waits_until_the_contest_of_the_second_is_over(two: Two) -> None:
    cat = Sender(two.journal)
    its = cat.add(two.name)
    assert cat.looks(its, "found", HOUR) == "pending"
    assert cat.domain(its).contest is None
    two.bob.looks(two.his, "missing", QUARTER, QUARTER)
    cat.looks(its, "found", HOUR)
    contest = two.ann.domain(two.hers).contest
    assert contest is not None
    assert contest["other_id"] == its


def test_a_holder_who_removes_the_domain_lets_the_contender_in(two: Two) -> None:
    two.ann.remove(two.hers)
    assert two.bob.looks(two.his, "found", HOUR) == "verified"


def test_a_failed_domain_whose_records_are_found_contests_the_name(two: Two) -> None:
    cat, name = Sender(two.journal), new_name()
    its = cat.add(name)
    assert cat.looks(its, "missing", TERM) == "failed"
    two.ann.verified(name)
    assert cat.looks(its, "found", HOUR) == "pending"
    assert cat.domain(its).contest is not None


def test_a_sub_domain_is_a_name_of_its_own(two: Two) -> None:
    cat = Sender(two.journal)
    cat.verified(f"news.{two.name}")
    assert two.states == ("verified", "pending")


def test_staff_give_a_contested_name_away_with_a_reason(two: Two) -> None:
    command = TransferDomain(
        account_id=two.bob.account_id, domain_id=two.his, reason="register"
    )
    transfer_domain(two.journal, command, context_at(two.ann.now))
    assert two.states == ("failed", "verified")
    holder = holder_of(two.journal, two.name)
    assert holder is not None
    assert holder.domain_id == two.his
    with pytest.raises(NotContested):
        transfer_domain(two.journal, command, context_at(two.ann.now))


def test_the_order_of_refusals_when_a_name_is_given_away(two: Two) -> None:
    def give(domain_id: UUID, reason: str) -> None:
        command = TransferDomain(
            account_id=two.bob.account_id, domain_id=domain_id, reason=reason
        )
        transfer_domain(two.journal, command, context_at(two.ann.now))

    with pytest.raises(NoSuchDomain):
        give(two.hers, "")
    with pytest.raises(NotContested):
        give(two.bob.add(new_name()), "")
    with pytest.raises(TextRefused):
        give(two.his, " ")
    two.ann.remove(two.hers)
    with pytest.raises(NotContested):
        give(two.his, "register")
