"""Links about a change of address: what they show, and when they are over."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from commands.closing import CloseAccount, close_account
from commands.email_approvals import approve_email_change, cancel_by_link
from commands.email_links import CANCEL, CONFIRM, UNDO, AnswerLink, LinkShown, shown
from commands.email_undos import undo_email_change
from commands.gateways.tokens import new_token
from commands.password_changes import ChangePassword, change_password
from commands.session_ends import EndSession, end_session
from ledger.email_addresses import NEW, OLD
from ledger.journal import Journal
from ledger.refusals import TokenGone
from tests.commands.people import CHEAP, counted, new_email
from tests.commands.signed import SignedIn, asked, link_in, signed, with_factor
from tests.conftest import NOON, context_at

INSTANT, HOUR = timedelta(microseconds=1), timedelta(hours=1)


def links(journal: Journal, ann: SignedIn) -> dict[str, str]:
    """The links of a change that waits: for the new side, the old one, to cancel."""
    account_id, notice = ann.account_id, "email_change_notice"
    return {
        NEW: link_in(journal, account_id, "email_change_confirm"),
        OLD: link_in(journal, account_id, notice, "confirm_token"),
        CANCEL: link_in(journal, account_id, notice),
    }


def seen(
    journal: Journal, token: str, kind: str = CONFIRM, after: timedelta = timedelta()
) -> LinkShown | None:
    return shown(journal, token, kind, context_at(NOON + after))


def use(
    journal: Journal, token: str, kind: str = CONFIRM, after: timedelta = timedelta()
) -> None:
    does = {
        CONFIRM: approve_email_change,
        CANCEL: cancel_by_link,
        UNDO: undo_email_change,
    }
    does[kind](journal, AnswerLink(token=token), context_at(NOON + after))


def moved(journal: Journal) -> tuple[SignedIn, str]:
    """Somebody who has another address now."""
    ann, to = signed(journal), new_email()
    with_factor(journal, ann.account_id)
    asked(journal, ann, to)
    use(journal, link_in(journal, ann.account_id, "email_change_confirm"))
    return ann, to


def test_a_link_shows_both_addresses_and_its_side(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    asked(journal, ann, to)
    found = links(journal, ann)
    assert [
        seen(journal, found[NEW]),
        seen(journal, found[OLD]),
        seen(journal, found[CANCEL], CANCEL),
    ] == [
        LinkShown(account_id=ann.account_id, side=side, old=ann.email, new=to)
        for side in (NEW, OLD, "")
    ]


def test_an_undo_shows_where_it_leads_back_to(journal: Journal) -> None:
    ann, to = moved(journal)
    token = link_in(journal, ann.account_id, "email_changed_previous")
    assert seen(journal, token, UNDO) == LinkShown(
        account_id=ann.account_id, side="", old=ann.email, new=to
    )


def test_looking_at_a_link_changes_nothing_however_often(journal: Journal) -> None:
    ann = signed(journal)
    asked(journal, ann)
    found, before = links(journal, ann), counted(journal, ann.account_id)
    for _ in range(10):
        assert seen(journal, found[NEW]) is not None
        assert seen(journal, found[CANCEL], CANCEL) is not None
    assert counted(journal, ann.account_id) == before
    use(journal, found[NEW])


def test_no_other_text_shows_anything_or_does_anything(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    asked(journal, ann)
    token = links(journal, ann)[NEW]
    secret = token.split(".")[1]
    for text in (
        "",
        "x",
        token[:-1],
        token + "A",
        f"{eve.account_id}.{secret}",
        f"{uuid4()}.{secret}",
        new_token(ann.account_id).text,
    ):
        assert seen(journal, text) is None
        with pytest.raises(TokenGone):
            use(journal, text)


def test_a_link_does_only_what_it_is_for(journal: Journal) -> None:
    ann = signed(journal)
    asked(journal, ann)
    found = links(journal, ann)
    for name, others in ((NEW, (CANCEL, UNDO)), (CANCEL, (CONFIRM, UNDO))):
        for kind in others:
            assert seen(journal, found[name], kind) is None
            with pytest.raises(TokenGone):
                use(journal, found[name], kind)


def test_a_link_is_good_for_an_hour_to_the_instant(journal: Journal) -> None:
    ann = signed(journal)
    asked(journal, ann)
    for name, kind in ((NEW, CONFIRM), (OLD, CONFIRM), (CANCEL, CANCEL)):
        token = links(journal, ann)[name]
        assert seen(journal, token, kind, HOUR - INSTANT) is not None
        assert seen(journal, token, kind, HOUR) is None
        with pytest.raises(TokenGone):
            use(journal, token, kind, HOUR)


def test_a_side_that_has_confirmed_is_asked_no_more(journal: Journal) -> None:
    ann = signed(journal)
    asked(journal, ann)
    found = links(journal, ann)
    use(journal, found[OLD])
    assert seen(journal, found[OLD]) is None
    assert seen(journal, found[NEW]) is not None
    assert seen(journal, found[CANCEL], CANCEL) is not None


def test_other_credentials_void_every_link_of_a_change_that_waits(
    journal: Journal,
) -> None:
    ann = signed(journal)
    asked(journal, ann)
    command = ChangePassword(
        account_id=ann.account_id,
        session_id=ann.session_id,
        password="Sept moutons blancs, hier",
        end_others=False,
    )
    change_password(journal, command, context_at(NOON), CHEAP)
    for name, kind in ((NEW, CONFIRM), (OLD, CONFIRM), (CANCEL, CANCEL)):
        token = links(journal, ann)[name]
        assert seen(journal, token, kind) is None
        with pytest.raises(TokenGone):
            use(journal, token, kind)


def test_when_who_asked_is_signed_out_the_change_can_only_be_cancelled(
    journal: Journal,
) -> None:
    ann = signed(journal)
    asked(journal, ann)
    end = EndSession(account_id=ann.account_id, session_id=ann.session_id)
    end_session(journal, end, context_at(NOON))
    found = links(journal, ann)
    for side in (NEW, OLD):
        assert seen(journal, found[side]) is None
        with pytest.raises(TokenGone):
            use(journal, found[side])
    assert seen(journal, found[CANCEL], CANCEL) is not None
    use(journal, found[CANCEL], CANCEL)


def test_links_of_a_closed_account_are_over(journal: Journal) -> None:
    ann, _ = moved(journal)
    undo = link_in(journal, ann.account_id, "email_changed_previous")
    asked(journal, ann)
    confirm = link_in(journal, ann.account_id, "email_change_confirm")
    command = CloseAccount(account_id=ann.account_id)
    close_account(journal, command, context_at(NOON))
    for token, kind in ((undo, UNDO), (confirm, CONFIRM)):
        assert seen(journal, token, kind) is None
        with pytest.raises(TokenGone):
            use(journal, token, kind)
