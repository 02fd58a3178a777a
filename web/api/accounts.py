"""An account as programs see it."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from commands.plans import require_account
from web.api import frame
from web.api.shapes import Shape, identity, text, whole
from web.policies import DEVICE, KEY

section = frame.Section("accounts", "Who an account is")
own = frame.Section("account", "Who the caller's own account is", frame.PREFIX)
BOTH = (KEY, DEVICE)
MINE = (frame.READ, "account:read")


class AccountSchema(Shape):
    """A verified account; what is about the person is null once erased."""

    account_id = identity("The account")
    email = text("Its address", nullable=True)
    name = text("The person", nullable=True)
    company = text("The company", nullable=True)
    country = text("ISO 3166-1 alpha-2", nullable=True)
    language = text("What mails and receipts are written in")
    currency = text("ISO 4217; fixed by the first purchase", nullable=True)
    plan = text("What it pays by")
    version = whole("The version of its stream")


@section.ask("", AccountSchema, who=BOTH, scopes=MINE, headers=("ETag",))
def get_account(account_id: UUID) -> ResponseReturnValue:
    """Tell who an account is."""
    return _told(account_id)


@own.ask("/account", AccountSchema, who=BOTH, scopes=MINE, headers=("ETag",))
def get_own_account() -> ResponseReturnValue:
    """Tell whose key or token it is: the test of a connection."""
    return _told(frame.caller().account_id)


def _told(account_id: UUID) -> ResponseReturnValue:
    account = require_account(frame.journal(), account_id)
    body = {
        "account_id": account.id,
        "email": account.email,
        "name": account.name,
        "company": account.company,
        "country": account.country,
        "language": account.language,
        "currency": account.currency,
        "plan": account.plan,
        "version": account.version,
    }
    return frame.tagged(body, str(account.version))
