"""What a sending domain records of what is found, and of what is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from ledger.domains import (
    LABEL_CHARACTERS,
    SECOND_LOOK,
    TERM,
    UNANSWERED_TERM,
    SendingDomain,
    is_second_look,
)
from tests.specification import Fact, fact, given
from tests.strategies import NOON

ANN, OTHER, DOMAIN = uuid4(), uuid4(), uuid4()
LABEL = "a" * LABEL_CHARACTERS
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
BOTH = ["dkim1", "dkim2"]


def added() -> SendingDomain:
    return SendingDomain.add(DOMAIN, ANN, "example.com", LABEL, NOON)


def verified(at: datetime = NOON) -> SendingDomain:
    it = added()
    it.find(at)
    return it


def degraded() -> SendingDomain:
    it = verified()
    it.miss(BOTH, NOON, NOON - SECOND_LOOK)
    return it


def failed() -> SendingDomain:
    it = added()
    it.miss(BOTH, NOON + TERM, None)
    return it


def gone(at: datetime, how: str, reason: str | None = None) -> Fact:
    more = {"how": how, "at": at, "reason": reason}
    return fact(SendingDomain.Transferred, contender_id=OTHER, **more)


def in_state(state: str) -> SendingDomain:
    makers = {"pending": added, "verified": verified, "degraded": degraded}
    it = {**makers, "failed": failed}[state]()
    assert it.state == state
    return it


def test_an_added_domain_waits_for_its_records() -> None:
    expected = fact(
        SendingDomain.Added,
        account_id=ANN,
        name="example.com",
        label=LABEL,
        at=NOON,
    )
    given(None).when(lambda _: added()).then(expected)
    assert (added().state, added().holds) == ("pending", False)


def test_only_a_degraded_domain_has_a_time_at_which_it_fails() -> None:
    assert degraded().fails_at == NOON + TERM
    for state in ("pending", "verified", "failed"):
        assert in_state(state).fails_at is None


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_found_records_verify_a_domain_that_had_none(state: str) -> None:
    given(in_state(state)).when(lambda d: d.find(NOON + TERM)).then(
        fact(SendingDomain.Verified, at=NOON + TERM)
    )


def test_found_records_are_no_news_of_a_verified_domain() -> None:
    given(verified()).when(lambda d: d.find(NOON + HOUR)).then()


def test_a_degraded_domain_recovers_once_its_records_are_found() -> None:
    it = degraded()
    given(it).when(lambda d: d.find(NOON + HOUR)).then(
        fact(SendingDomain.Recovered, at=NOON + HOUR)
    )
    assert (it.state, it.missing, it.since) == ("verified", [], NOON + HOUR)


def test_one_bad_answer_never_demotes() -> None:
    given(verified()).when(lambda d: d.miss(BOTH, NOON + HOUR, None)).then()


def test_a_second_bad_answer_demotes_once_it_is_far_enough_from_the_first() -> None:
    late = NOON + SECOND_LOOK
    given(verified()).when(lambda d: d.miss(BOTH, late - INSTANT, NOON)).then()
    given(verified()).when(lambda d: d.miss(["dkim2"], late, NOON)).then(
        fact(SendingDomain.Degraded, missing=["dkim2"], at=late)
    )
    assert is_second_look(late, NOON)
    assert not is_second_look(late, None)


def test_a_degraded_domain_still_holds_its_name_for_its_term() -> None:
    it = degraded()
    given(it).when(lambda d: d.miss(BOTH, NOON + TERM - INSTANT, NOON)).then()
    assert it.holds
    given(it).when(lambda d: d.miss(BOTH, NOON + TERM, NOON)).then(
        fact(SendingDomain.Failed, why="lost", at=NOON + TERM)
    )
    assert not it.holds


def test_a_new_domain_is_looked_for_as_long_and_then_fails() -> None:
    it = added()
    given(it).when(lambda d: d.miss(BOTH, NOON + TERM - INSTANT, NOON)).then()
    given(it).when(lambda d: d.miss(BOTH, NOON + TERM, NOON)).then(
        fact(SendingDomain.Failed, why="never_found", at=NOON + TERM)
    )


@pytest.mark.parametrize("state", ["verified", "degraded", "failed"])
def test_a_missing_answer_demotes_nothing_however_long_it_takes(state: str) -> None:
    late = NOON + 10 * UNANSWERED_TERM
    given(in_state(state)).when(lambda d: d.await_answer(late)).then()


def test_a_new_domain_whose_servers_never_answer_is_given_up() -> None:
    it, late = added(), NOON + UNANSWERED_TERM
    given(it).when(lambda d: d.await_answer(late - INSTANT)).then()
    given(it).when(lambda d: d.await_answer(late)).then(
        fact(SendingDomain.Failed, why="unanswered", at=late)
    )


def test_a_failed_domain_is_looked_for_anew_when_it_is_asked_for() -> None:
    late = NOON + 2 * TERM
    given(failed()).when(lambda d: d.resume(late)).then(
        fact(SendingDomain.Resumed, at=late)
    )
    given(failed()).when(lambda d: d.miss(BOTH, late, NOON)).then()


@pytest.mark.parametrize("state", ["pending", "verified", "degraded"])
def test_only_a_failed_domain_is_resumed(state: str) -> None:
    given(in_state(state)).when(lambda d: d.resume(NOON)).then()


@pytest.mark.parametrize("state", ["pending", "verified", "degraded", "failed"])
def test_a_domain_is_removed_from_any_state_once(state: str) -> None:
    it = in_state(state)
    given(it).when(lambda d: d.remove("withdrawn", NOON)).then(
        fact(SendingDomain.Removed, why="withdrawn", at=NOON)
    )
    given(it).when(lambda d: d.remove("closed", NOON)).then()
    assert not it.holds


def test_whoever_shows_the_records_of_a_held_name_opens_a_contest() -> None:
    it = added()
    given(it).when(lambda d: d.open_contest(OTHER, NOON)).then(
        fact(SendingDomain.ContestOpened, holder_id=OTHER, until=NOON + TERM, at=NOON)
    )
    assert it.contest == {"other_id": OTHER, "until": NOON + TERM}
    assert not it.holds


def test_a_holder_is_told_of_the_contest_and_may_let_the_name_go() -> None:
    it = verified()
    given(it).when(lambda d: d.meet_contest(OTHER, NOON)).then(
        fact(SendingDomain.Contested, contender_id=OTHER, until=NOON + TERM, at=NOON)
    )
    late = NOON + TERM
    given(it).when(lambda d: d.give_way(OTHER, late)).then(gone(late, "records"))
    assert (it.state, it.contest) == ("failed", None)


def test_staff_give_a_reason_for_letting_a_name_go() -> None:
    given(verified()).when(lambda d: d.give_way(OTHER, NOON, "a fax came")).then(
        gone(NOON, "staff", "a fax came")
    )


def test_a_contest_ends_once() -> None:
    it = added()
    it.open_contest(OTHER, NOON)
    given(it).when(lambda d: d.end_contest("withdrawn", NOON)).then(
        fact(SendingDomain.ContestEnded, outcome="withdrawn", at=NOON)
    )
    given(it).when(lambda d: d.end_contest("withdrawn", NOON)).then()


def test_a_name_that_became_free_ends_the_contest_for_it() -> None:
    it = added()
    it.open_contest(OTHER, NOON)
    given(it).when(lambda d: d.find(NOON + HOUR)).then(
        fact(SendingDomain.ContestEnded, outcome="released", at=NOON + HOUR),
        fact(SendingDomain.Verified, at=NOON + HOUR),
    )


def test_a_holder_that_recovers_stays_in_the_contest() -> None:
    it = degraded()
    it.meet_contest(OTHER, NOON)
    given(it).when(lambda d: d.find(NOON + HOUR)).then(
        fact(SendingDomain.Recovered, at=NOON + HOUR)
    )
    assert it.contest is not None
