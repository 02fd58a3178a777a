"""Every one-time thing, used 24 times at once from two processes: one use gets through.

Every other is told why, and nothing is recorded or mailed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from uuid import UUID

import pytest

from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.email_approvals import approve_email_change
from commands.email_undos import release_due
from commands.key_revocations import revoke_leaked
from commands.owners import owner
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.journal import Journal
from ledger.refusals import EmailTaken, TokenGone
from tests.commands import factors_once, links_once
from tests.commands.links_once import Once, answered
from tests.commands.people import mails_of, new_email
from tests.commands.signed import AT_ONCE, asked, at_once, signed, topics, with_factor
from tests.conftest import NOON, context_at, journal_on
from web.database import Database

THINGS = (
    links_once.sign_up_link,
    links_once.email_confirm_link,
    links_once.email_confirm_link_of_the_old_side,
    links_once.email_cancel_link,
    links_once.email_undo_link,
    links_once.receipt_address_link,
    links_once.reset_link,
    links_once.staff_invitation,
    links_once.panel_link,
    factors_once.time_step,
    factors_once.recovery_code,
    factors_once.passkey_count,
    factors_once.sign_in_challenge,
    factors_once.half_a_sign_in_with_a_code,
    factors_once.half_a_sign_in_with_a_passkey,
    factors_once.code_that_asks_again,
    factors_once.authenticator_enrolment,
    factors_once.passkey_enrolment,
    factors_once.link_that_refuses_a_factor_reset,
    factors_once.key_that_is_shown_once,
)


def mailed(journal: Journal, account_id: UUID) -> list[str]:
    return sorted(mail["template"] for mail in mails_of(journal, account_id))


@pytest.fixture(scope="module")
def process(database: Database) -> Iterator[Journal]:
    """The journal of another process, with a cache and locks of its own."""
    yield from journal_on(database)


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.__name__)
def test_of_24_uses_at_once_one_wins(
    journal: Journal, process: Journal, thing: Callable[[Journal], Once]
) -> None:
    once, turns = thing(journal), cycle([journal, process])
    facts = topics(journal, once.account_id)
    mails = mailed(journal, once.account_id)

    won, lost = at_once(lambda: once.use(next(turns)), *once.refused)

    assert (won, len(lost)) == (1, AT_ONCE - 1)
    assert topics(journal, once.account_id) == facts + once.facts
    assert mailed(journal, once.account_id) == sorted(mails + once.mails)


def test_a_secret_that_24_scanners_found_at_once_revokes_and_mails_once(
    journal: Journal, process: Journal
) -> None:
    ann, turns = signed(journal), cycle([journal, process])
    command = IssueCustomerKey(
        account_id=ann.account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )
    secret = issue_customer_key(journal, command, context_at(NOON)).secret
    at_once(lambda: revoke_leaked(next(turns), secret, context_at(NOON)))
    assert topics(journal, ann.account_id).count("api_keys.Revoked") == 1
    assert mailed(journal, ann.account_id).count("api_key_leaked") == 1


def test_of_five_accounts_that_move_to_one_address_at_once_one_gets_it(
    journal: Journal, process: Journal
) -> None:
    to, uses, turns = new_email(), [], cycle([journal, process])
    people = [signed(journal) for _ in range(5)]
    for ann in people:
        with_factor(journal, ann.account_id)
        asked(journal, ann, to)
        place = ("email_change_confirm",)
        uses.append(answered(journal, ann, place, approve_email_change))
    rounds = [use for _ in range(5) for use in uses][:AT_ONCE]
    won, lost = at_once(lambda: rounds.pop()(next(turns)), EmailTaken, TokenGone)
    assert (won, "EmailTaken" in lost) == (1, True)
    holders = [owner(journal, ann.account_id).email == to for ann in people]
    assert sum(holders) == 1


def release(journal: Journal) -> None:
    while release_due(journal, context_at(NOON + timedelta(hours=72))):
        pass


def test_an_undo_that_lapsed_is_released_once_by_many(
    journal: Journal, process: Journal
) -> None:
    ann, turns = signed(journal), cycle([journal, process])
    with_factor(journal, ann.account_id)
    asked(journal, ann)
    answered(journal, ann, ("email_change_confirm",), approve_email_change)(journal)
    at_once(lambda: release(next(turns)))
    facts = topics(journal, ann.account_id)
    assert facts.count("email_addresses.PreviousReleased") == 1
