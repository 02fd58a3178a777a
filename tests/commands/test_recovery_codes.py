"""Recovery codes: shown once, kept as digests, and void once there are new ones."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from commands.credentials import credentials_of
from commands.owners import owner
from commands.recovery_codes import IssueCodes, IssuedCodes, issue_codes
from commands.second_factors import Proof
from ledger.journal import Journal
from ledger.refusals import AlreadyAnswered, NoSuchAccount, TwoFactorIsOff, WrongCode
from tests.commands import proofs
from tests.commands.people import CHEAP, rows_of
from tests.commands.signed import (
    SignedIn,
    colleague,
    mail_of,
    signed,
    templates,
    topics,
    with_factor,
)
from tests.conftest import NOON, context_at


def guarded(journal: Journal) -> SignedIn:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    return ann


def issue(journal: Journal, account_id: UUID, key: str | None = None) -> IssuedCodes:
    command = IssueCodes(account_id=account_id)
    return issue_codes(journal, command, context_at(NOON, key=key), CHEAP)


def test_ten_different_codes_are_issued_and_each_is_good(journal: Journal) -> None:
    ann = guarded(journal)
    issued = issue(journal, ann.account_id)
    assert len(set(issued.codes)) == len(issued.codes) == 10
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    assert credentials.codes_left == 10
    for number, code in enumerate(issued.codes):
        assert proofs.proven(journal, ann, Proof(code=code)).code_number == number


def test_new_codes_void_the_old_ones_and_delete_their_digests(
    journal: Journal,
) -> None:
    ann = guarded(journal)
    old, new = issue(journal, ann.account_id), issue(journal, ann.account_id)
    with pytest.raises(WrongCode):
        proofs.proven(journal, ann, Proof(code=old.codes[0]))
    assert proofs.proven(journal, ann, Proof(code=new.codes[0])).code_number == 0
    kinds = [row["kind"] for row in rows_of(journal, "secrets", ann.account_id)]
    assert kinds.count("recovery") == 1


def test_new_codes_are_counted_anew(journal: Journal) -> None:
    ann = guarded(journal)
    codes = issue(journal, ann.account_id).codes
    proofs.enter(journal, ann, proofs.proven(journal, ann, Proof(code=codes[0])))
    issue(journal, ann.account_id)
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    assert credentials.codes_left == 10


def test_without_a_second_factor_there_are_no_codes(journal: Journal) -> None:
    ann = signed(journal)
    before = topics(journal, ann.account_id)
    with pytest.raises(TwoFactorIsOff):
        issue(journal, ann.account_id)
    with pytest.raises(NoSuchAccount):
        issue(journal, uuid4())
    assert topics(journal, ann.account_id) == before
    assert rows_of(journal, "recovery_codes", ann.account_id) == []


def test_a_repeat_shows_no_codes_and_voids_none(journal: Journal) -> None:
    ann, key = guarded(journal), uuid4().hex
    codes = issue(journal, ann.account_id, key).codes
    with pytest.raises(AlreadyAnswered):
        issue(journal, ann.account_id, key)
    assert proofs.proven(journal, ann, Proof(code=codes[9])).code_number == 9
    assert topics(journal, ann.account_id)[-1] == "credentials.RecoveryCodesIssued"
    assert templates(journal, ann.account_id).count("recovery_codes_issued") == 1


def test_the_holder_is_told_and_a_member_of_staff_is_not(journal: Journal) -> None:
    ann, bob = guarded(journal), colleague(journal)
    issue(journal, ann.account_id)
    mail = mail_of(journal, ann.account_id, "recovery_codes_issued")
    assert mail["to"] == ann.email
    assert mail["values"]["at"] == "2026-11-23T12:00:00Z"
    issue(journal, bob.staff_id)
    rows = rows_of(journal, "mail_outbox", bob.staff_id)
    assert "recovery_codes_issued" not in {row["template"] for row in rows}


def test_no_code_is_in_any_row_or_representation(journal: Journal) -> None:
    ann = guarded(journal)
    issued = issue(journal, ann.account_id)
    tables = ("journal", "secrets", "recovery_codes", "mail_outbox", "challenges")
    written = repr(issued) + "".join(
        str(rows_of(journal, table, ann.account_id)) for table in tables
    )
    for code in issued.codes:
        assert code not in written
        assert code.replace("-", "") not in written


def test_sessions_and_links_outlive_new_codes(journal: Journal) -> None:
    ann = guarded(journal)
    before = credentials_of(journal, owner(journal, ann.account_id)).epoch
    issue(journal, ann.account_id)
    assert credentials_of(journal, owner(journal, ann.account_id)).epoch == before
