"""A domain's records mailed to somebody without an account, who can refuse the next."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.it_letters import (
    MailSheet,
    letters_of,
    mail_sheet,
    refusal_token,
    refuse_letters,
    refuser_of,
)
from ledger.aggregate import SYSTEM
from ledger.journal import Journal, Recorded
from ledger.refusals import (
    CommandReused,
    LetterUnwanted,
    NoSuchDomain,
    TooManyAttempts,
    UndeliverableAddress,
)
from tests.commands.people import mails_of, new_email, rows_of
from tests.commands.sending import Sender, new_name
from tests.commands.signed import topics
from tests.conftest import NOON, context_at


def mailed(
    ann: Sender, domain_id: UUID, email: str, key: str | None = None
) -> Recorded:
    command = MailSheet(
        account_id=ann.account_id, domain_id=domain_id, email=email, language="fr"
    )
    return mail_sheet(ann.journal, command, context_at(ann.now, key))


def token_of(ann: Sender) -> str:
    mail = mails_of(ann.journal, ann.account_id)[-1]
    assert mail["template"] == "it_letter"
    return str(mail["values"]["refuse_token"])


def test_the_letter_goes_out_in_its_language_and_names_who_asked(
    journal: Journal,
) -> None:
    ann, to = Sender(journal), new_email("it")
    domain_id = ann.add(new_name())
    mailed(ann, domain_id, f" {to} ")
    mail = mails_of(journal, ann.account_id)[-1]
    assert (mail["to"], mail["language"]) == (to, "fr")
    assert mail["values"]["domain_id"] == str(domain_id)
    assert "@example.com" in mail["values"]["asker"]
    assert topics(journal, ann.account_id)[-2:] == [
        "it_letters.Begun",
        "it_letters.Sent",
    ]


def test_nothing_but_the_sealed_letter_knows_whom_it_went_to(journal: Journal) -> None:
    ann, to = Sender(journal), new_email("it")
    mailed(ann, ann.add(new_name()), to)
    for table in ("journal", "journal_commands", "mail_outbox", "directory"):
        assert to not in str(rows_of(journal, table, ann.account_id))


def test_a_repeat_sends_nothing_more_and_another_address_is_another_command(
    journal: Journal,
) -> None:
    ann, to, key = Sender(journal), new_email("it"), uuid4().hex
    domain_id = ann.add(new_name())
    mailed(ann, domain_id, to, key)
    assert mailed(ann, domain_id, to, key).repeated
    with pytest.raises(CommandReused):
        mailed(ann, domain_id, new_email("other"), key)
    letters = [m for m in mails_of(journal, ann.account_id) if m["to"] == to]
    assert len(letters) == 1


def test_a_sixth_letter_within_a_day_is_refused(journal: Journal) -> None:
    ann = Sender(journal)
    domain_id = ann.add(new_name())
    for left in range(5, 0, -1):
        assert letters_of(journal, ann.account_id).left(ann.now) == left
        mailed(ann, domain_id, new_email("it"))
    with pytest.raises(TooManyAttempts) as refused:
        mailed(ann, domain_id, new_email("it"))
    assert refused.value.retry_seconds == 86_400
    ann.now += timedelta(days=1)
    mailed(ann, domain_id, new_email("it"))


def test_an_address_gets_no_more_than_five_a_day_whoever_asks(journal: Journal) -> None:
    to = new_email("it")
    for _ in range(5):
        ann = Sender(journal)
        mailed(ann, ann.add(new_name()), to)
    eve = Sender(journal)
    with pytest.raises(TooManyAttempts):
        mailed(eve, eve.add(new_name()), to.upper())


def test_who_refuses_gets_none_from_anybody_and_is_kept_as_a_digest(
    journal: Journal,
) -> None:
    ann, eve, to = Sender(journal), Sender(journal), new_email("it")
    domain_id = ann.add(new_name())
    mailed(ann, domain_id, to)
    assert refuse_letters(journal, token_of(ann), NOON)
    assert refuse_letters(journal, token_of(ann), NOON)
    for who, domain in ((ann, domain_id), (eve, eve.add(new_name()))):
        with pytest.raises(LetterUnwanted):
            mailed(who, domain, f" {to.upper()}")
    mailed(ann, domain_id, new_email("deputy"))
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute("SELECT * FROM it_letter_refusals").fetchall()
    assert to.encode() not in b"".join(bytes(row[0]) for row in rows)


def test_a_link_that_we_did_not_make_refuses_nothing(journal: Journal) -> None:
    token = refusal_token(journal, "it@example.com")
    digest, _, signature = token.partition(".")
    assert refuser_of(journal, token) == bytes.fromhex(digest)
    other = refusal_token(journal, "else@example.com").partition(".")[2]
    for forged in ("", "x", digest, f"{digest}.{other}", f"{signature}.{digest}"):
        assert refuser_of(journal, forged) is None
        assert not refuse_letters(journal, forged, NOON)


def test_what_is_wrong_is_told_in_order(journal: Journal) -> None:
    ann, bob = Sender(journal), Sender(journal)
    theirs = bob.add(new_name())
    with pytest.raises(UndeliverableAddress):
        mailed(ann, theirs, "it at example.com")
    with pytest.raises(NoSuchDomain):
        mailed(ann, theirs, new_email())
    own = ann.add(new_name())
    ann.remove(own)
    with pytest.raises(NoSuchDomain):
        mailed(ann, own, new_email())
    assert "it_letters.Sent" not in topics(journal, ann.account_id)
