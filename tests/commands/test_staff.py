"""Members of staff: invited by mail, renamed in their role, and gone at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.live_sessions import live_session
from commands.second_factors import Proof, Site
from commands.session_begins import BegunSession
from commands.sessions import (
    BeginSession,
    FinishSignIn,
    HalfSession,
    begin_session,
    finish_sign_in,
)
from commands.staff import (
    AddedStaff,
    AddStaff,
    ChangeRole,
    RemoveStaff,
    add_staff,
    change_role,
    member_of,
    remove_staff,
    staff_member,
)
from commands.staff_joining import invitation_of
from ledger.aggregate import SYSTEM
from ledger.journal import Journal
from ledger.refusals import (
    AlreadyAnswered,
    EmailTaken,
    NoSuchStaff,
    UndeliverableAddress,
    WrongCredentials,
)
from ledger.sessions import STAFF
from ledger.staff import ROLES
from tests.commands.people import CHEAP, PHRASE, mails_of, member, new_email, rows_of
from tests.commands.signed import Colleague, at_once, colleague, somewhere, topics
from tests.conftest import NOON, context_at

SITE = Site(rp_id="panel.example", origin="https://panel.example")
STEP = timedelta(seconds=30)


def added(
    journal: Journal,
    email: str,
    role: str = "support",
    key: str | None = None,
    **more: str,
) -> AddedStaff:
    command = AddStaff(email=email, role=role, **more)
    return add_staff(journal, command, context_at(NOON, key=key))


def removed(journal: Journal, staff_id: UUID) -> None:
    remove_staff(journal, RemoveStaff(account_id=staff_id), context_at(NOON))


def half_in(journal: Journal, email: str) -> HalfSession | BegunSession:
    command = BeginSession(email=email, password=PHRASE, kind=STAFF)
    return begin_session(journal, command, somewhere(), CHEAP)


def signed_in(journal: Journal, one: Colleague) -> str:
    half, later = half_in(journal, one.email), NOON + STEP
    proof = Proof(code=one.authenticator.at(later))
    command = FinishSignIn(token=half.token, proof=proof)
    return finish_sign_in(journal, command, somewhere(later), SITE, CHEAP).token


def test_an_invitation_is_mailed_with_a_link_for_a_day(journal: Journal) -> None:
    email = new_email("Sam")
    found = added(journal, f" {email} ", "finance", language="fr")
    (mail,) = mails_of(journal, found.staff_id)
    assert (mail["template"], mail["language"]) == ("staff_invited", "fr")
    assert mail["to"] == email
    assert mail["values"] == {"token": found.token, "role": "finance", "link_hours": 24}
    assert topics(journal, found.staff_id) == ["staff.Invited"]
    assert found.token not in repr(found)


def test_who_was_invited_is_found_by_any_spelling_of_the_address(
    journal: Journal,
) -> None:
    email = new_email("sam")
    found = added(journal, email)
    one = member_of(journal, f" {email.upper()}")
    assert one is not None
    assert (one.id, one.role, one.active) == (found.staff_id, "support", False)
    assert member_of(journal, new_email()) is None
    assert member_of(journal, "no address") is None


def test_a_customer_of_that_address_is_somebody_else(journal: Journal) -> None:
    person = member(journal)
    found = added(journal, person.email)
    assert found.staff_id != person.account_id
    assert member_of(journal, member(journal).email) is None


def test_no_mail_reaches_no_address(journal: Journal) -> None:
    with pytest.raises(UndeliverableAddress):
        added(journal, "sam@localhost")


def test_a_repeat_does_not_show_the_link_again(journal: Journal) -> None:
    email, key = new_email(), uuid4().hex
    found = added(journal, email, key=key)
    with pytest.raises(AlreadyAnswered):
        added(journal, email, key=key)
    assert len(mails_of(journal, found.staff_id)) == 1
    assert topics(journal, found.staff_id) == ["staff.Invited"]


def test_another_invitation_renews_the_link_and_may_name_another_role(
    journal: Journal,
) -> None:
    email = new_email()
    first = added(journal, email)
    later = context_at(NOON + timedelta(hours=1))
    second = add_staff(journal, AddStaff(email=email, role="auditor"), later)
    assert second.staff_id == first.staff_id
    assert invitation_of(journal, first.token, later) is None
    found = invitation_of(journal, second.token, later)
    assert found is not None
    assert found.role == "auditor"
    assert topics(journal, first.staff_id) == [
        "staff.Invited",
        "staff.InvitedAgain",
        "staff.RoleChanged",
    ]


def test_who_joined_or_left_is_not_invited_again(journal: Journal) -> None:
    one = colleague(journal)
    facts = topics(journal, one.staff_id)
    with pytest.raises(EmailTaken):
        added(journal, one.email)
    assert topics(journal, one.staff_id) == facts
    removed(journal, one.staff_id)
    with pytest.raises(EmailTaken):
        added(journal, one.email.upper())


def test_of_24_invitations_of_one_address_at_once_one_member_comes(
    journal: Journal,
) -> None:
    email = new_email()
    won, _ = at_once(lambda: added(journal, email), EmailTaken)
    found = member_of(journal, email)
    assert won >= 1
    assert found is not None
    assert topics(journal, found.id).count("staff.Invited") == 1
    assert len(rows_of(journal, "claims", found.id)) == 1


@pytest.mark.parametrize("role", ROLES)
def test_a_member_has_the_role_that_was_given_last(journal: Journal, role: str) -> None:
    one = colleague(journal, role)
    assert staff_member(journal, one.staff_id).role == role
    command = ChangeRole(account_id=one.staff_id, role="finance")
    change_role(journal, command, context_at(NOON))
    assert staff_member(journal, one.staff_id).role == "finance"
    changes = topics(journal, one.staff_id).count("staff.RoleChanged")
    assert changes == (0 if role == "finance" else 1)


def test_a_member_signs_in_with_both_factors_and_never_with_one(
    journal: Journal,
) -> None:
    one = colleague(journal)
    assert isinstance(half_in(journal, one.email), HalfSession)
    token = signed_in(journal, one)
    assert live_session(journal, token, NOON + STEP, STAFF) is not None
    assert live_session(journal, token, NOON + STEP) is None


def test_who_leaves_is_out_with_the_very_next_request(journal: Journal) -> None:
    one, other = colleague(journal), colleague(journal)
    tokens = [signed_in(journal, who) for who in (one, other)]
    removed(journal, one.staff_id)
    live = [live_session(journal, token, NOON + STEP, STAFF) for token in tokens]
    assert [found is not None for found in live] == [False, True]
    with pytest.raises(WrongCredentials):
        half_in(journal, one.email)
    assert topics(journal, one.staff_id)[-2:] == ["staff.Left", "sessions.Ended"]


def test_who_left_or_never_was_is_no_member(journal: Journal) -> None:
    one = colleague(journal)
    removed(journal, one.staff_id)
    role = ChangeRole(account_id=one.staff_id, role="finance")
    for staff_id in (one.staff_id, uuid4(), member(journal).account_id, SYSTEM):
        with pytest.raises(NoSuchStaff) as refused:
            staff_member(journal, staff_id)
        assert refused.value.staff_id == staff_id
        with pytest.raises(NoSuchStaff):
            removed(journal, staff_id)
    with pytest.raises(NoSuchStaff):
        change_role(journal, role, context_at(NOON))
