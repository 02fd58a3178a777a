"""How somebody joins the staff, changes his role and leaves."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ledger.refusals import NoSuchStaff, TokenGone
from ledger.staff import StaffMember
from tests.specification import fact, given
from tests.strategies import INSTANT, NOON

SAM, DAY = UUID(int=7), timedelta(days=1)


def invited() -> StaffMember:
    return StaffMember.invite(SAM, "sam@daybook.example", "support", NOON)


def joined() -> StaffMember:
    member = invited()
    member.join(NOON)
    return member


def gone() -> StaffMember:
    member = joined()
    member.leave()
    return member


def test_a_member_is_his_own_account() -> None:
    given(None).when(lambda _: invited()).then(
        fact(
            StaffMember.Invited,
            account_id=SAM,
            email="sam@daybook.example",
            role="support",
            expires_at=NOON + DAY,
        )
    )
    assert not invited().active


def test_an_invitation_is_good_for_a_day_and_once() -> None:
    given(invited()).when(lambda m: m.join(NOON + DAY)).then_refused(TokenGone)
    given(invited()).when(lambda m: m.join(NOON + DAY - INSTANT)).then(
        fact(StaffMember.Joined)
    )
    given(joined()).when(lambda m: m.join(NOON)).then_refused(TokenGone)


def test_an_invitation_that_lapsed_can_be_renewed() -> None:
    member = invited()
    member.invite_again(NOON + DAY)
    member.join(NOON + DAY + DAY - INSTANT)
    assert member.active
    given(joined()).when(lambda m: m.invite_again(NOON)).then_refused(NoSuchStaff)


def test_whoever_left_stays_away() -> None:
    assert not gone().active
    given(gone()).when(lambda m: m.leave()).then()
    given(gone()).when(lambda m: m.change_role("auditor")).then_refused(
        NoSuchStaff, staff_id=SAM
    )


def test_a_role_that_he_has_already_is_no_news() -> None:
    given(joined()).when(lambda m: m.change_role("support")).then()
    given(joined()).when(lambda m: m.change_role("auditor")).then(
        fact(StaffMember.RoleChanged, role="auditor")
    )
