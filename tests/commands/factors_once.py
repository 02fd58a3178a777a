"""Factors and challenges that are good once, and what one use of each records."""

from __future__ import annotations

from datetime import timedelta

from commands import challenges
from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.elevations import ElevateSession, elevate_session
from commands.factor_resets import (
    RefuseFactorReset,
    StartFactorReset,
    refuse_factor_reset,
    start_factor_reset,
)
from commands.factors import ConfirmCode, add_passkey, begin_code, confirm_code
from commands.owners import owner
from commands.second_factors import Proof
from commands.sessions import SIGN_IN
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.journal import Journal
from ledger.refusals import (
    AlreadyAnswered,
    TokenGone,
    TooManyAttempts,
    WrongCode,
)
from tests.commands import proofs
from tests.commands.links_once import Once
from tests.commands.people import CHEAP, PHRASE
from tests.commands.proofs import SITE
from tests.commands.signed import (
    link_in,
    signed,
    with_factor,
)
from tests.conftest import NOON, context_at

LATER = NOON + timedelta(seconds=30)


def time_step(journal: Journal) -> Once:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id)
    proof = Proof(code=authenticator.at(LATER))
    shown = proofs.proven(journal, ann, proof, LATER)
    return Once(
        ann.account_id,
        lambda journal: proofs.enter(journal, ann, shown),
        ["sessions.Begun"],
        refused=(WrongCode,),
    )


def recovery_code(journal: Journal) -> Once:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    code = proofs.codes_of(journal, ann)[4]
    shown = proofs.proven(journal, ann, Proof(code=code))
    return Once(
        ann.account_id,
        lambda journal: proofs.enter(journal, ann, shown),
        ["sessions.Begun", "credentials.RecoveryCodeUsed"],
        ["recovery_code_used"],
        refused=(WrongCode,),
    )


def passkey_count(journal: Journal) -> Once:
    ann = signed(journal)
    key = proofs.with_passkey(journal, ann)
    shown = proofs.signed_by(journal, ann, key)
    return Once(
        ann.account_id,
        lambda journal: proofs.enter(journal, ann, shown),
        ["sessions.Begun"],
        refused=(WrongCode,),
    )


def sign_in_challenge(journal: Journal) -> Once:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    half = challenges.posed(journal, proofs.half_way(journal, ann).token, SIGN_IN, NOON)
    assert half is not None
    used = challenges.used(half, NOON)
    return Once(
        ann.account_id,
        lambda journal: proofs.enter(journal, ann, None, used),
        ["sessions.Begun"],
    )


def half_a_sign_in_with_a_code(journal: Journal) -> Once:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id)
    half = proofs.half_way(journal, ann, LATER)
    proof = Proof(code=authenticator.at(LATER))
    return Once(
        ann.account_id,
        lambda journal: proofs.finish(journal, half, proof, LATER),
        ["sessions.Begun"],
        refused=(TokenGone, WrongCode, TooManyAttempts),
    )


def half_a_sign_in_with_a_passkey(journal: Journal) -> Once:
    ann = signed(journal)
    key = proofs.with_passkey(journal, ann)
    half = proofs.half_way(journal, ann)
    proof = proofs.signature(journal, half, key)
    return Once(
        ann.account_id,
        lambda journal: proofs.finish(journal, half, proof),
        ["sessions.Begun"],
        refused=(TokenGone, WrongCode, TooManyAttempts),
    )


def code_that_asks_again(journal: Journal) -> Once:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id)
    command = ElevateSession(
        account_id=ann.account_id,
        session_id=ann.session_id,
        password=PHRASE,
        proof=Proof(code=authenticator.at(LATER)),
    )
    account = owner(journal, ann.account_id)
    return Once(
        ann.account_id,
        lambda journal: elevate_session(
            journal, account, command, context_at(LATER), SITE, CHEAP
        ),
        ["sessions.Elevated"],
        refused=(WrongCode, TooManyAttempts),
    )


def authenticator_enrolment(journal: Journal) -> Once:
    ann = signed(journal)
    account = owner(journal, ann.account_id)
    found = begin_code(journal, account, context_at(NOON))
    code = proofs.code_at(found.seed, NOON)
    command = ConfirmCode(account_id=account.id, token=found.token, code=code)
    return Once(
        account.id,
        lambda journal: confirm_code(journal, account, command, context_at(NOON)),
        ["credentials.Begun", "credentials.FactorAdded"],
        ["factor_added"],
    )


def passkey_enrolment(journal: Journal) -> Once:
    ann = signed(journal)
    account = owner(journal, ann.account_id)
    command = proofs.passkey_begun(journal, ann).command
    return Once(
        account.id,
        lambda journal: add_passkey(journal, account, command, context_at(NOON), SITE),
        ["credentials.Begun", "credentials.FactorAdded"],
        ["factor_added"],
    )


def link_that_refuses_a_factor_reset(journal: Journal) -> Once:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    start = StartFactorReset(account_id=ann.account_id, reason="lost the telephone")
    start_factor_reset(journal, start, context_at(NOON))
    token = link_in(journal, ann.account_id, "factor_reset_started")
    command = RefuseFactorReset(token=token)
    return Once(
        ann.account_id,
        lambda journal: refuse_factor_reset(journal, command, context_at(NOON)),
        ["credentials.FactorResetCancelled"],
        ["factor_reset_cancelled"],
    )


def key_that_is_shown_once(journal: Journal) -> Once:
    ann, context = signed(journal), context_at(NOON)
    command = IssueCustomerKey(
        account_id=ann.account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )
    return Once(
        ann.account_id,
        lambda journal: issue_customer_key(journal, command, context),
        ["api_keys.Issued"],
        ["api_key_issued"],
        refused=(AlreadyAnswered,),
    )
