"""What one row's lock decides: epochs, sessions that still stand, disabled accounts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.guards import at_epoch, disabled_row, raised_epoch, while_signed_in
from commands.live_sessions import live_session
from commands.owners import profile_of
from commands.session_ends import EndSession, end_session
from ledger.journal import (
    Change,
    Contended,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import TokenGone
from tests.commands.people import member, rows_of
from tests.commands.signed import SignedIn, signed, topics
from tests.conftest import NOON, context_at
from tests.desk import Deed

INSTANT = timedelta(microseconds=1)


@handler
def guarded(
    journal: Journal, command: Deed, context: Context, *changes: Change
) -> Recorded:
    """Record any fact, on condition of these changes."""
    profile = profile_of(journal, command.account_id, journal.load)
    profile.choose_lookup(not profile.listed)
    return journal.record(profile, context=context, changes=changes)


def do(journal: Journal, account_id: UUID, *changes: Change) -> None:
    guarded(journal, Deed(account_id=account_id), context_at(NOON), *changes)


def standing(ann: SignedIn, after: timedelta = timedelta()) -> Change:
    return while_signed_in(ann.account_id, ann.session_id, NOON + after, TokenGone())


def test_what_was_shown_in_an_older_epoch_is_refused_and_leaves_no_trace(
    journal: Journal,
) -> None:
    account_id = member(journal).account_id
    do(journal, account_id, at_epoch(account_id, 1, TokenGone()))
    do(journal, account_id, raised_epoch(account_id, 1, 2))
    before = topics(journal, account_id)
    with pytest.raises(TokenGone):
        do(journal, account_id, at_epoch(account_id, 1, TokenGone()))
    assert topics(journal, account_id) == before
    do(journal, account_id, at_epoch(account_id, 2, TokenGone()))


def test_an_epoch_that_somebody_else_raised_is_decided_anew(journal: Journal) -> None:
    account_id = member(journal).account_id
    do(journal, account_id, raised_epoch(account_id, 1, 2))
    with pytest.raises(Contended):
        do(journal, account_id, raised_epoch(account_id, 1, 2))
    (guard,) = rows_of(journal, "account_guards", account_id)
    assert guard["credential_epoch"] == 2


def test_an_epoch_only_goes_up() -> None:
    for after in (0, 1):
        with pytest.raises(AssertionError):
            raised_epoch(uuid4(), 1, after)


def test_only_a_live_session_of_the_account_itself_still_stands(
    journal: Journal,
) -> None:
    ann, eve = signed(journal), signed(journal)
    do(journal, ann.account_id, standing(ann, timedelta(hours=1) - INSTANT))
    foreign = while_signed_in(ann.account_id, eve.session_id, NOON, TokenGone())
    for change in (standing(ann, timedelta(hours=1)), foreign):
        with pytest.raises(TokenGone):
            do(journal, ann.account_id, change)
    end = EndSession(account_id=ann.account_id, session_id=ann.session_id)
    end_session(journal, end, context_at(NOON))
    with pytest.raises(TokenGone):
        do(journal, ann.account_id, standing(ann))


def test_asking_whether_a_session_stands_is_no_use_of_it(journal: Journal) -> None:
    ann = signed(journal)
    before = rows_of(journal, "sessions", ann.account_id)
    do(journal, ann.account_id, standing(ann, timedelta(minutes=30)))
    assert rows_of(journal, "sessions", ann.account_id) == before


def test_a_disabled_account_is_seen_by_the_very_next_request(journal: Journal) -> None:
    ann, seen = signed(journal), []
    for disabled in (True, False):
        do(journal, ann.account_id, disabled_row(ann.account_id, disabled=disabled))
        found = live_session(journal, ann.token, NOON)
        assert found is not None
        seen.append(found.disabled)
    assert seen == [True, False]


def test_a_guard_that_is_missing_refuses(journal: Journal) -> None:
    nobody = uuid4()
    change = disabled_row(nobody, disabled=True)
    assert isinstance(change.refusal, VersionConflict)
    with pytest.raises(TokenGone):
        do(journal, nobody, at_epoch(nobody, 1, TokenGone()))
