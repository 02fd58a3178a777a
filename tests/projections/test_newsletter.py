"""Who gets the newsletter, and that nobody else is in the export."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ledger.journal import Journal
from ledger.profiles import Profile
from projections import newsletter
from tests.conftest import NOON
from tests.desk import Desk
from tests.shop import sign_up


@pytest.fixture
def desk(empty_journal: Journal) -> Desk:
    return Desk(empty_journal)


def somebody(desk: Desk, *wishes: bool) -> UUID:
    account_id = uuid4()
    sign_up(desk, account_id)
    profile = Profile.begin(account_id)
    for wish in wishes:
        profile.choose_newsletter(subscribed=wish, how="panel")
    desk.record(account_id, lambda: profile)
    return account_id


def subscribers(desk: Desk) -> list[UUID]:
    desk.catch_up()
    found = desk.views.newsletter.subscribers(desk.views.accounts)
    return [one.account_id for one in found]


def test_only_who_wants_it_now_gets_it(desk: Desk) -> None:
    wanting = somebody(desk, True)
    somebody(desk)
    somebody(desk, True, False)
    again = somebody(desk, True, False, True)
    assert subscribers(desk) == sorted([wanting, again])


def test_whoever_closed_his_account_gets_it_no_more(desk: Desk) -> None:
    for wishes in ((True,), ()):
        account_id = uuid4()
        account = sign_up(desk, account_id)
        account.verify(NOON)
        profile = Profile.begin(account_id)
        for wish in wishes:
            profile.choose_newsletter(subscribed=wish, how="panel")
        desk.record(account_id, lambda profile=profile: profile)  # type: ignore[misc]
        account.close("customer", NOON)
        desk.record(account_id, lambda account=account: account)  # type: ignore[misc]
    assert subscribers(desk) == []
    assert desk.views.parked() == []


def test_an_erased_person_is_left_out(desk: Desk) -> None:
    gone, there = somebody(desk, True), somebody(desk, True)
    assert set(subscribers(desk)) == {gone, there}
    desk.journal.vault.destroy(gone, "profile")
    assert subscribers(desk) == [there]


def test_an_export_of_several_batches_has_everybody_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newsletter, "BATCH_ROWS", 2)
    wanted = sorted(somebody(desk, True) for _ in range(5))
    assert subscribers(desk) == wanted
