"""People who are signed in, what they are mailed, and many who do one thing at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Barrier
from typing import Any
from uuid import UUID

import pyotp

from commands.email_changes import RequestEmailChange, request_email_change
from commands.factors import ConfirmCode, begin_code, confirm_code
from commands.live_sessions import live_session
from commands.session_begins import BegunSession
from commands.sessions import BeginSession, begin_session
from commands.staff import AddStaff, add_staff
from commands.staff_joining import JoinStaff, invitation_of, join_staff
from ledger.accounts import Account
from ledger.journal import Context, Journal, Recorded
from ledger.refusals import Refusal
from ledger.sessions import BROWSER
from tests.commands.people import CHEAP, PHRASE, mails_of, member, new_email, rows_of
from tests.conftest import NOON, context_at

AT_ONCE = 24


@dataclass
class SignedIn:
    """Somebody with an open account, and one session of his."""

    account_id: UUID
    email: str
    session_id: UUID
    token: str


def somewhere(now: datetime = NOON, key: str | None = None) -> Context:
    """The context of a request from where no other request of the tests comes."""
    network = f"{secrets.randbelow(1 << 16):x}:{secrets.randbelow(1 << 16):x}"
    return context_at(now, key=key, ip=f"2001:db8:{network}::1")


def signed(journal: Journal, email: str | None = None, kind: str = BROWSER) -> SignedIn:
    """Open an account and sign in to it."""
    person = member(journal, email)
    begun = session_of(journal, person.email, kind)
    return SignedIn(person.account_id, person.email, begun.session_id, begun.token)


def session_of(
    journal: Journal, email: str, kind: str = BROWSER, now: datetime = NOON
) -> BegunSession:
    """Sign in by the password alone."""
    command = BeginSession(email=email, password=PHRASE, kind=kind)
    begun = begin_session(journal, command, somewhere(now), CHEAP)
    assert isinstance(begun, BegunSession)
    return begun


def is_in(journal: Journal, token: str, now: datetime = NOON) -> bool:
    """Whether the token of a browser still opens anything."""
    return live_session(journal, token, now) is not None


def with_factor(journal: Journal, account_id: UUID, now: datetime = NOON) -> pyotp.TOTP:
    """Turn two-factor on; return the authenticator."""
    account = journal.fresh(Account, account_id)
    begun = begin_code(journal, account, context_at(now))
    authenticator = pyotp.TOTP(begun.seed)
    command = ConfirmCode(
        account_id=account_id, token=begun.token, code=authenticator.at(now)
    )
    confirm_code(journal, account, command, context_at(now))
    return authenticator


def asked(
    journal: Journal, ann: SignedIn, to: str | None = None, now: datetime = NOON
) -> Recorded:
    """Ask for another address."""
    command = RequestEmailChange(
        account_id=ann.account_id,
        session_id=ann.session_id,
        email=new_email("new") if to is None else to,
    )
    return request_email_change(journal, command, somewhere(now))


def link_in(
    journal: Journal, account_id: UUID, template: str, name: str = "token"
) -> str:
    """The link in the newest mail of this template."""
    token: str = mail_of(journal, account_id, template)["values"][name]
    return token


def templates(journal: Journal, account_id: UUID) -> list[str]:
    """What the account was mailed, by name, without the sign-up's mail."""
    return sorted(mail["template"] for mail in mails_of(journal, account_id)[1:])


def mail_of(journal: Journal, account_id: UUID, template: str) -> dict[str, Any]:
    """The newest mail of this template."""
    return [m for m in mails_of(journal, account_id) if m["template"] == template][-1]


def topics(journal: Journal, account_id: UUID) -> list[str]:
    """What is recorded of an account, in order."""
    rows = rows_of(journal, "journal", account_id)
    return [row["topic"] for row in sorted(rows, key=lambda row: row["position"])]


def at_once(
    deed: Callable[[], object], *allowed: type[Refusal]
) -> tuple[int, list[str]]:
    """Do it in 24 threads; return how many got through, and how others were refused.

    Whatever is not allowed is raised.
    """
    barrier = Barrier(AT_ONCE)

    def attempt(_: int) -> str:
        barrier.wait()
        try:
            deed()
        except allowed as refusal:
            return type(refusal).__name__
        return ""

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(attempt, range(AT_ONCE)))
    return outcomes.count(""), [outcome for outcome in outcomes if outcome]


@dataclass
class Colleague:
    """A member of staff, with the authenticator and the recovery codes."""

    staff_id: UUID
    email: str
    authenticator: pyotp.TOTP
    codes: tuple[str, ...]


def colleague(journal: Journal, role: str = "support") -> Colleague:
    """Invite somebody, and let him join."""
    email = new_email("staff")
    command = AddStaff(email=email, role=role)
    added = add_staff(journal, command, context_at(NOON))
    invitation = invitation_of(journal, added.token, context_at(NOON))
    assert invitation is not None
    authenticator = pyotp.TOTP(invitation.seed)
    join = JoinStaff(token=added.token, password=PHRASE, code=authenticator.at(NOON))
    issued = join_staff(journal, join, context_at(NOON), CHEAP)
    return Colleague(added.staff_id, email, authenticator, issued.codes)
