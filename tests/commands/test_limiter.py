"""How often a thing may be tried: exact, by the clock, and never for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest

from commands import limiter
from commands.limiter import BUCKETS, DELAYS, ip_subject, seconds_to_wait
from ledger.journal import Journal
from ledger.refusals import TooManyAttempts
from tests.conftest import NOON
from web.database import Database

SECOND = timedelta(seconds=1)
PAIR = BUCKETS["sign_in_pair"]


def who() -> str:
    """Return a subject that nobody else in these tests is."""
    return uuid4().hex


def hit(journal: Journal, subject: str, after: timedelta = timedelta()) -> int:
    """Try as one machine against one account, so long after noon."""
    now = NOON + after
    return seconds_to_wait(journal.connections, journal.vault, PAIR, subject, now)


def fail(journal: Journal, subject: str, times: int) -> None:
    """Fail so many times in a row at noon."""
    for _ in range(times):
        limiter.failed(journal, NOON, "code", subject)


def test_of_24_at_once_exactly_so_many_go_through_as_the_bucket_holds(
    journal: Journal,
) -> None:
    subject, barrier = who(), Barrier(24)

    def together(_: int) -> int:
        barrier.wait()
        return hit(journal, subject)

    with ThreadPoolExecutor(24) as pool:
        waits = list(pool.map(together, range(24)))
    assert sorted(waits) == [0] * PAIR.hits_max + [300] * (24 - PAIR.hits_max)


def test_opposite_orders_of_the_same_buckets_never_wait_for_each_other(
    journal: Journal,
) -> None:
    asked = [(name, who()) for name in BUCKETS]
    barrier = Barrier(8)

    def together(number: int) -> None:
        barrier.wait()
        for _ in range(25):
            mine = asked if number % 2 else asked[::-1]
            with suppress(TooManyAttempts):
                limiter.require(journal, NOON, *mine)
            if number == 0:
                limiter.clear(journal, *mine[::-1])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(together, range(8))) == [None] * 8


def test_the_window_begins_with_the_first_hit_and_ends_on_the_instant(
    journal: Journal,
) -> None:
    subject, edge = who(), timedelta(seconds=PAIR.seconds)
    waits = [hit(journal, subject, number * SECOND) for number in range(6)]
    assert waits == [0] * 5 + [295]
    assert hit(journal, subject, edge - timedelta(microseconds=1)) == 1
    assert [hit(journal, subject, edge) for _ in range(6)] == [0] * 5 + [300]


def test_a_thousand_tries_more_do_not_make_the_wait_longer(journal: Journal) -> None:
    subject = who()
    waits = [hit(journal, subject) for _ in range(1_000)]
    assert waits[-1] == PAIR.seconds
    assert hit(journal, subject, timedelta(seconds=PAIR.seconds)) == 0


def test_a_clock_that_goes_back_forgets_no_hit_and_locks_nobody_longer(
    journal: Journal,
) -> None:
    subject, back = who(), timedelta(days=-400)
    for _ in range(PAIR.hits_max):
        assert hit(journal, subject) == 0
    assert hit(journal, subject, back) == PAIR.seconds
    assert hit(journal, subject, back + timedelta(seconds=PAIR.seconds)) == 0


def test_subjects_and_buckets_are_counted_apart(journal: Journal) -> None:
    subject = who()
    for _ in range(PAIR.hits_max):
        limiter.require(journal, NOON, ("sign_in_pair", subject))
    limiter.require(journal, NOON, ("sign_in_pair", who()), ("sign_in_ip", subject))
    with pytest.raises(TooManyAttempts):
        limiter.require(journal, NOON, ("sign_in_pair", subject))


def test_the_longest_wait_is_told_and_the_other_hits_count(journal: Journal) -> None:
    account, ip = who(), who()
    for _ in range(3):
        limiter.require(journal, NOON, ("mail_account", account))
    for _ in range(2):
        with pytest.raises(TooManyAttempts) as told:
            limiter.require(journal, NOON, ("mail_account", account), ("mail_ip", ip))
        assert told.value.retry_seconds == 3_600
    for _ in range(8):
        limiter.require(journal, NOON, ("mail_ip", ip))
    with pytest.raises(TooManyAttempts):
        limiter.require(journal, NOON, ("mail_ip", ip))


def test_the_same_bucket_asked_twice_at_once_counts_one_hit(journal: Journal) -> None:
    asked = ("code_minutes", who())
    for _ in range(5):
        limiter.require(journal, NOON, asked, asked)
    with pytest.raises(TooManyAttempts):
        limiter.require(journal, NOON, asked)


def test_a_success_clears_hits_and_failures_of_its_own_subject_only(
    journal: Journal,
) -> None:
    mine, yours = who(), who()
    for subject in (mine, yours):
        for _ in range(5):
            limiter.require(journal, NOON, ("sign_in_pair", subject))
        for _ in range(10):
            limiter.failed(journal, NOON, "sign_in_pair", subject)
    limiter.clear(journal, ("sign_in_pair", mine))
    limiter.require(journal, NOON, ("sign_in_pair", mine))
    limiter.require_calm(journal, NOON, "sign_in_pair", mine)
    with pytest.raises(TooManyAttempts):
        limiter.require(journal, NOON, ("sign_in_pair", yours))
    with pytest.raises(TooManyAttempts):
        limiter.require_calm(journal, NOON, "sign_in_pair", yours)


def test_nine_straight_failures_cost_no_wait(journal: Journal) -> None:
    subject = who()
    fail(journal, subject, 9)
    limiter.require_calm(journal, NOON, "code", subject)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(10, 60), (11, 120), (12, 240), (13, 480), (14, 900), (15, 900), (40, 900)],
)
def test_the_wait_after_straight_failures_grows_to_a_quarter_of_an_hour_and_ends(
    journal: Journal, failures: int, seconds: int
) -> None:
    subject = who()
    fail(journal, subject, failures)
    with pytest.raises(TooManyAttempts) as told:
        limiter.require_calm(journal, NOON, "code", subject)
    assert told.value.retry_seconds == seconds
    limiter.require_calm(journal, NOON + seconds * SECOND, "code", subject)


def test_straight_failures_at_once_are_all_counted(journal: Journal) -> None:
    subject, barrier = who(), Barrier(14)

    def together(_: int) -> None:
        barrier.wait()
        fail(journal, subject, 1)

    with ThreadPoolExecutor(14) as pool:
        list(pool.map(together, range(14)))
    with pytest.raises(TooManyAttempts) as told:
        limiter.require_calm(journal, NOON, "code", subject)
    assert told.value.retry_seconds == DELAYS[-1]


def test_a_clock_that_goes_back_makes_nobody_wait_beyond_the_longest_delay(
    journal: Journal,
) -> None:
    subject, back = who(), NOON - timedelta(days=400)
    fail(journal, subject, 10)
    with pytest.raises(TooManyAttempts) as told:
        limiter.require_calm(journal, back, "code", subject)
    assert told.value.retry_seconds == DELAYS[-1]
    limiter.require_calm(journal, back + DELAYS[-1] * SECOND, "code", subject)


def test_failures_a_day_apart_are_not_straight(journal: Journal) -> None:
    subject, later = who(), NOON + timedelta(days=1, seconds=1)
    fail(journal, subject, 9)
    limiter.failed(journal, later, "code", subject)
    limiter.require_calm(journal, later, "code", subject)


def test_a_sweep_takes_what_is_long_over_and_leaves_the_rest(
    empty_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "SWEPT_MAX", 3)
    for _ in range(5):
        hit(empty_journal, who())
    later = NOON + timedelta(days=1, seconds=PAIR.seconds)
    assert limiter.forget_old(empty_journal, later) == 0
    subject = who()
    for _ in range(PAIR.hits_max):
        hit(empty_journal, subject, later - NOON)
    passed = later + SECOND
    swept = [limiter.forget_old(empty_journal, passed) for _ in range(3)]
    assert swept == [3, 2, 0]
    assert hit(empty_journal, subject, passed - NOON) > 0


def test_no_address_and_no_bucket_wide_name_of_a_subject_lies_in_the_table(
    empty_database: Database, empty_journal: Journal
) -> None:
    address = "ann@example.com"
    asked = [(name, address) for name in ("mail_target", "mail_account", "mail_ip")]
    limiter.require(empty_journal, NOON, *asked)
    limiter.failed(empty_journal, NOON, "code", address)
    with psycopg.connect(empty_database.owner) as connection:
        rows = connection.execute("SELECT bucket, subject FROM attempt_limits")
        subjects = [bytes(subject) for _, subject in rows]
    assert len(set(subjects)) == 4
    assert {len(subject) for subject in subjects} == {16}
    assert not any(b"ann" in subject for subject in subjects)


@pytest.mark.parametrize(
    ("ip", "subject"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("", "unknown"),
        ("192.0.2.7, 10.0.0.1", "unknown"),
    ],
)
def test_an_ip_stands_for_itself_and_of_version_6_for_its_network(
    ip: str | None, subject: str
) -> None:
    assert ip_subject(ip) == subject


def test_neighbours_in_one_network_of_version_6_share_a_bucket() -> None:
    subjects = {ip_subject(f"2001:db8::{number:x}") for number in range(1, 100)}
    assert len(subjects) == 1


def test_one_machine_meets_its_own_limit_before_it_uses_up_the_accounts() -> None:
    walls = ("sign_in_pair", "sign_in_account", "sign_in_ip", "sign_in_all")
    found = [BUCKETS[name] for name in walls]
    assert len({bucket.seconds for bucket in found}) == 1
    most = [bucket.hits_max for bucket in found]
    assert most == sorted(set(most))


def test_no_wait_is_longer_than_a_day() -> None:
    assert all(0 < bucket.seconds <= 86_400 for bucket in BUCKETS.values())
    assert list(DELAYS) == sorted(DELAYS)
