"""What an account shows of itself and wants to be sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from ledger.profiles import ADDITIONAL, INSTEAD, Profile
from ledger.refusals import TokenGone
from tests.specification import fact, given
from tests.strategies import INSTANT, NOON

ANN, PICTURE, ADDRESS, OTHER = (UUID(int=n) for n in range(1, 5))
OWN, BOOKS, WEEK = "ann@example.org", "books@example.org", timedelta(days=7)


def begun() -> Profile:
    return Profile.begin(ANN)


def asked(mode: str = ADDITIONAL) -> Profile:
    profile = begun()
    profile.request_receipt_address(ADDRESS, BOOKS, mode, NOON)
    return profile


def test_at_first_there_is_no_picture_no_newsletter_and_a_look_up() -> None:
    profile = begun()
    assert (profile.picture, profile.subscribed, profile.listed) == (None, False, True)


def test_the_same_picture_again_is_no_news() -> None:
    profile = begun()
    profile.change_picture(PICTURE, "ab", 9)
    given(profile).when(lambda p: p.change_picture(OTHER, "ab", 9)).then()
    given(profile).when(lambda p: p.change_picture(OTHER, "cd", 8)).then(
        fact(Profile.PictureChanged, picture_id=OTHER, sha256="cd", byte_count=8)
    )
    given(profile).when(lambda p: p.remove_picture()).then(
        fact(Profile.PictureRemoved, picture_id=OTHER)
    )
    given(begun()).when(lambda p: p.remove_picture()).then()


def test_a_choice_that_changes_nothing_is_not_recorded() -> None:
    given(begun()).when(lambda p: p.choose_lookup(listed=True)).then()
    given(begun()).when(
        lambda p: p.choose_newsletter(subscribed=False, how="link")
    ).then()
    given(begun()).when(
        lambda p: p.choose_newsletter(subscribed=True, how="panel")
    ).then(fact(Profile.NewsletterChosen, subscribed=True, how="panel"))


@pytest.mark.parametrize(
    ("mode", "recipients"), [(ADDITIONAL, [OWN, BOOKS]), (INSTEAD, [BOOKS])]
)
def test_a_receipt_goes_where_it_was_confirmed_that_it_is_wanted(
    mode: str, recipients: list[str]
) -> None:
    profile = asked(mode)
    assert profile.receipt_recipients(OWN) == [OWN]
    profile.confirm_receipt_address(ADDRESS, NOON + WEEK - INSTANT)
    assert profile.receipt_recipients(OWN) == recipients
    profile.remove_receipt_address()
    assert profile.receipt_recipients(OWN) == [OWN]


def test_an_address_is_confirmed_in_time_by_its_own_link() -> None:
    given(asked()).when(lambda p: p.confirm_receipt_address(OTHER, NOON)).then_refused(
        TokenGone
    )
    given(asked()).when(
        lambda p: p.confirm_receipt_address(ADDRESS, NOON + WEEK)
    ).then_refused(TokenGone)


def test_an_erased_receipt_address_gets_nothing() -> None:
    profile = begun()
    profile.request_receipt_address(ADDRESS, BOOKS, INSTEAD, NOON)
    profile.confirm_receipt_address(ADDRESS, NOON)
    assert profile.receipt_address is not None
    assert profile.receipt_recipients(None) == [BOOKS]
