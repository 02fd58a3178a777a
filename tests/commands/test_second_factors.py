"""Showing a second factor: each code, step and signature is good once."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pyotp
import pytest

from commands.credentials import credentials_of
from commands.factors import RemoveFactor, remove_factor
from commands.owners import owner
from commands.second_factors import Proof, new_challenge, passkey_options, prove
from ledger.journal import Journal
from ledger.refusals import TooManyAttempts, WrongCode
from tests.commands import proofs
from tests.commands.people import CHEAP, rows_of
from tests.commands.proofs import SITE, enter, passkey_begun, proven, with_passkey
from tests.commands.signed import SignedIn, mail_of, signed, topics, with_factor
from tests.conftest import NOON, context_at

STEP, MINUTE = timedelta(seconds=30), timedelta(minutes=1)
WRONG = "0000-0000-0000-0000"


def guarded(journal: Journal) -> tuple[SignedIn, pyotp.TOTP]:
    ann = signed(journal)
    return ann, with_factor(journal, ann.account_id, NOON - 5 * MINUTE)


def refused(journal: Journal, ann: SignedIn, code: str) -> WrongCode:
    with pytest.raises(WrongCode) as found:
        proven(journal, ann, Proof(code=code))
    return found.value


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_is_good_one_step_around_its_own(journal: Journal, steps: int) -> None:
    ann, authenticator = guarded(journal)
    code = authenticator.at(NOON + steps * STEP)
    shown = proven(journal, ann, Proof(code=f" {code[:3]} {code[3:]} "))
    assert (shown.method, shown.code_number) == ("totp", None)
    enter(journal, ann, shown)


@pytest.mark.parametrize(("steps", "hinted"), [(-2, True), (10, True), (11, False)])
def test_a_code_of_another_minute_is_refused_and_names_the_clock(
    journal: Journal, steps: int, hinted: bool
) -> None:
    ann, authenticator = guarded(journal)
    near = {authenticator.at(NOON + one * STEP) for one in range(-10, 11)}
    code = authenticator.at(NOON + steps * STEP)
    assert hinted or code not in near
    assert refused(journal, ann, code).clock_off is hinted


def test_a_code_is_good_once_and_so_is_none_before_it(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    code, before = authenticator.at(NOON), authenticator.at(NOON - STEP)
    enter(journal, ann, proven(journal, ann, Proof(code=code)))
    for old in (code, before):
        assert not refused(journal, ann, old).clock_off
    enter(journal, ann, proven(journal, ann, Proof(code=authenticator.at(NOON + STEP))))


def test_the_code_that_turned_it_on_is_used_up(journal: Journal) -> None:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id)
    refused(journal, ann, authenticator.at(NOON))


def test_a_recovery_code_is_read_however_it_is_typed_and_good_once(
    journal: Journal,
) -> None:
    ann, _ = guarded(journal)
    codes = proofs.codes_of(journal, ann)
    typed = [codes[3], codes[4].lower(), codes[5].replace("-", " ")]
    for number, code in enumerate(typed, start=3):
        shown = proven(journal, ann, Proof(code=code))
        assert (shown.method, shown.code_number) == ("recovery", number)
        enter(journal, ann, shown)
        refused(journal, ann, code)
    used = {
        row["number"]
        for row in rows_of(journal, "recovery_codes", ann.account_id)
        if row["used_at"] == NOON
    }
    assert used == {3, 4, 5}


def test_a_used_code_is_noted_with_what_it_leaves(journal: Journal) -> None:
    ann, _ = guarded(journal)
    codes = proofs.codes_of(journal, ann)
    for left in (9, 8):
        enter(journal, ann, proven(journal, ann, Proof(code=codes[left])))
        account = owner(journal, ann.account_id)
        assert credentials_of(journal, account).codes_left == left
        mail = mail_of(journal, ann.account_id, "recovery_code_used")
        assert (mail["to"], mail["values"]["left"]) == (ann.email, left)
        assert mail["values"]["at"] == "2026-11-23T12:00:00Z"
    assert topics(journal, ann.account_id)[-2:] == [
        "sessions.Begun",
        "credentials.RecoveryCodeUsed",
    ]


def test_codes_of_another_account_or_an_earlier_sheet_are_refused(
    journal: Journal,
) -> None:
    (ann, _), (eve, hers) = guarded(journal), guarded(journal)
    void, foreign = proofs.codes_of(journal, ann), proofs.codes_of(journal, eve)
    proofs.codes_of(journal, ann)
    for code in (void[0], foreign[0], hers.at(NOON), ""):
        refused(journal, ann, code)


def test_without_a_sheet_no_recovery_code_is_good(journal: Journal) -> None:
    ann, _ = guarded(journal)
    refused(journal, ann, WRONG)


def test_a_passkey_signs_its_own_challenge_once(journal: Journal) -> None:
    ann = signed(journal)
    key = with_passkey(journal, ann)
    shown = proofs.signed_by(journal, ann, key)
    assert shown.method == "passkey"
    enter(journal, ann, shown)
    with pytest.raises(WrongCode):
        enter(journal, ann, shown)
    answer = Proof(passkey=json.dumps(key.got()))
    with pytest.raises(WrongCode):
        proven(journal, ann, answer)


def test_a_copied_passkey_whose_count_does_not_rise_is_refused(
    journal: Journal,
) -> None:
    ann = signed(journal)
    key = with_passkey(journal, ann)
    key.count = 7
    enter(journal, ann, proofs.signed_by(journal, ann, key))
    key.count = 7
    with pytest.raises(WrongCode):
        proofs.signed_by(journal, ann, key)
    enter(journal, ann, proofs.signed_by(journal, ann, key))


def test_either_of_two_passkeys_answers_and_none_that_was_removed(
    journal: Journal,
) -> None:
    ann = signed(journal)
    keys = [with_passkey(journal, ann), with_passkey(journal, ann, b"credential-2")]
    for key in keys:
        enter(journal, ann, proofs.signed_by(journal, ann, key))
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    command = RemoveFactor(
        account_id=ann.account_id, factor_id=next(iter(credentials.factors))
    )
    remove_factor(journal, command, context_at(NOON))
    with pytest.raises(WrongCode):
        proofs.signed_by(journal, ann, keys[0])
    enter(journal, ann, proofs.signed_by(journal, ann, keys[1]))


def test_the_browser_is_asked_for_the_accounts_own_passkeys(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    keys = [with_passkey(journal, ann), with_passkey(journal, ann, b"credential-2")]
    with_passkey(journal, eve, b"credential-3")
    challenge = new_challenge()
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    text = passkey_options(journal, credentials, challenge, SITE)
    assert text is not None
    options = json.loads(text)
    ids = [
        base64.urlsafe_b64decode(one["id"] + "==")
        for one in options["allowCredentials"]
    ]
    assert ids == [key.credential_id for key in keys]
    assert proofs.asked_to_sign(text) == base64.b64decode(challenge)
    assert options["rpId"] == SITE.rp_id


def test_an_authenticator_alone_asks_the_browser_nothing(journal: Journal) -> None:
    ann, _ = guarded(journal)
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    assert passkey_options(journal, credentials, new_challenge(), SITE) is None
    key = passkey_begun(journal, ann).authenticator
    with pytest.raises(WrongCode):
        proofs.signed_by(journal, ann, key)


def test_the_sixth_guess_within_five_minutes_waits_whoever_guesses(
    journal: Journal,
) -> None:
    ann, authenticator = guarded(journal)
    for _ in range(5):
        refused(journal, ann, WRONG)
    good = Proof(code=authenticator.at(NOON))
    with pytest.raises(TooManyAttempts) as waiting:
        proven(journal, ann, good)
    assert waiting.value.retry_seconds == 300
    later = NOON + 5 * MINUTE
    enter(
        journal, ann, proven(journal, ann, Proof(code=authenticator.at(later)), later)
    )


def test_a_good_code_forgets_the_guesses_before_it(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    for step in (-1, 0, 1):
        for _ in range(4):
            refused(journal, ann, WRONG)
        code = authenticator.at(NOON + step * STEP)
        enter(journal, ann, proven(journal, ann, Proof(code=code)))


def test_a_code_that_was_used_before_counts_as_a_guess(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    sheet = proofs.codes_of(journal, ann)
    used = (authenticator.at(NOON), sheet[0])
    for code in used:
        enter(journal, ann, proven(journal, ann, Proof(code=code)))
    for code in (WRONG, *used, *used):
        refused(journal, ann, code)
    with pytest.raises(TooManyAttempts):
        proven(journal, ann, Proof(code=sheet[1]))


def test_a_challenge_is_drawn_of_32_bytes_that_repeat_nothing() -> None:
    drawn = [base64.b64decode(new_challenge()) for _ in range(8)]
    halves = {half for one in drawn for half in (one[:16], one[16:])}
    assert {len(one) for one in drawn} == {32}
    assert len(halves) == 16


def test_what_was_shown_is_in_no_representation() -> None:
    proof = Proof(code="123456", passkey="canary")
    assert proof.given
    assert not Proof().given
    assert "123456" not in repr(proof)
    assert "canary" not in repr(proof)


def test_nothing_is_used_up_by_showing_alone(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    code = Proof(code=authenticator.at(NOON))
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    before = topics(journal, ann.account_id)
    for _ in range(2):
        prove(journal, credentials, code, new_challenge(), SITE, NOON, CHEAP)
    assert topics(journal, ann.account_id) == before
