"""Choosing the name that links carry: claimed once, targets for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from commands.closing import CloseAccount, close_account
from ledger.refusals import (
    AccountClosed,
    TooManyTrackingHosts,
    TrackingHostElsewhere,
    TrackingHostHeld,
    TrackingHostIsDomain,
    TrackingHostIsTaken,
)
from ledger.tracking_domains import HOSTS_MAX, TARGET_CHARACTERS
from tests.commands.linking import DAY, Linker
from tests.conftest import NOON, context_at
from web.wiring import Service


@pytest.fixture
def linker(service: Service) -> Linker:
    return Linker(service)


def targets(linker: Linker) -> list[str]:
    return [target for (target,) in linker.rows("SELECT target FROM tracking_targets")]


def test_a_host_gets_a_target_that_nobody_else_ever_has(linker: Linker) -> None:
    linker.choose("HTTPS://Links.Hollis.com/")
    assert linker.current.host == "links.hollis.com"
    assert targets(linker) == [linker.current.target]
    assert len(linker.current.target) == TARGET_CHARACTERS
    assert linker.used is None


def test_the_same_command_again_is_answered_from_the_record(linker: Linker) -> None:
    first = linker.choose(key="once")
    again = linker.choose(key="once")
    assert again.repeated
    assert again.ids == first.ids
    assert linker.choose().repeated
    assert len(targets(linker)) == 1


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("hollis.com", TrackingHostIsDomain),
        ("links.other.com", TrackingHostElsewhere),
        ("bounce.hollis.com", TrackingHostIsTaken),
    ],
)
def test_only_a_name_below_a_verified_domain_is_taken(
    linker: Linker, host: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        linker.choose(host)


def test_a_domain_that_is_not_verified_does_not_count(linker: Linker) -> None:
    linker.sender.add("bakery.com")
    with pytest.raises(TrackingHostElsewhere):
        linker.choose("links.bakery.com")


def test_a_host_is_claimed_and_stays_so_when_it_is_cleared(linker: Linker) -> None:
    linker.verified()
    linker.clear()
    linker.sender.remove(linker.domain_id)
    other = Linker(linker.service)
    with pytest.raises(TrackingHostHeld):
        other.choose()
    assert other.tracking.hosts == {}
    assert targets(other) == []


def test_two_accounts_at_once_one_gets_it(service: Service) -> None:
    # Both hold a name above it: the one the domain, the other a part of it.
    first, second = Linker(service), Linker(service, "eu.hollis.com")

    def choose(linker: Linker) -> bool:
        try:
            linker.choose("links.eu.hollis.com")
        except TrackingHostHeld:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(choose, (first, second))) == [False, True]


def test_taking_a_host_up_again_gives_it_its_target_of_before(linker: Linker) -> None:
    before = linker.verified()
    linker.choose("news.hollis.com", NOON + DAY)
    assert linker.current.target != before.target
    linker.choose(now=NOON + 2 * DAY)
    assert linker.current.target == before.target
    assert linker.used == "links.hollis.com"
    assert len(targets(linker)) == 2
    assert linker.due_at() == NOON + 2 * DAY


def test_clearing_is_no_news_where_there_is_nothing(linker: Linker) -> None:
    assert linker.clear().repeated
    linker.verified()
    assert not linker.clear().repeated
    assert linker.used is None


def test_an_account_has_only_so_many_hosts(linker: Linker) -> None:
    for number in range(HOSTS_MAX):
        linker.choose(f"h{number}.hollis.com")
    with pytest.raises(TooManyTrackingHosts):
        linker.choose("one-more.hollis.com")
    assert len(targets(linker)) == HOSTS_MAX


def test_a_closed_account_chooses_and_clears_nothing(linker: Linker) -> None:
    command = CloseAccount(account_id=linker.account_id)
    close_account(linker.journal, command, context_at(NOON))
    for act in (linker.choose, linker.clear):
        with pytest.raises(AccountClosed):
            act()


def test_no_row_has_the_host_in_clear(linker: Linker) -> None:
    linker.verified("secret-name.hollis.com")
    with linker.service.connections.for_account(linker.account_id) as connection:
        for table in ("claims", "tracking_targets", "watched_tracking", "journal"):
            rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()
            shown = "".join(row[0] for row in rows)
            assert "secret-name" not in shown
            assert b"secret-name".hex() not in shown
