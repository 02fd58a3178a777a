"""Everything that guards an account, decided once, so that it can be recorded."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from ledger.accounts import Account
from ledger.aggregate import Aggregate
from ledger.api_keys import CUSTOMER_SCOPES, ApiKey
from ledger.credentials import Credentials
from ledger.email_addresses import NEW, OLD, EmailAddress
from ledger.factors import PASSKEY, TOTP, Binding
from ledger.profiles import ADDITIONAL, Profile
from ledger.sessions import DEVICE, Session
from ledger.staff import StaffMember
from tests.conftest import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def binding() -> Binding:
    return Binding(uuid4(), "5b" * 32, uuid4())


def credentials(account_id: UUID) -> Credentials:
    """Password, factors, codes, and what staff may do about them."""
    found = Credentials.begin(account_id, binding())
    found.request_reset(uuid4(), NOON + HOUR)
    found.change_password(binding(), "reset")
    phone, key = uuid4(), uuid4()
    found.add_factor(phone, TOTP, None, binding())
    found.issue_codes(binding(), 10)
    found.add_factor(key, PASSKEY, "blue key", binding())
    found.use_code(3)
    found.remove_factor(phone)
    found.start_factor_reset(uuid4(), NOON, "lost the phone, showed the passport")
    found.cancel_factor_reset("customer")
    found.turn_off("customer")
    found.void_password("email_change_undone")
    found.raise_epoch("signed_out_others")
    return found


def email_address(account_id: UUID) -> EmailAddress:
    """A change by both sides, one that was cancelled, one undone, one for good."""
    found = EmailAddress.begin(account_id, "ann@example.org")
    first, second, third = uuid4(), uuid4(), uuid4()
    found.request_change(first, "ann@example.net", both=True, now=NOON)
    found.approve_change(first, OLD, NOON)
    found.approve_change(first, NEW, NOON)
    found.request_change(second, "lee@example.net", both=False, now=NOON)
    found.cancel_change("cancelled")
    found.undo(first, NOON + HOUR)
    found.request_change(third, "lee@example.net", both=False, now=NOON + DAY)
    found.approve_change(third, NEW, NOON + DAY)
    found.release_previous(NOON + 5 * DAY)
    return found


def profile(account_id: UUID) -> Profile:
    """Picture, look-up, newsletter and receipt address."""
    found = Profile.begin(account_id)
    found.change_picture(uuid4(), SHA, 12_345)
    found.remove_picture()
    found.choose_lookup(listed=False)
    found.choose_newsletter(subscribed=True, how="panel")
    address = uuid4()
    found.request_receipt_address(address, "books@example.org", ADDITIONAL, NOON)
    found.confirm_receipt_address(address, NOON)
    found.remove_receipt_address()
    return found


def session(account_id: UUID) -> Session:
    """An application that is signed in, asked again, and ended."""
    found = Session.begin(
        uuid4(),
        account_id,
        kind=DEVICE,
        methods=["password", "totp"],
        credential_epoch=2,
        application="Daybook for Mac, Ann's laptop",
    )
    found.elevate(["password", "passkey"])
    found.end("revoked", "customer")
    return found


def api_key(account_id: UUID) -> ApiKey:
    """A customer's key: renamed, narrowed, rotated, revoked."""
    found = ApiKey.issue(
        uuid4(),
        name="Zapier",
        scopes=CUSTOMER_SCOPES,
        expires_at=NOON + 365 * DAY,
        account_id=account_id,
        **binding()._asdict(),
    )
    found.rename("Zapier, sales")
    found.narrow(["account:read"])
    found.rotate(binding(), NOON + DAY, NOON)
    found.revoke("leaked")
    return found


def staff() -> StaffMember:
    """A member of staff, from the invitation to the last day."""
    found = StaffMember.invite(uuid4(), "sam@daybook.example", "support", NOON)
    found.invite_again(NOON + HOUR)
    found.join(NOON + HOUR)
    found.change_role("finance")
    found.leave()
    return found


def ended(account: Account) -> Account:
    """What becomes of an account: moved, disabled, open again, closed, erased."""
    account.change_email("ann@example.net")
    account.change_website("https://lee.example")
    account.change_plan("unlimited")
    account.disable("a spam wave from this account")
    account.enable("the account was not the sender's")
    account.close("customer", NOON + 30 * DAY)
    account.erase(["profile", "security-2026"])
    return account


def guarded(account_id: UUID) -> list[Aggregate]:
    """All of it, of one account."""
    return [
        credentials(account_id),
        email_address(account_id),
        profile(account_id),
        session(account_id),
        api_key(account_id),
    ]
