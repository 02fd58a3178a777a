"""How an address changes, from both sides, and how it comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ledger.email_addresses import NEW, OLD, EmailAddress, email_address_id
from ledger.refusals import AddressUnchanged, TokenGone
from tests.specification import fact, given
from tests.strategies import INSTANT, NOON

ANN = UUID(int=1)
FIRST, SECOND, THIRD = UUID(int=2), UUID(int=3), UUID(int=4)
HOUR, UNDO = timedelta(hours=1), timedelta(hours=72)
A, B, C = "a@example.org", "b@example.org", "c@example.org"


def at_a() -> EmailAddress:
    return EmailAddress.begin(ANN, A)


def waiting(*, both: bool = True) -> EmailAddress:
    address = at_a()
    address.request_change(FIRST, B, both=both, now=NOON)
    return address


def moved(
    address: EmailAddress, change: UUID, to: str, now: datetime = NOON
) -> EmailAddress:
    address.request_change(change, to, both=False, now=now)
    assert address.approve_change(change, NEW, now)
    return address


def test_without_a_second_factor_both_mailboxes_confirm() -> None:
    given(at_a()).when(lambda a: a.request_change(FIRST, B, both=True, now=NOON)).then(
        fact(
            EmailAddress.ChangeRequested,
            change_id=FIRST,
            email=B,
            missing=[OLD, NEW],
            expires_at=NOON + HOUR,
        )
    )


@pytest.mark.parametrize("sides", [(OLD, NEW), (NEW, OLD)], ids=["old", "new"])
def test_the_address_changes_with_the_second_side_in_either_order(
    sides: tuple[str, str],
) -> None:
    address = waiting()
    assert not address.approve_change(FIRST, sides[0], NOON)
    assert address.email == A
    given(address).when(lambda a: a.approve_change(FIRST, sides[1], NOON)).then(
        fact(EmailAddress.Changed, change_id=FIRST, email=B, undo_until=NOON + UNDO)
    )


def test_a_side_confirms_once_and_in_time() -> None:
    address = waiting()
    address.approve_change(FIRST, OLD, NOON)
    for change, side, now in (
        (FIRST, OLD, NOON),
        (SECOND, NEW, NOON),
        (FIRST, NEW, NOON + HOUR),
    ):
        given(address).when(
            lambda a, c=change, s=side, n=now: a.approve_change(c, s, n)  # type: ignore[misc]
        ).then_refused(TokenGone)


def test_a_newer_change_takes_the_place_of_the_one_that_waits() -> None:
    given(waiting()).when(
        lambda a: a.request_change(SECOND, C, both=False, now=NOON)
    ).then(
        fact(EmailAddress.ChangeCancelled, change_id=FIRST, why="replaced"),
        fact(
            EmailAddress.ChangeRequested,
            change_id=SECOND,
            email=C,
            missing=[NEW],
            expires_at=NOON + HOUR,
        ),
    )


def test_the_address_that_is_cannot_be_asked_for() -> None:
    given(at_a()).when(
        lambda a: a.request_change(FIRST, A, both=True, now=NOON)
    ).then_refused(AddressUnchanged)


def test_what_is_not_waiting_cannot_be_given_up() -> None:
    given(at_a()).when(lambda a: a.cancel_change("cancelled")).then_refused(TokenGone)
    given(waiting()).when(lambda a: a.cancel_change("cancelled", SECOND)).then_refused(
        TokenGone
    )


def test_an_undo_is_good_until_its_last_instant() -> None:
    address, end = moved(at_a(), FIRST, B), NOON + UNDO
    given(address).when(lambda a: a.undo(FIRST, end)).then_refused(TokenGone)
    given(address).when(lambda a: a.undo(SECOND, NOON)).then_refused(TokenGone)
    given(address).when(lambda a: a.undo(FIRST, end - INSTANT)).then(
        fact(EmailAddress.ChangeUndone, change_id=FIRST, email=A)
    )


def test_an_undo_takes_later_changes_back_too() -> None:
    address = moved(moved(at_a(), FIRST, B), SECOND, C, NOON + HOUR)
    address.request_change(THIRD, "d@example.org", both=False, now=NOON + HOUR)
    done = address.undo(FIRST, NOON + 2 * HOUR)
    assert (done.email, sorted(map(str, done.released))) == (A, [B, C])
    assert (address.email, address.previous, address.change) == (A, [], None)


def test_the_later_undo_leaves_the_earlier_one_good() -> None:
    address = moved(moved(at_a(), FIRST, B), SECOND, C, NOON + HOUR)
    assert address.undo(SECOND, NOON + HOUR).released == [C]
    assert address.undo(FIRST, NOON + HOUR).email == A


def test_an_address_is_given_up_when_its_undo_has_lapsed() -> None:
    address = moved(moved(at_a(), FIRST, B), SECOND, C, NOON + HOUR)
    assert address.release_previous(NOON + UNDO - INSTANT) == []
    given(address).when(lambda a: a.release_previous(NOON + UNDO)).then(
        fact(EmailAddress.PreviousReleased, change_id=FIRST)
    )
    assert address.release_previous(NOON + UNDO + HOUR) == [B]
    assert address.email == C


def test_the_stream_is_the_accounts_own() -> None:
    assert at_a().id == email_address_id(ANN) != email_address_id(UUID(int=2))
