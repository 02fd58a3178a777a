"""Taking an invitation up: password and second factor, both or nothing."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from commands.credentials import credentials_of
from commands.limits import CHALLENGE_TRIES_MAX
from commands.recovery_codes import IssuedCodes
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
    RemoveStaff,
    add_staff,
    remove_staff,
    staff_member,
)
from commands.staff_joining import Invitation, JoinStaff, invitation_of, join_staff
from ledger.journal import Journal
from ledger.refusals import AlreadyAnswered, TokenGone, WeakPassword, WrongCode
from ledger.sessions import STAFF
from tests.commands.people import CHEAP, PHRASE, counted, new_email, rows_of
from tests.commands.signed import somewhere, topics
from tests.conftest import NOON, context_at

SITE = Site(rp_id="panel.example", origin="https://panel.example")
DAY, STEP, INSTANT = (
    timedelta(days=1),
    timedelta(seconds=30),
    timedelta(microseconds=1),
)


def added(journal: Journal, email: str | None = None) -> AddedStaff:
    command = AddStaff(email=email or new_email("staff"), role="support")
    return add_staff(journal, command, context_at(NOON))


def shown(
    journal: Journal, token: str, after: timedelta = timedelta()
) -> Invitation | None:
    return invitation_of(journal, token, context_at(NOON + after))


def authenticator(journal: Journal, token: str) -> pyotp.TOTP:
    found = shown(journal, token)
    assert found is not None
    return pyotp.TOTP(found.seed)


def join(
    journal: Journal,
    token: str,
    code: str,
    password: str = PHRASE,
    after: timedelta = timedelta(),
    key: str | None = None,
) -> IssuedCodes:
    command = JoinStaff(token=token, password=password, code=code)
    context = context_at(NOON + after, key=key)
    return join_staff(journal, command, context, CHEAP)


def sign_in(journal: Journal, email: str, code: str) -> BegunSession:
    later = NOON + STEP
    command = BeginSession(email=email, password=PHRASE, kind=STAFF)
    half = begin_session(journal, command, somewhere(later), CHEAP)
    assert isinstance(half, HalfSession)
    finish = FinishSignIn(token=half.token, proof=Proof(code=code))
    return finish_sign_in(journal, finish, somewhere(later), SITE, CHEAP)


def test_the_link_shows_seed_role_and_address_and_changes_nothing(
    journal: Journal,
) -> None:
    email = new_email("staff")
    found = added(journal, email)
    before = counted(journal, found.staff_id)
    seen = [shown(journal, found.token) for _ in range(3)]
    assert seen[0] is not None
    assert (seen[0].email, seen[0].role) == (email, "support")
    assert seen[0].seed in seen[0].uri
    assert "Daybook%20staff" in seen[0].uri
    assert seen[0].seed not in repr(seen[0])
    assert {one.seed for one in seen if one is not None} == {seen[0].seed}
    assert counted(journal, found.staff_id) == before


def test_joining_sets_password_factor_and_codes_in_one_commit(
    journal: Journal,
) -> None:
    found = added(journal)
    code = authenticator(journal, found.token).at(NOON)
    issued = join(journal, found.token, f" {code[:3]} {code[3:]} ")
    rows = rows_of(journal, "journal", found.staff_id)
    rows.sort(key=lambda row: row["position"])
    assert [row["topic"] for row in rows[1:]] == [
        "staff.Joined",
        "credentials.Begun",
        "credentials.FactorAdded",
        "credentials.RecoveryCodesIssued",
    ]
    assert len({row["command_id"] for row in rows[1:]}) == 1
    credentials = credentials_of(journal, staff_member(journal, found.staff_id))
    assert (credentials.two_factor, credentials.codes_left) == (True, 10)
    assert len(set(issued.codes)) == 10


def test_who_joined_signs_in_with_the_next_code_and_not_with_the_first(
    journal: Journal,
) -> None:
    email = new_email("staff")
    found = added(journal, email)
    totp = authenticator(journal, found.token)
    join(journal, found.token, totp.at(NOON))
    with pytest.raises(WrongCode):
        sign_in(journal, email, totp.at(NOON))
    begun = sign_in(journal, email, totp.at(NOON + STEP))
    assert begun.account_id == found.staff_id


def test_a_recovery_code_signs_in_once(journal: Journal) -> None:
    email = new_email("staff")
    found = added(journal, email)
    code = authenticator(journal, found.token).at(NOON)
    codes = join(journal, found.token, code).codes
    assert sign_in(journal, email, codes[3]).account_id == found.staff_id
    with pytest.raises(WrongCode):
        sign_in(journal, email, codes[3])


def test_an_invitation_is_good_for_a_day_to_the_instant(journal: Journal) -> None:
    late, last = added(journal), added(journal)
    codes = [
        authenticator(journal, one.token).at(NOON + DAY - INSTANT)
        for one in (late, last)
    ]
    assert shown(journal, late.token, DAY) is None
    with pytest.raises(TokenGone):
        join(journal, late.token, codes[0], after=DAY)
    assert shown(journal, last.token, DAY - INSTANT) is not None
    join(journal, last.token, codes[1], after=DAY - INSTANT)


def test_an_invitation_is_taken_up_once_and_no_other_text_is_one(
    journal: Journal,
) -> None:
    found, other = added(journal), added(journal)
    code = authenticator(journal, found.token).at(NOON)
    join(journal, found.token, code)
    before = counted(journal, found.staff_id)
    secret = found.token.split(".")[1]
    for text in (found.token, "", found.token[:-1], f"{other.staff_id}.{secret}"):
        assert shown(journal, text) is None
        with pytest.raises(TokenGone):
            join(journal, text, code)
    assert counted(journal, found.staff_id) == before


def test_a_weak_password_is_refused_and_uses_no_try_up(journal: Journal) -> None:
    found = added(journal, new_email("wilhelmina"))
    code = authenticator(journal, found.token).at(NOON)
    for password, reason in (
        ("short", "short"),
        ("x" * 300, "long"),
        ("password password", "common"),
        ("wilhelmina example", "context"),
    ):
        for _ in range(2):
            with pytest.raises(WeakPassword) as refused:
                join(journal, found.token, code, password)
            assert refused.value.reason == reason
    join(journal, found.token, code)


def test_five_wrong_codes_end_the_invitation(journal: Journal) -> None:
    found = added(journal)
    code = authenticator(journal, found.token).at(NOON)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(CHALLENGE_TRIES_MAX):
        with pytest.raises(WrongCode) as refused:
            join(journal, found.token, wrong)
        assert not refused.value.clock_off
    with pytest.raises(TokenGone):
        join(journal, found.token, code)
    assert topics(journal, found.staff_id) == ["staff.Invited"]
    assert rows_of(journal, "secrets", found.staff_id) == []


def test_a_code_of_some_minutes_off_names_the_clock(journal: Journal) -> None:
    found = added(journal)
    code = authenticator(journal, found.token).at(NOON + 8 * STEP)
    with pytest.raises(WrongCode) as refused:
        join(journal, found.token, code)
    assert refused.value.clock_off


def test_who_was_removed_before_joining_cannot_join(journal: Journal) -> None:
    found = added(journal)
    code = authenticator(journal, found.token).at(NOON)
    remove_staff(journal, RemoveStaff(account_id=found.staff_id), context_at(NOON))
    assert shown(journal, found.token) is None
    with pytest.raises(TokenGone):
        join(journal, found.token, code)


def test_a_repeat_does_not_show_the_codes_again(journal: Journal) -> None:
    found = added(journal)
    code = authenticator(journal, found.token).at(NOON)
    join(journal, found.token, code, key="once")
    with pytest.raises((TokenGone, AlreadyAnswered)):
        join(journal, found.token, code, key="once")


def test_no_secret_of_the_joining_is_in_the_journal(journal: Journal) -> None:
    found = added(journal)
    totp = authenticator(journal, found.token)
    issued = join(journal, found.token, totp.at(NOON))
    written = str(rows_of(journal, "journal", found.staff_id))
    written += str(rows_of(journal, "secrets", found.staff_id))
    written += str(rows_of(journal, "challenges", found.staff_id))
    for secret in (PHRASE, totp.secret, *issued.codes, found.token.split(".")[1]):
        assert secret not in written
