"""Sessions and keys of an account, recorded past its password and its forms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from commands.accounts import ChangeBillingDetails, change_billing_details
from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.gateways import tokens
from commands.live_sessions import session_row
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.journal import Context, Journal, Recorded, handler
from ledger.sessions import BROWSER, Session
from tests.commands.people import Person, member
from tests.commands.sending import Sender
from tests.conftest import NOON, context_at
from tests.desk import Deed
from tests.web.service import a_purchase, a_receipt, followed
from web.wiring import Service

IP = "192.0.2.7"
CANARY = "Wilhelmina Zinneken"
DOMAIN = "zinneken-fils.com"


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


def known_everywhere(service: Service) -> Person:
    """Somebody who is known in every place that knows anybody."""
    journal = service.journal
    found = member(journal, name=CANARY, company="Zinneken Fils")
    details = ChangeBillingDetails(
        account_id=found.account_id,
        name=CANARY,
        company="Zinneken Fils",
        address_lines=("7 Rue du Chien Vert",),
        postcode="1080",
        city="Molenbeek",
        country="BE",
        vat_number=None,
    )
    change_billing_details(journal, details, context_at(NOON, ip=IP))
    signed_in(journal, found.account_id)
    a_key(journal, found.account_id)
    Sender(journal, NOON, found.account_id).verified(DOMAIN)
    a_receipt(service, found.account_id, a_purchase(service, found.account_id))
    followed(service)
    return found
