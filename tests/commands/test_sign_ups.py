"""How sign-ups for one address, one link and one command meet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from commands.accounts import (
    VerifySignUp,
    sign_up,
    verify_sign_up,
)
from ledger.journal import Journal
from ledger.refusals import (
    CommandReused,
    EmailTaken,
    TokenGone,
)
from tests.commands.people import (
    CHEAP,
    PHRASE,
    Person,
    asking,
    counted,
    mails_of,
    member,
    new_email,
    rows_of,
    signed_up,
)
from tests.conftest import NOON, context_at


def verify(
    journal: Journal, person: Person, password: str = PHRASE, key: str | None = None
) -> None:
    command = VerifySignUp(token=person.token, password=password)
    verify_sign_up(journal, command, context_at(NOON, key=key), CHEAP)


def test_the_holder_of_an_address_is_told_at_his_own_address(journal: Journal) -> None:
    holder = member(journal, name="Ann Holder", language="fr")
    other = signed_up(journal, holder.email.upper(), name="Eve", language="en")
    mail = mails_of(journal, holder.account_id)[-1]
    assert (mail["template"], mail["language"]) == ("account_exists", "fr")
    assert mail["to"] == holder.email
    assert mail["values"] == {"name": "Ann Holder"}
    assert mails_of(journal, other.account_id) == []


def test_the_answer_is_the_same_whether_the_address_is_free_or_taken(
    journal: Journal,
) -> None:
    holder = member(journal)
    answers = [
        sign_up(journal, asking(email), context_at(NOON), CHEAP)
        for email in (holder.email, new_email())
    ]
    assert [(a.version, sorted(a.ids), a.repeated) for a in answers] == [
        (1, ["account"], False),
        (1, ["account"], False),
    ]


def test_a_repeated_sign_up_records_and_mails_nothing_twice(journal: Journal) -> None:
    command, context = asking(new_email()), context_at(NOON, key=uuid4().hex)
    first = sign_up(journal, command, context, CHEAP)
    account_id = UUID(first.ids["account"])
    before = counted(journal, account_id)
    again = sign_up(journal, command, context, CHEAP)
    assert (again.repeated, again.ids) == (True, first.ids)
    assert counted(journal, account_id) == before
    with pytest.raises(CommandReused):
        sign_up(journal, asking(new_email()), context, CHEAP)


def test_a_sign_up_repeated_after_its_verification_mails_nothing(
    journal: Journal,
) -> None:
    command, context = asking(new_email()), context_at(NOON, key=uuid4().hex)
    account_id = UUID(sign_up(journal, command, context, CHEAP).ids["account"])
    token = mails_of(journal, account_id)[0]["values"]["token"]
    verify(journal, Person(account_id, command.email, token))
    assert sign_up(journal, command, context, CHEAP).repeated
    assert len(mails_of(journal, account_id)) == 1


def test_a_repeated_sign_up_tells_the_holder_once(journal: Journal) -> None:
    holder = member(journal)
    context = context_at(NOON, key=uuid4().hex)
    for _ in range(2):
        sign_up(journal, asking(holder.email), context, CHEAP)
    assert len(mails_of(journal, holder.account_id)) == 2


def test_a_used_link_opens_nothing_though_its_sign_up_still_waits(
    journal: Journal,
) -> None:
    person = signed_up(journal)
    with journal.connections.for_account(person.account_id) as connection:
        connection.execute(
            "UPDATE tokens SET used_at = %s WHERE account_id = %s",
            (NOON, person.account_id),
        )
    with pytest.raises(TokenGone):
        verify(journal, person)


def test_of_24_uses_of_one_link_at_once_one_wins(journal: Journal) -> None:
    person = signed_up(journal)

    def attempt(_: int) -> str:
        try:
            verify(journal, person)
        except TokenGone:
            return "gone"
        return "won"

    with ThreadPoolExecutor(24) as pool:
        outcomes = list(pool.map(attempt, range(24)))
    assert sorted(outcomes) == ["gone"] * 23 + ["won"]
    assert counted(journal, person.account_id)["journal"] == 2


def test_of_two_accounts_racing_for_one_address_one_gets_it(journal: Journal) -> None:
    email = new_email()
    people = [signed_up(journal, email), signed_up(journal, email.upper())]
    before = [counted(journal, person.account_id) for person in people]

    def attempt(person: Person) -> bool:
        try:
            verify(journal, person)
        except EmailTaken:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(attempt, people))
    assert sorted(won) == [False, True]
    loser = won.index(False)
    assert counted(journal, people[loser].account_id) == before[loser]
    assert rows_of(journal, "tokens", people[loser].account_id)[0]["used_at"] is None
