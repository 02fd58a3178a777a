"""A tracking domain: chosen, verified, lost, cleared, and its hosts for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.tracking_domains import (
    HOSTS_MAX,
    SECOND_LOOK,
    Outcome,
    TrackingDomain,
)
from ledger.tracking_refusals import NoTrackingDomain, TooManyTrackingHosts
from tests.specification import fact, given, replayed
from tests.strategies import NOON

ANN = UUID(int=1)
FIRST, SECOND = UUID(int=11), UUID(int=12)
LINKS, NEWS = "links.hollis.com", "news.hollis.com"
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


def target(number: int) -> str:
    return str(number).rjust(26, "k")


def opened() -> TrackingDomain:
    return TrackingDomain(account_id=ANN)


def chosen() -> TrackingDomain:
    it = opened()
    it.choose(FIRST, LINKS, target(1), NOON)
    return it


def look(
    it: TrackingDomain,
    outcome: Outcome = "found",
    now: datetime = NOON,
    *,
    host_id: UUID = FIRST,
    allowed: bool = True,
    missed_since: datetime | None = None,
) -> None:
    it.look(host_id, outcome, now, allowed=allowed, missed_since=missed_since)


def verified() -> TrackingDomain:
    it = chosen()
    look(it)
    return it


def state(it: TrackingDomain, host_id: UUID = FIRST) -> str:
    return it.hosts[host_id].state


def test_there_is_one_stream_for_an_account() -> None:
    assert opened().id == TrackingDomain.create_id(ANN)
    assert opened().current is opened().used is None
    with pytest.raises(NoTrackingDomain):
        opened().require_current()


def test_a_new_host_gets_a_target_and_is_not_used_yet() -> None:
    given(opened()).when(lambda t: t.choose(FIRST, LINKS, target(1), NOON)).then(
        fact(
            TrackingDomain.TargetIssued,
            host_id=FIRST,
            host=LINKS,
            target=target(1),
            at=NOON,
        ),
        fact(TrackingDomain.Chosen, host_id=FIRST, at=NOON),
    )
    assert chosen().require_current().state == "pending"
    assert chosen().used is None


def test_choosing_the_same_host_again_is_no_news() -> None:
    given(verified()).when(lambda t: t.choose(SECOND, LINKS, target(2), NOON)).then()


def test_another_host_takes_its_place() -> None:
    given(verified()).when(lambda t: t.choose(SECOND, NEWS, target(2), NOON)).then(
        fact(TrackingDomain.Cleared, host_id=FIRST, at=NOON),
        fact(
            TrackingDomain.TargetIssued,
            host_id=SECOND,
            host=NEWS,
            target=target(2),
            at=NOON,
        ),
        fact(TrackingDomain.Chosen, host_id=SECOND, at=NOON),
    )


def test_a_host_of_before_has_its_target_of_before() -> None:
    it = verified()
    it.clear(NOON + DAY)
    assert it.choose(SECOND, LINKS, target(2), NOON + 2 * DAY) == FIRST
    assert it.require_current().target == target(1)
    assert it.used is not None


def test_it_is_used_once_its_record_is_found() -> None:
    given(chosen()).when(look).then(
        fact(TrackingDomain.Verified, host_id=FIRST, at=NOON)
    )
    used = verified().used
    assert used is not None
    assert used.host == LINKS


@pytest.mark.parametrize("outcome", ["missing", "unclear"])
def test_what_is_not_found_is_not_used(outcome: Any) -> None:
    given(chosen()).when(lambda t: look(t, outcome)).then()


def test_without_a_verified_domain_above_it_is_not_used() -> None:
    given(chosen()).when(lambda t: look(t, allowed=False)).then()
    given(verified()).when(lambda t: look(t, "unclear", allowed=False)).then(
        fact(TrackingDomain.Lost, host_id=FIRST, why="domain", at=NOON)
    )


@pytest.mark.parametrize(
    ("missed_since", "lost"),
    [(None, False), (NOON - SECOND_LOOK + INSTANT, False), (NOON - SECOND_LOOK, True)],
)
def test_one_bad_answer_takes_nothing_back_and_a_second_one_does(
    missed_since: datetime | None, lost: bool
) -> None:
    it = verified()
    look(it, "missing", missed_since=missed_since)
    assert (state(it) == "lost") is lost
    assert (it.used is None) is lost


def test_nobody_knowing_takes_nothing_back_however_long() -> None:
    given(verified()).when(lambda t: look(t, "unclear", missed_since=NOON - DAY)).then()


def test_a_lost_host_is_used_again_once_it_is_back() -> None:
    it = verified()
    look(it, "missing", NOON + DAY, missed_since=NOON)
    look(it, "found", NOON + 2 * DAY)
    assert it.used is not None


def test_clearing_leaves_the_host_with_the_account() -> None:
    given(verified()).when(lambda t: t.clear(NOON)).then(
        fact(TrackingDomain.Cleared, host_id=FIRST, at=NOON)
    )
    given(opened()).when(lambda t: t.clear(NOON)).then()
    it = verified()
    it.clear(NOON)
    assert it.used is None
    assert it.named(LINKS) == it.hosts[FIRST]
    assert state(it) == "verified"


def test_a_released_host_is_nobodys() -> None:
    it = verified()
    given(it).when(lambda t: t.release(NOON)).then(
        fact(TrackingDomain.Cleared, host_id=FIRST, at=NOON),
        fact(TrackingDomain.Released, host_id=FIRST, at=NOON),
    )
    assert it.named(LINKS) is None
    given(it).when(look).then()
    given(it).when(lambda t: t.release(NOON)).then()


def test_there_is_an_end_to_new_hosts_but_not_to_old_ones() -> None:
    it = opened()
    for number in range(HOSTS_MAX):
        it.choose(UUID(int=number), f"h{number}.hollis.com", target(number), NOON)
    given(it).when(lambda t: t.choose(SECOND, NEWS, target(99), NOON)).then_refused(
        TooManyTrackingHosts, hosts_max=HOSTS_MAX
    )
    assert it.choose(SECOND, "h0.hollis.com", target(99), NOON) == UUID(int=0)


LOOKS = st.tuples(
    st.sampled_from(["found", "missing", "unclear"]), st.sampled_from([FIRST, SECOND])
)
DEEDS = st.one_of(LOOKS, st.sampled_from([LINKS, NEWS, "clear", "release"]))


@settings(max_examples=300, deadline=None)
@hypothesis_given(st.lists(st.tuples(DEEDS, st.booleans(), st.booleans()), max_size=12))
def test_whatever_happens_links_carry_what_was_found_last_or_missed_once(
    history: list[tuple[Any, bool, bool]],
) -> None:
    it, seen = opened(), dict.fromkeys((FIRST, SECOND), False)
    for deed, allowed, again in history:
        if deed in (LINKS, NEWS):
            number = 1 + (deed == NEWS)
            it.choose(UUID(int=10 + number), deed, target(number), NOON)
        elif deed in ("clear", "release"):
            getattr(it, deed)(NOON)
        elif deed[1] in it.hosts:
            since = NOON - SECOND_LOOK if again else None
            look(it, deed[0], host_id=deed[1], allowed=allowed, missed_since=since)
            gone = not allowed or (deed[0] == "missing" and again)
            seen[deed[1]] = not gone and (deed[0] == "found" or seen[deed[1]])
        verified = {one for one in it.hosts if state(it, one) == "verified"}
        assert verified <= {host_id for host_id, is_seen in seen.items() if is_seen}
        assert it.used is None or it.used.host_id in verified
    if it.pending_events:
        assert vars(replayed(it.pending_events))["hosts"] == it.hosts
