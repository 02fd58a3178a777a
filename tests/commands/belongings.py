"""Sessions and keys of an account, recorded past its password and its forms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.gateways import tokens
from commands.live_sessions import session_row
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.journal import Context, Journal, Recorded, handler
from ledger.sessions import BROWSER, Session
from tests.conftest import NOON, context_at
from tests.desk import Deed

IP = "192.0.2.7"


@handler
def sign_in(journal: Journal, command: Deed, context: Context, token: Any) -> Recorded:
    """Begin a session past its password."""
    session = Session.begin(
        context.new_id("session"),
        command.account_id,
        kind=BROWSER,
        methods=["password"],
        credential_epoch=1,
    )
    row = session_row(
        journal, session.id, token, BROWSER, context, None, elevated=False
    )
    return journal.record(session, context=context, inserts={"sessions": [row]})


def signed_in(journal: Journal, account_id: UUID) -> str:
    token = tokens.new_token(account_id)
    deed, context = Deed(account_id=account_id), context_at(NOON, ip=IP)
    sign_in(journal, deed, context, token)
    return token.text


def a_key(journal: Journal, account_id: UUID) -> UUID:
    command = IssueCustomerKey(
        account_id=account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )
    return issue_customer_key(journal, command, context_at(NOON)).key_id
