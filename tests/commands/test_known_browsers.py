"""A known browser: strangers cannot keep it out, and only a new one is news."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.known_browsers import BETWEEN, marks_in, new_mark, with_mark
from commands.limiter import BUCKETS
from commands.limits import KNOWN_BROWSER_ACCOUNTS_MAX, KNOWN_BROWSER_SECONDS
from commands.second_factors import Proof
from commands.session_begins import BegunSession
from commands.session_ends import EndOtherSessions, end_other_sessions
from commands.sessions import BeginSession, HalfSession, begin_session
from ledger.journal import Context, Journal
from ledger.refusals import TooManyAttempts, WrongCredentials
from ledger.sessions import DEVICE
from tests.commands.people import CHEAP, PHRASE, member, new_email
from tests.commands.proofs import finish
from tests.commands.signed import (
    SignedIn,
    mail_of,
    signed,
    somewhere,
    templates,
    with_factor,
)
from tests.conftest import NOON, context_at

ANN, BOB = UUID(int=1), UUID(int=2)
YEAR, SECOND = timedelta(seconds=KNOWN_BROWSER_SECONDS), timedelta(seconds=1)
NEWS = "signed_in_elsewhere"


def begin(
    journal: Journal,
    email: str,
    marks: str | None = "",
    password: str = PHRASE,
    context: Context | None = None,
    kind: str = "browser",
) -> BegunSession | HalfSession:
    command = BeginSession(email=email, password=password, marks=marks, kind=kind)
    return begin_session(journal, command, context or somewhere(), CHEAP)


def entered(journal: Journal, email: str, marks: str | None = "") -> BegunSession:
    found = begin(journal, email, marks)
    assert isinstance(found, BegunSession)
    return found


def stormed(journal: Journal, email: str) -> None:
    """Let strangers use up the tries that an account has."""
    for _ in range(BUCKETS["sign_in_account"].hits_max):
        with suppress(WrongCredentials, TooManyAttempts):
            begin(journal, email, None, "another sentence, quite")
    with pytest.raises(TooManyAttempts):
        begin(journal, email)


def test_a_mark_names_account_and_epoch_for_a_year_to_the_second(
    journal: Journal,
) -> None:
    text = new_mark(journal.vault, ANN, 3, NOON)
    for after in (timedelta(), YEAR - SECOND):
        (mark,) = marks_in(journal.vault, text, NOON + after)
        assert (mark.account_id, mark.epoch) == (ANN, 3)
    assert marks_in(journal.vault, text, NOON + YEAR) == []


def test_a_mark_that_we_did_not_sign_is_none(journal: Journal) -> None:
    text = new_mark(journal.vault, ANN, 3, NOON)
    account, epoch, browser, until, signature = text.split(".")
    for parts in (
        (str(BOB), epoch, browser, until, signature),
        (account, "4", browser, until, signature),
        (account, epoch, str(uuid4()), until, signature),
        (account, epoch, browser, str(int(until) + 1), signature),
        (account, epoch, browser, until, "0" * 64),
        (account, epoch, browser, until, ""),
        (account, epoch, browser, until),
        (account, f"0{epoch}", browser, until, signature),
    ):
        assert marks_in(journal.vault, ".".join(parts), NOON) == []
    for other in ("", "~~~", "x" * 5000, "é", text.upper(), text + "é"):
        assert marks_in(journal.vault, other, NOON) == []


def test_a_browser_keeps_the_newest_mark_of_each_of_four_accounts(
    journal: Journal,
) -> None:
    vault, kept, ids = journal.vault, "", [UUID(int=n) for n in range(1, 7)]
    for number, account_id in enumerate([*ids, ids[3]]):
        kept = with_mark(kept, new_mark(vault, account_id, number, NOON))
    found = [(mark.account_id.int, mark.epoch) for mark in marks_in(vault, kept, NOON)]
    assert found == [(4, 6), (6, 5), (5, 4), (3, 2)]
    assert len(found) == KNOWN_BROWSER_ACCOUNTS_MAX
    assert len(kept) < 1000


def test_what_is_no_mark_is_not_kept(journal: Journal) -> None:
    mark = new_mark(journal.vault, ANN, 1, NOON)
    for rubbish in ("", "x", "~" * 9000, f"{ANN}.1.2", "\x00~é"):
        assert with_mark(rubbish, mark) == mark
    many = BETWEEN.join(
        new_mark(journal.vault, UUID(int=n), 1, NOON) for n in range(1, 10)
    )
    assert len(marks_in(journal.vault, many, NOON)) == KNOWN_BROWSER_ACCOUNTS_MAX


def test_strangers_who_used_the_tries_up_do_not_keep_the_owner_out(
    journal: Journal,
) -> None:
    person = member(journal)
    mark = entered(journal, person.email).mark
    stormed(journal, person.email)
    for _ in range(3):
        assert entered(journal, person.email, mark).account_id == person.account_id


def test_a_known_browser_has_ten_tries_in_five_minutes_too(journal: Journal) -> None:
    person = member(journal)
    mark = entered(journal, person.email).mark
    for _ in range(BUCKETS["sign_in_browser"].hits_max):
        with pytest.raises(WrongCredentials):
            begin(journal, person.email, mark, "another sentence, quite")
    with pytest.raises(TooManyAttempts):
        begin(journal, person.email, mark)
    begin(journal, person.email, mark, context=somewhere(NOON + timedelta(minutes=5)))


def test_a_known_browser_still_counts_for_its_network(journal: Journal) -> None:
    person, here = member(journal), somewhere().ip
    mark = entered(journal, person.email).mark
    for _ in range(BUCKETS["sign_in_pair"].hits_max):
        context = context_at(NOON, ip=here)
        with pytest.raises(WrongCredentials):
            begin(journal, person.email, mark, "another sentence, quite", context)
    with pytest.raises(TooManyAttempts):
        begin(journal, person.email, mark, context=context_at(NOON, ip=here))


def test_a_mark_of_another_account_helps_nobody(journal: Journal) -> None:
    ann, eve = member(journal), member(journal)
    hers = entered(journal, eve.email).mark
    stormed(journal, ann.email)
    for marks in (hers, hers.replace(str(eve.account_id), str(ann.account_id))):
        with pytest.raises(TooManyAttempts):
            begin(journal, ann.email, marks)
    with pytest.raises(WrongCredentials):
        begin(journal, new_email(), hers)


def test_a_mark_from_before_the_credentials_changed_is_none(journal: Journal) -> None:
    ann = signed(journal)
    mark = entered(journal, ann.email).mark
    end_other_sessions(
        journal,
        EndOtherSessions(account_id=ann.account_id, session_id=ann.session_id),
        context_at(NOON),
    )
    stormed(journal, ann.email)
    with pytest.raises(TooManyAttempts):
        begin(journal, ann.email, mark)


def news(journal: Journal, ann: SignedIn) -> int:
    return templates(journal, ann.account_id).count(NEWS)


def test_only_a_browser_that_was_not_here_before_is_mailed(journal: Journal) -> None:
    ann = signed(journal)
    context = somewhere()
    found = begin(journal, ann.email, context=context)
    assert isinstance(found, BegunSession)
    mail = mail_of(journal, ann.account_id, NEWS)
    assert mail["to"] == ann.email
    assert mail["values"] == {
        "name": "Ann",
        "at": "2026-11-23T12:00:00Z",
        "ip": context.ip,
    }
    entered(journal, ann.email, found.mark)
    assert news(journal, ann) == 1
    entered(journal, ann.email)
    assert news(journal, ann) == 2


def test_where_no_mark_could_be_kept_nothing_is_news(journal: Journal) -> None:
    ann = signed(journal)
    entered(journal, ann.email, None)
    assert news(journal, ann) == 0


def test_a_browser_is_known_and_news_once_both_factors_were_shown(
    journal: Journal,
) -> None:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id, NOON - timedelta(minutes=5))
    half = begin(journal, ann.email)
    assert isinstance(half, HalfSession)
    assert news(journal, ann) == 0
    begun = finish(journal, half, Proof(code=authenticator.at(NOON)))
    assert news(journal, ann) == 1
    again = begin(journal, ann.email, begun.mark)
    assert isinstance(again, HalfSession)
    later = NOON + timedelta(seconds=30)
    finish(journal, again, Proof(code=authenticator.at(later)), later)
    assert news(journal, ann) == 1


def test_an_application_keeps_no_mark(journal: Journal) -> None:
    ann = signed(journal)
    found = begin(journal, ann.email, "", kind=DEVICE)
    assert isinstance(found, BegunSession)
    assert found.mark == ""
    assert news(journal, ann) == 1
