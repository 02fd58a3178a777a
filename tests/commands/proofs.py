"""Second factors in the hands of tests: authenticators, recovery codes, passkeys."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime

import pyotp

from commands.credentials import credentials_of
from commands.factors import AddPasskey, add_passkey, begin_passkey
from commands.gateways.tokens import new_token
from commands.owners import owner
from commands.recovery_codes import IssueCodes, issue_codes
from commands.second_factors import Proof, Proven, Site, new_challenge, prove
from commands.session_begins import BegunSession, OpenSession, begun
from commands.sessions import (
    BeginSession,
    FinishSignIn,
    HalfSession,
    begin_session,
    finish_sign_in,
    half_shown,
)
from ledger.journal import Change, Journal
from ledger.sessions import BROWSER
from tests.commands.gateways.authenticator import ORIGIN, RP_ID, Authenticator
from tests.commands.people import CHEAP, PHRASE
from tests.commands.signed import SignedIn, somewhere
from tests.conftest import NOON, context_at

SITE = Site(rp_id=RP_ID, origin=ORIGIN)


def code_at(seed: str, now: datetime) -> str:
    """The code that an authenticator with this seed shows."""
    return pyotp.TOTP(seed).at(now)


def codes_of(journal: Journal, ann: SignedIn) -> tuple[str, ...]:
    """Take new recovery codes."""
    command = IssueCodes(account_id=ann.account_id)
    return issue_codes(journal, command, context_at(NOON), CHEAP).codes


def asked_to_sign(options: str | None) -> bytes:
    """What a browser is asked to sign."""
    assert options is not None
    text: str = json.loads(options)["challenge"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Enrolment:
    """A passkey that is about to be added."""

    command: AddPasskey
    authenticator: Authenticator


def passkey_begun(
    journal: Journal, ann: SignedIn, name: bytes = b"credential-1"
) -> Enrolment:
    """Ask the browser for a passkey."""
    account = owner(journal, ann.account_id)
    found = begin_passkey(journal, account, context_at(NOON), SITE)
    challenge = asked_to_sign(found.options)
    authenticator = Authenticator(challenge=challenge, credential_id=name)
    answer = json.dumps(authenticator.created())
    command = AddPasskey(
        account_id=ann.account_id, token=found.token, answer=answer, name="blue"
    )
    return Enrolment(command, authenticator)


def with_passkey(
    journal: Journal, ann: SignedIn, name: bytes = b"credential-1"
) -> Authenticator:
    """Turn two-factor on by a passkey."""
    found = passkey_begun(journal, ann, name)
    account = owner(journal, ann.account_id)
    add_passkey(journal, account, found.command, context_at(NOON), SITE)
    return found.authenticator


def half_way(journal: Journal, ann: SignedIn, now: datetime = NOON) -> HalfSession:
    """Show the password alone."""
    command = BeginSession(email=ann.email, password=PHRASE)
    half = begin_session(journal, command, somewhere(now), CHEAP)
    assert isinstance(half, HalfSession)
    return half


def signature(journal: Journal, half: HalfSession, key: Authenticator) -> Proof:
    """The answer of a passkey to what the half asks."""
    shown = half_shown(journal, half.token, context_at(NOON), SITE)
    assert shown is not None
    key.challenge = asked_to_sign(shown.options)
    return Proof(passkey=json.dumps(key.got()))


def finish(
    journal: Journal, half: HalfSession, proof: Proof, now: datetime = NOON
) -> BegunSession:
    """Show the second factor."""
    command = FinishSignIn(token=half.token, proof=proof)
    return finish_sign_in(journal, command, somewhere(now), SITE, CHEAP)


def signed_by(journal: Journal, ann: SignedIn, key: Authenticator) -> Proven:
    """The passkey that an answer shows, before its count is taken."""
    challenge = new_challenge()
    key.challenge = base64.b64decode(challenge)
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    proof = Proof(passkey=json.dumps(key.got()))
    return prove(journal, credentials, proof, challenge, SITE, NOON, CHEAP)


def proven(
    journal: Journal, ann: SignedIn, proof: Proof, now: datetime = NOON
) -> Proven:
    """The factor that a code shows, before it is used up."""
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    return prove(journal, credentials, proof, new_challenge(), SITE, now, CHEAP)


def enter(
    journal: Journal, ann: SignedIn, shown: Proven | None, *changes: Change
) -> BegunSession:
    """Begin a session on this proof and these conditions."""
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    command = OpenSession(
        account_id=ann.account_id,
        kind=BROWSER,
        methods=("password",),
        epoch=credentials.epoch,
        token=new_token(ann.account_id),
        proven=shown,
        changes=changes,
    )
    return begun(journal, command, context_at(NOON))
