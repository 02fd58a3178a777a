"""The keys that a customer makes: shown once, counted, rotated, narrowed, listed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands import limits
from commands.api_keys import Key, authenticate_key
from commands.closing import CloseAccount, close_account
from commands.customer_keys import (
    EditKey,
    IssueCustomerKey,
    RotateKey,
    ShownSecret,
    edit_key,
    issue_customer_key,
    keys_of,
    known_key,
    rotate_key,
)
from commands.gateways.tokens import is_key_secret
from commands.key_revocations import RevokeApiKey, revoke_api_key
from ledger.api_keys import CUSTOMER_SCOPES, SERVICE_SCOPES, ApiKey
from ledger.journal import Journal
from ledger.refusals import (
    AccountClosed,
    AlreadyAnswered,
    NoSuchAccount,
    NoSuchKey,
    ScopesOnlyNarrow,
    ScopeUnknown,
    TextRefused,
    TooManyKeys,
)
from tests.commands.people import counted, mails_of, member, rows_of, signed_up
from tests.commands.signed import at_once, templates, topics
from tests.commands.test_sessions import everything
from tests.conftest import NOON, context_at
from web.database import Database

HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)


def asking(account_id: UUID) -> IssueCustomerKey:
    return IssueCustomerKey(
        account_id=account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )


def issued(
    journal: Journal, command: IssueCustomerKey, key: str | None = None
) -> ShownSecret:
    return issue_customer_key(journal, command, context_at(NOON, key=key))


def rotated(
    journal: Journal,
    account_id: UUID,
    key_id: UUID,
    hours: int = 24,
    after: timedelta = timedelta(),
) -> ShownSecret:
    command = RotateKey(account_id=account_id, key_id=key_id, overlap_hours=hours)
    return rotate_key(journal, command, context_at(NOON + after))


def revoke(journal: Journal, account_id: UUID, key_id: UUID) -> None:
    command = RevokeApiKey(account_id=account_id, key_id=key_id)
    revoke_api_key(journal, command, context_at(NOON))


def opens(
    journal: Journal, key: ShownSecret, after: timedelta = timedelta()
) -> Key | None:
    return authenticate_key(journal, key.key_id, key.secret, NOON + after)


def edit(journal: Journal, account_id: UUID, key_id: UUID, *scopes: str) -> None:
    command = EditKey(
        account_id=account_id, key_id=key_id, name="Zapier", scopes=scopes
    )
    edit_key(journal, command, context_at(NOON))


def test_a_key_opens_its_own_account_with_its_scopes(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = issued(journal, asking(account_id))
    found = opens(journal, key)
    assert found == Key(
        key_id=key.key_id,
        account_id=account_id,
        name="Zapier",
        scopes=frozenset(CUSTOMER_SCOPES),
        for_service=False,
    )
    assert is_key_secret(key.secret)
    assert key.secret not in repr(key)


def test_the_holder_is_mailed_that_there_is_a_key(journal: Journal) -> None:
    account_id = member(journal).account_id
    issued(journal, asking(account_id))
    mail = mails_of(journal, account_id)[-1]
    assert mail["template"] == "api_key_issued"
    assert mail["values"] == {"name": "Ann", "key": "Zapier"}
    assert topics(journal, account_id)[2:] == ["api_keys.Issued"]


def test_a_key_can_never_have_the_scopes_of_a_service(journal: Journal) -> None:
    account_id = member(journal).account_id
    before = counted(journal, account_id)
    with pytest.raises(TextRefused):
        issued(journal, replace(asking(account_id), name=" ", scopes=("keys:write",)))
    for scope in (*SERVICE_SCOPES, "keys:write", ""):
        with pytest.raises(ScopeUnknown) as refused:
            issued(journal, replace(asking(account_id), scopes=(scope,)))
        assert refused.value.scope == scope
    assert counted(journal, account_id) == before


def test_a_repeat_does_not_show_the_secret_again(journal: Journal) -> None:
    account_id, again = member(journal).account_id, uuid4().hex
    key = issued(journal, asking(account_id), again)
    before = counted(journal, account_id)
    with pytest.raises(AlreadyAnswered):
        issued(journal, asking(account_id), again)
    command = RotateKey(account_id=account_id, key_id=key.key_id)
    rotate_key(journal, command, context_at(NOON, key=again))
    with pytest.raises(AlreadyAnswered):
        rotate_key(journal, command, context_at(NOON, key=again))
    assert counted(journal, account_id)["journal"] == before["journal"] + 1


def test_an_account_has_twenty_keys_and_revoked_ones_do_not_count(
    journal: Journal,
) -> None:
    account_id = member(journal).account_id
    keys = [issued(journal, asking(account_id)) for _ in range(limits.API_KEYS_MAX)]
    before = counted(journal, account_id)
    with pytest.raises(TooManyKeys) as refused:
        issued(journal, asking(account_id))
    assert refused.value.keys_max == limits.API_KEYS_MAX == 20
    assert counted(journal, account_id) == before
    revoke(journal, account_id, keys[0].key_id)
    issued(journal, asking(account_id))
    with pytest.raises(TooManyKeys):
        issued(journal, asking(account_id))


def test_of_24_keys_made_at_once_twenty_are(journal: Journal) -> None:
    account_id = member(journal).account_id
    won, lost = at_once(lambda: issued(journal, asking(account_id)), TooManyKeys)
    assert (won, lost) == (20, ["TooManyKeys"] * 4)
    assert topics(journal, account_id).count("api_keys.Issued") == 20
    assert len(keys_of(journal, account_id)) == 20
    assert templates(journal, account_id) == ["api_key_issued"] * 20


def test_a_key_expires_at_the_instant_that_was_chosen(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = issued(journal, replace(asking(account_id), expires_at=NOON + HOUR))
    assert opens(journal, key, HOUR - INSTANT) is not None
    assert opens(journal, key, HOUR) is None
    assert [one.key.id for one in keys_of(journal, account_id)] == [key.key_id]


def test_after_a_rotation_both_secrets_open_until_the_overlap_ends(
    journal: Journal,
) -> None:
    account_id = member(journal).account_id
    old = issued(journal, asking(account_id))
    new = rotated(journal, account_id, old.key_id, hours=2)
    assert new.key_id == old.key_id
    assert new.secret != old.secret
    last = 2 * HOUR - INSTANT
    assert [opens(journal, key, last) is not None for key in (old, new)] == [True, True]
    assert opens(journal, old, 2 * HOUR) is None
    assert opens(journal, new, 2 * HOUR) is not None


@pytest.mark.parametrize(
    ("hours", "kept"), [(-1, 0), (0, 0), (1, 1), (168, 168), (169, 168), (9999, 168)]
)
def test_an_overlap_is_a_week_at_most_and_none_at_least(
    journal: Journal, hours: int, kept: int
) -> None:
    account_id = member(journal).account_id
    old = issued(journal, asking(account_id))
    rotated(journal, account_id, old.key_id, hours)
    assert opens(journal, old, kept * HOUR) is None
    assert opens(journal, old, kept * HOUR - INSTANT) is not None


def test_a_further_rotation_ends_the_oldest_secret_at_once(journal: Journal) -> None:
    account_id = member(journal).account_id
    first = issued(journal, asking(account_id))
    second = rotated(journal, account_id, first.key_id)
    third = rotated(journal, account_id, first.key_id)
    keys = [opens(journal, key) for key in (first, second, third)]
    assert [key is not None for key in keys] == [False, True, True]
    kinds = [row["kind"] for row in rows_of(journal, "secrets", account_id)]
    assert kinds.count("api_key") == 2
    assert templates(journal, account_id).count("api_key_rotated") == 2


def test_a_key_is_renamed_and_its_scopes_only_get_fewer(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = issued(journal, asking(account_id))
    command = EditKey(
        account_id=account_id,
        key_id=key.key_id,
        name="  Sales  ",
        scopes=("account:read",),
    )
    edit_key(journal, command, context_at(NOON))
    found = opens(journal, key)
    assert found is not None
    assert (found.name, sorted(found.scopes)) == ("Sales", ["account:read"])
    before = topics(journal, account_id)
    for scope in (*CUSTOMER_SCOPES[1:], "keys:write"):
        with pytest.raises(ScopesOnlyNarrow) as refused:
            edit(journal, account_id, key.key_id, "account:read", scope)
        assert refused.value.scope == scope
    assert topics(journal, account_id) == before
    assert journal.fresh(ApiKey, key.key_id).name == "Sales"


def test_an_edit_that_changes_nothing_records_nothing(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = issued(journal, asking(account_id))
    before = counted(journal, account_id)
    edit(journal, account_id, key.key_id, *CUSTOMER_SCOPES)
    assert counted(journal, account_id) == before


def test_another_accounts_key_and_a_revoked_one_are_as_unknown_as_none(
    journal: Journal,
) -> None:
    ann, eve = member(journal).account_id, member(journal).account_id
    key, gone = issued(journal, asking(ann)), issued(journal, asking(ann))
    revoke(journal, ann, gone.key_id)
    before = topics(journal, ann)
    for account_id, key_id in ((eve, key.key_id), (ann, uuid4()), (ann, gone.key_id)):
        for deed in (edit, rotated, known_key):
            with pytest.raises(NoSuchKey):
                deed(journal, account_id, key_id)
    assert topics(journal, ann) == before
    assert known_key(journal, ann, key.key_id).id == key.key_id


def test_keys_are_listed_newest_first_without_the_revoked(journal: Journal) -> None:
    ann, eve = member(journal).account_id, member(journal).account_id
    keys = [issued(journal, asking(ann)).key_id for _ in range(5)]
    issued(journal, asking(eve))
    revoke(journal, ann, keys[1])
    found = [one.key.id for one in keys_of(journal, ann)]
    assert found == [keys[4], keys[3], keys[2], keys[0]]


def test_the_list_says_since_when_there_is_a_key_whatever_became_of_it(
    journal: Journal,
) -> None:
    account_id = member(journal).account_id
    key = issued(journal, asking(account_id))
    rotated(journal, account_id, key.key_id, after=HOUR)
    edit(journal, account_id, key.key_id, "account:read")
    (found,) = keys_of(journal, account_id)
    assert (found.created_at, found.seen_at) == (NOON, None)


def test_only_an_open_account_has_keys_made(journal: Journal) -> None:
    closed = member(journal).account_id
    close_account(journal, CloseAccount(account_id=closed), context_at(NOON))
    with pytest.raises(AccountClosed):
        issued(journal, asking(closed))
    for account_id in (uuid4(), signed_up(journal).account_id):
        with pytest.raises(NoSuchAccount):
            issued(journal, asking(account_id))


def test_no_secret_of_a_key_is_in_the_journal_or_in_a_mail(
    journal: Journal, database: Database
) -> None:
    person = member(journal)
    first = issued(journal, asking(person.account_id))
    second = rotated(journal, person.account_id, first.key_id)
    written = everything(journal, database, person)
    written += str(mails_of(journal, person.account_id))
    written += str(rows_of(journal, "directory", person.account_id))
    assert "Zapier" in written
    assert first.secret not in written
    assert second.secret not in written
