"""Links that are good once, and what one use of each records and mails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from commands.accounts import VerifySignUp, verify_sign_up
from commands.email_approvals import approve_email_change, cancel_by_link
from commands.email_links import AnswerLink
from commands.email_undos import undo_email_change
from commands.panel_links import EnterByLink, enter_by_link, make_panel_link
from commands.password_changes import (
    RequestReset,
    ResetPassword,
    request_reset,
    reset_password,
)
from commands.receipt_addresses import (
    ConfirmReceiptAddress,
    RequestReceiptAddress,
    confirm_receipt_address,
    request_receipt_address,
)
from commands.staff import AddStaff, add_staff
from commands.staff_joining import JoinStaff, invitation_of, join_staff
from ledger.journal import Journal
from ledger.refusals import (
    Refusal,
    TokenGone,
)
from ledger.sessions import DEVICE
from tests.commands import proofs
from tests.commands.people import CHEAP, PHRASE, new_email, signed_up
from tests.commands.signed import (
    SignedIn,
    asked,
    link_in,
    signed,
    somewhere,
    with_factor,
)
from tests.conftest import NOON, context_at

OTHER = "Sept moutons blancs, hier"


@dataclass
class Once:
    """Something that can be used once: what one use records and mails, and no more."""

    account_id: UUID
    use: Callable[[Journal], object]
    facts: list[str]
    mails: list[str] = field(default_factory=list)
    refused: tuple[type[Refusal], ...] = (TokenGone,)


def sign_up_link(journal: Journal) -> Once:
    person = signed_up(journal)
    command = VerifySignUp(token=person.token, password=PHRASE)
    return Once(
        person.account_id,
        lambda journal: verify_sign_up(journal, command, context_at(NOON), CHEAP),
        ["accounts.Verified"],
    )


def answered(
    journal: Journal, ann: SignedIn, place: tuple[str, ...], do: Callable[..., object]
) -> Callable[[Journal], object]:
    """Return the use of the link that was mailed with this template."""
    command = AnswerLink(token=link_in(journal, ann.account_id, *place))
    return lambda journal: do(journal, command, context_at(NOON))


def email_confirm_link(journal: Journal) -> Once:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    asked(journal, ann)
    place = ("email_change_confirm",)
    return Once(
        ann.account_id,
        answered(journal, ann, place, approve_email_change),
        [
            "email_addresses.Changed",
            "accounts.EmailChanged",
            "credentials.EpochRaised",
        ],
        ["email_changed", "email_changed_previous"],
    )


def email_confirm_link_of_the_old_side(journal: Journal) -> Once:
    ann = signed(journal)
    asked(journal, ann)
    place = ("email_change_notice", "confirm_token")
    return Once(
        ann.account_id,
        answered(journal, ann, place, approve_email_change),
        ["email_addresses.ChangeApproved"],
    )


def email_cancel_link(journal: Journal) -> Once:
    ann = signed(journal)
    asked(journal, ann)
    place = ("email_change_notice",)
    return Once(
        ann.account_id,
        answered(journal, ann, place, cancel_by_link),
        ["email_addresses.ChangeCancelled"],
    )


def email_undo_link(journal: Journal) -> Once:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    asked(journal, ann)
    answered(journal, ann, ("email_change_confirm",), approve_email_change)(journal)
    return Once(
        ann.account_id,
        answered(journal, ann, ("email_changed_previous",), undo_email_change),
        [
            "email_addresses.ChangeUndone",
            "accounts.EmailChanged",
            "credentials.PasswordVoided",
            "sessions.Ended",
        ],
        ["email_change_undone"] * 2,
    )


def receipt_address_link(journal: Journal) -> Once:
    ann = signed(journal)
    wish = RequestReceiptAddress(
        account_id=ann.account_id, email=new_email(), mode="instead"
    )
    request_receipt_address(journal, wish, somewhere())
    token = link_in(journal, ann.account_id, "receipt_address_confirm")
    command = ConfirmReceiptAddress(token=token)
    return Once(
        ann.account_id,
        lambda journal: confirm_receipt_address(journal, command, context_at(NOON)),
        ["profiles.ReceiptAddressConfirmed"],
    )


def reset_link(journal: Journal) -> Once:
    ann = signed(journal)
    request_reset(journal, RequestReset(email=ann.email), somewhere())
    token = link_in(journal, ann.account_id, "password_reset")
    command = ResetPassword(token=token, password=OTHER)
    return Once(
        ann.account_id,
        lambda journal: reset_password(journal, command, context_at(NOON), CHEAP),
        ["credentials.PasswordChanged", "sessions.Ended"],
        ["password_reset_done"],
    )


def staff_invitation(journal: Journal) -> Once:
    invited = AddStaff(email=new_email("staff"), role="support")
    added = add_staff(journal, invited, context_at(NOON))
    found = invitation_of(journal, added.token, context_at(NOON))
    assert found is not None
    code = proofs.code_at(found.seed, NOON)
    command = JoinStaff(token=added.token, password=PHRASE, code=code)
    return Once(
        added.staff_id,
        lambda journal: join_staff(journal, command, context_at(NOON), CHEAP),
        [
            "staff.Joined",
            "credentials.Begun",
            "credentials.FactorAdded",
            "credentials.RecoveryCodesIssued",
        ],
    )


def panel_link(journal: Journal) -> Once:
    ann = signed(journal, kind=DEVICE)
    token = make_panel_link(journal, ann.account_id, ann.session_id, context_at(NOON))
    command = EnterByLink(token=token)
    return Once(
        ann.account_id,
        lambda journal: enter_by_link(journal, command, context_at(NOON)),
        ["sessions.Begun"],
    )
