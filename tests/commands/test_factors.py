"""Turning second factors on and off: nothing is on before it was shown to work."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest

from commands.credentials import credentials_of
from commands.factors import (
    AddPasskey,
    ConfirmCode,
    Enrolment,
    RemoveFactor,
    TurnOff,
    add_passkey,
    begin_code,
    begin_passkey,
    confirm_code,
    factors_of,
    pending_code,
    remove_factor,
    turn_off,
)
from commands.limits import CHALLENGE_TRIES_MAX
from commands.owners import owner
from commands.second_factors import Proof
from ledger.journal import Journal
from ledger.refusals import (
    NoSuchAccount,
    NoSuchFactor,
    TokenGone,
    TwoFactorIsOff,
    WrongCode,
)
from tests.commands import proofs
from tests.commands.people import rows_of
from tests.commands.proofs import SITE, passkey_begun, with_passkey
from tests.commands.signed import SignedIn, mail_of, signed, topics, with_factor
from tests.conftest import NOON, context_at

TERM, STEP, INSTANT = (
    timedelta(minutes=10),
    timedelta(seconds=30),
    timedelta(microseconds=1),
)
NONE = timedelta()


def begin(journal: Journal, ann: SignedIn) -> Enrolment:
    return begin_code(journal, owner(journal, ann.account_id), context_at(NOON))


def pending(
    journal: Journal, ann: SignedIn, token: str, after: timedelta = NONE
) -> Enrolment | None:
    holder = owner(journal, ann.account_id)
    return pending_code(journal, holder, token, context_at(NOON + after))


def confirm(
    journal: Journal, ann: SignedIn, begun: Enrolment, code: str, after: timedelta
) -> None:
    command = ConfirmCode(account_id=ann.account_id, token=begun.token, code=code)
    holder = owner(journal, ann.account_id)
    confirm_code(journal, holder, command, context_at(NOON + after))


def is_on(journal: Journal, ann: SignedIn) -> bool:
    return credentials_of(journal, owner(journal, ann.account_id)).two_factor


def test_a_seed_that_was_drawn_turns_nothing_on(journal: Journal) -> None:
    ann = signed(journal)
    begun = begin(journal, ann)
    assert begun.seed in begun.uri
    assert ann.email.replace("@", "%40") in begun.uri
    assert pending(journal, ann, begun.token) == begun
    assert not is_on(journal, ann)
    assert begun.seed not in repr(begun)
    assert begun.token not in repr(begun)


def test_the_first_code_turns_it_on_in_one_commit(journal: Journal) -> None:
    ann = signed(journal)
    begun = begin(journal, ann)
    code = pyotp.TOTP(begun.seed).at(NOON)
    confirm(journal, ann, begun, f" {code[:3]} {code[3:]} ", NONE)
    (factor,) = factors_of(journal, owner(journal, ann.account_id))
    assert (factor.kind, factor.name) == ("totp", None)
    assert topics(journal, ann.account_id)[-2:] == [
        "credentials.Begun",
        "credentials.FactorAdded",
    ]
    (counter,) = rows_of(journal, "factor_counters", ann.account_id)
    assert counter["counter"] == int(NOON.timestamp()) // 30
    mail = mail_of(journal, ann.account_id, "factor_added")
    assert (mail["to"], mail["values"]["at"]) == (ann.email, "2026-11-23T12:00:00Z")
    assert begun.seed not in str(rows_of(journal, "secrets", ann.account_id))


def test_an_enrolment_is_confirmed_once(journal: Journal) -> None:
    ann = signed(journal)
    begun = begin(journal, ann)
    code = pyotp.TOTP(begun.seed)
    confirm(journal, ann, begun, code.at(NOON), NONE)
    with pytest.raises(TokenGone):
        confirm(journal, ann, begun, code.at(NOON + STEP), STEP)
    assert pending(journal, ann, begun.token) is None
    assert len(factors_of(journal, owner(journal, ann.account_id))) == 1


def test_an_enrolment_is_open_for_ten_minutes_to_the_instant(journal: Journal) -> None:
    ann = signed(journal)
    begun = begin(journal, ann)
    code = pyotp.TOTP(begun.seed).at(NOON + TERM - STEP)
    assert pending(journal, ann, begun.token, TERM) is None
    with pytest.raises(TokenGone):
        confirm(journal, ann, begun, code, TERM)
    assert pending(journal, ann, begun.token, TERM - INSTANT) is not None
    confirm(journal, ann, begun, code, TERM - INSTANT)


def test_five_wrong_codes_end_an_enrolment(journal: Journal) -> None:
    ann = signed(journal)
    begun = begin(journal, ann)
    code = pyotp.TOTP(begun.seed)
    for number in range(CHALLENGE_TRIES_MAX):
        with pytest.raises(WrongCode) as refused:
            confirm(journal, ann, begun, code.at(NOON + (number + 2) * STEP), NONE)
        assert refused.value.clock_off
    with pytest.raises(TokenGone):
        confirm(journal, ann, begun, code.at(NOON), NONE)
    assert not is_on(journal, ann)
    assert rows_of(journal, "factor_counters", ann.account_id) == []


def test_an_enrolment_of_somebody_else_is_none_and_loses_no_try(
    journal: Journal,
) -> None:
    ann, eve = signed(journal), signed(journal)
    begun = begin(journal, ann)
    code = pyotp.TOTP(begun.seed).at(NOON)
    assert pending(journal, eve, begun.token) is None
    for _ in range(CHALLENGE_TRIES_MAX):
        with pytest.raises(TokenGone):
            confirm(journal, eve, begun, code, NONE)
    confirm(journal, ann, begun, code, NONE)
    assert not is_on(journal, eve)


def test_an_enrolment_from_before_another_change_is_void(journal: Journal) -> None:
    ann = signed(journal)
    begun = begin(journal, ann)
    with_factor(journal, ann.account_id)
    with pytest.raises(TokenGone):
        confirm(journal, ann, begun, pyotp.TOTP(begun.seed).at(NOON), NONE)
    assert len(factors_of(journal, owner(journal, ann.account_id))) == 1


def test_a_passkey_is_added_with_its_name_cut_short(journal: Journal) -> None:
    ann = signed(journal)
    holder = owner(journal, ann.account_id)
    for given, kept in ((f" {'blue ' * 40}", ("blue " * 16)), (" ", None)):
        command = passkey_begun(journal, ann, new_name()).command
        command = AddPasskey(**{**vars(command), "name": given})
        add_passkey(journal, holder, command, context_at(NOON), SITE)
        factor = factors_of(journal, holder)[-1]
        assert (factor.kind, factor.name) == ("passkey", kept)
    assert mail_of(journal, ann.account_id, "factor_added")["to"] == ann.email


def new_name() -> bytes:
    return uuid4().bytes


def test_the_browser_is_told_which_passkeys_are_known(journal: Journal) -> None:
    ann = signed(journal)
    keys = [with_passkey(journal, ann, new_name()) for _ in range(2)]
    holder = owner(journal, ann.account_id)
    found = begin_passkey(journal, holder, context_at(NOON), SITE)
    options = json.loads(found.options)
    assert len(options["excludeCredentials"]) == len(keys)
    assert options["user"]["name"] == ann.email


@pytest.mark.parametrize("spoilt", ["origin", "rp_id", "challenge", "text"])
def test_a_passkeys_answer_that_does_not_fit_adds_nothing(
    journal: Journal, spoilt: str
) -> None:
    ann = signed(journal)
    begun = passkey_begun(journal, ann)
    value: object = bytes(32) if spoilt == "challenge" else "https://evil.example"
    setattr(begun.authenticator, spoilt, value)
    answer = "{}" if spoilt == "text" else json.dumps(begun.authenticator.created())
    command = AddPasskey(**{**vars(begun.command), "answer": answer})
    holder = owner(journal, ann.account_id)
    with pytest.raises(WrongCode):
        add_passkey(journal, holder, command, context_at(NOON), SITE)
    assert not is_on(journal, ann)


def test_a_passkey_that_another_account_began_is_not_added(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    begun = passkey_begun(journal, ann)
    with pytest.raises(TokenGone):
        add_passkey(
            journal,
            owner(journal, eve.account_id),
            begun.command,
            context_at(NOON),
            SITE,
        )
    holder = owner(journal, ann.account_id)
    add_passkey(journal, holder, begun.command, context_at(NOON), SITE)


def test_one_factor_of_two_goes_and_the_other_is_still_asked_for(
    journal: Journal,
) -> None:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id)
    with_passkey(journal, ann)
    holder = owner(journal, ann.account_id)
    first, second = factors_of(journal, holder)
    command = RemoveFactor(account_id=ann.account_id, factor_id=second.factor_id)
    remove_factor(journal, command, context_at(NOON))
    assert factors_of(journal, holder) == [first]
    kinds = sorted(row["kind"] for row in rows_of(journal, "secrets", ann.account_id))
    assert kinds == ["password", "totp"]
    assert mail_of(journal, ann.account_id, "factor_removed")["to"] == ann.email
    code = Proof(code=authenticator.at(NOON + STEP))
    half = proofs.half_way(journal, ann, NOON + STEP)
    proofs.finish(journal, half, code, NOON + STEP)


def test_the_last_factor_turns_two_factor_off(journal: Journal) -> None:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    proofs.codes_of(journal, ann)
    (factor,) = factors_of(journal, owner(journal, ann.account_id))
    command = RemoveFactor(account_id=ann.account_id, factor_id=factor.factor_id)
    remove_factor(journal, command, context_at(NOON))
    assert not is_on(journal, ann)
    assert topics(journal, ann.account_id)[-1] == "credentials.TwoFactorTurnedOff"
    with pytest.raises(NoSuchFactor):
        remove_factor(journal, command, context_at(NOON))


def test_a_factor_of_another_account_is_as_unknown_as_none(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    for one in (ann, eve):
        with_factor(journal, one.account_id)
    (hers,) = factors_of(journal, owner(journal, ann.account_id))
    for factor_id in (hers.factor_id, uuid4()):
        command = RemoveFactor(account_id=eve.account_id, factor_id=factor_id)
        with pytest.raises(NoSuchFactor):
            remove_factor(journal, command, context_at(NOON))
    assert is_on(journal, ann)
    assert is_on(journal, eve)


def test_two_factor_is_turned_off_once(journal: Journal) -> None:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    with_passkey(journal, ann)
    for account_id, refusal in (
        (ann.account_id, None),
        (ann.account_id, TwoFactorIsOff),
        (uuid4(), NoSuchAccount),
    ):
        command = TurnOff(account_id=account_id)
        if refusal is None:
            turn_off(journal, command, context_at(NOON))
            continue
        with pytest.raises(refusal):
            turn_off(journal, command, context_at(NOON))
    assert not is_on(journal, ann)
    assert mail_of(journal, ann.account_id, "two_factor_off")["to"] == ann.email
