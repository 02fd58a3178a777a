"""Two customers of one service: one has everything there is, the other asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pyotp
from psycopg import sql

from commands.credentials import credentials_of
from commands.credits import HoldCredits, hold_credits
from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.domains import AddDomain, add_domain
from commands.email_approvals import approve_email_change
from commands.email_changes import RequestEmailChange, request_email_change
from commands.email_links import AnswerLink
from commands.factor_resets import StartFactorReset, start_factor_reset
from commands.factors import ConfirmCode, begin_code, begin_passkey, confirm_code
from commands.gateways import tokens
from commands.owners import owner
from commands.panel_links import make_panel_link
from commands.password_changes import RequestReset, request_reset
from commands.purchases import OpenCheckout, StartPurchase, open_checkout
from commands.purchases import start_purchase as start
from commands.receipt_addresses import RequestReceiptAddress, request_receipt_address
from commands.recovery_codes import IssueCodes, issue_codes
from commands.refunds import ProposeRefund, propose_refund
from commands.second_factors import Site
from commands.session_begins import OpenSession, begun
from commands.sessions import BeginSession, begin_session
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.journal import Actor, Context, Journal
from ledger.sessions import BROWSER, DEVICE
from ledger.tracking_domains import TrackingDomain
from ledger.usage import PeriodUsage
from tests.commands.keyholders import KeyHolder
from tests.commands.people import CHEAP, PHRASE, mails_of, member, new_email, signed_up
from tests.conftest import NOON
from tests.desk import Desk
from tests.web.service import a_purchase, a_receipt, followed
from web.wiring import Service

SITE = Site(rp_id="localhost", origin="http://localhost:8000")
TABLES = """
SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
    AND a.attname = 'account_id' AND NOT a.attisdropped)
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname"""
COUNTED = {"attempt_limits"}
"""Asking is counted, whatever the answer."""


@dataclass
class Tenant:
    """A customer: what is his by name, and the secrets that lead to it."""

    account_id: UUID
    email: str
    things: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def envelope(service: Service, account_id: UUID) -> Context:
    """Return the envelope of a command that this customer gives in the panel."""
    return Context(
        principal=f"customer:{account_id}",
        key=uuid4().hex,
        actor=Actor("customer", str(account_id)),
        now=service.clock(),
        correlation_id=uuid4(),
        ip="192.0.2.7",
        client="Firefox",
    )


def a_session(service: Service, who: UUID, kind: str = BROWSER) -> tuple[UUID, str]:
    """Begin a session past its forms; return its id and its token."""
    account = owner(service.journal, who)
    command = OpenSession(
        account_id=who,
        kind=kind,
        methods=("password",),
        epoch=credentials_of(service.journal, account).epoch,
        token=tokens.new_token(who),
    )
    found = begun(service.journal, command, envelope(service, who))
    return found.session_id, found.token


def with_everything(service: Service) -> Tenant:
    """Return somebody who has one of each: Ann."""
    journal = service.journal
    ann = Tenant(member(journal).account_id, "")
    _two_factor(service, ann)
    _sessions(service, ann)
    _shop(service, ann)
    _links(service, ann)
    _key(service, ann)
    _domain(service, ann)
    followed(service)
    return ann


def _two_factor(service: Service, ann: Tenant) -> None:
    journal, who = service.journal, ann.account_id
    begin = begin_code(journal, owner(journal, who), envelope(service, who))
    code = pyotp.TOTP(begin.seed).at(service.clock())
    command = ConfirmCode(account_id=who, token=begin.token, code=code)
    done = confirm_code(journal, owner(journal, who), command, envelope(service, who))
    ann.things["factor_id"] = UUID(done.ids["factor"])
    codes = IssueCodes(account_id=who)
    issue_codes(journal, codes, envelope(service, who), CHEAP)
    ann.secrets["seed"] = begin.seed


def _sessions(service: Service, ann: Tenant) -> None:
    who = ann.account_id
    ann.things["session_id"], ann.tokens["session"] = a_session(service, who)
    device, ann.tokens["device"] = a_session(service, who, DEVICE)
    ann.things["device_id"] = device


def _shop(service: Service, ann: Tenant) -> None:
    journal, who, now = service.journal, ann.account_id, service.clock()
    bought = a_purchase(service, who)
    ann.things["receipt_id"] = a_receipt(service, who, bought)
    hold = HoldCredits(account_id=who, campaign_id="spring", credits=5)
    held = hold_credits(journal, hold, envelope(service, who))
    ann.things["hold_id"] = UUID(held.ids["hold"])
    ann.things["period_id"] = _period(service, who)
    refund = ProposeRefund(
        account_id=who, purchase_id=bought, reason="unused", credits=3
    )
    proposed = propose_refund(journal, refund, envelope(service, who))
    ann.things["refund_id"] = UUID(proposed.ids["refund"])
    sku = min(service.catalogue.packs, key=lambda pack: pack.credits).sku
    command = StartPurchase(account_id=who, sku=sku, language="en", currency="EUR")
    begun = start(journal, command, envelope(service, who), service.catalogue)
    purchase_id, checkout_id = UUID(begun.ids["purchase"]), f"cs_{uuid4().hex}"
    opened = OpenCheckout(
        account_id=who,
        purchase_id=purchase_id,
        checkout_id=checkout_id,
        expires_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    open_checkout(journal, opened, envelope(service, who))
    ann.things |= {"purchase_id": purchase_id, "paid_id": bought, "now": now}
    ann.things["checkout_id"] = checkout_id


def _period(service: Service, who: UUID) -> UUID:
    usage = PeriodUsage(
        account_id=who,
        period_from=NOON,
        period_until=datetime(2026, 12, 23, 12, tzinfo=UTC),
        tier_contacts=1000,
    )
    Desk(service.journal).record(who, lambda: usage)
    return usage.id


def _key(service: Service, ann: Tenant) -> None:
    command = IssueCustomerKey(
        account_id=ann.account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )
    context = envelope(service, ann.account_id)
    issued = issue_customer_key(service.journal, command, context)
    ann.things["key_id"], ann.secrets["secret"] = issued.key_id, issued.secret


def _domain(service: Service, ann: Tenant) -> None:
    command = AddDomain(account_id=ann.account_id, name=f"{uuid4().hex}.com")
    context = envelope(service, ann.account_id)
    added = add_domain(service.journal, command, context, ())
    ann.things["domain_id"] = UUID(added.ids["domain"])
    KeyHolder(service, ann.account_id, ann.things["domain_id"]).begin()
    hosts = TrackingDomain(account_id=ann.account_id)
    ann.things["host"] = host = "links.ann.com"
    ann.things["host_id"] = hosts.choose(uuid4(), host, "k" * 26, NOON)
    Desk(service.journal).record(ann.account_id, lambda: hosts)


def _links(service: Service, ann: Tenant) -> None:
    """Ask for everything that hands a link out; none voids the ones before."""
    journal, who = service.journal, ann.account_id
    _ask_for_address(service, ann, new_email("former"))
    link = AnswerLink(token=_mailed(journal, who, "email_change_confirm"))
    approve_email_change(journal, link, envelope(service, who))
    ann.tokens["undo"] = _mailed(journal, who, "email_changed_previous")
    ann.email = owner(journal, who).email or ""
    _ask_for_address(service, ann, new_email("next"))
    ann.tokens["confirm"] = _mailed(journal, who, "email_change_confirm")
    ann.tokens["cancel"] = _mailed(journal, who, "email_change_notice")
    _asked_for(service, ann)
    holder, context = owner(journal, who), envelope(service, who)
    ann.tokens["code"] = begin_code(journal, holder, context).token
    ann.tokens["passkey"] = begin_passkey(journal, holder, context, SITE).token
    device = ann.things["device_id"]
    ann.tokens["panel"] = make_panel_link(journal, who, device, context)
    begin = BeginSession(email=ann.email, password=PHRASE)
    half = begin_session(journal, begin, envelope(service, who), CHEAP)
    ann.tokens["half"] = half.token
    ann.tokens["verify"] = signed_up(journal).token


def _asked_for(service: Service, ann: Tenant) -> None:
    """Ask for resets of password and factors, and for receipts elsewhere."""
    journal, who = service.journal, ann.account_id
    request_reset(journal, RequestReset(email=ann.email), envelope(service, who))
    ann.tokens["reset"] = _mailed(journal, who, "password_reset")
    reset = StartFactorReset(account_id=who, reason="lost")
    start_factor_reset(journal, reset, envelope(service, who))
    ann.tokens["keep"] = _mailed(journal, who, "factor_reset_started")
    wish = RequestReceiptAddress(
        account_id=who, email=new_email("books"), mode="additional"
    )
    request_receipt_address(journal, wish, envelope(service, who))
    ann.tokens["receipts"] = _mailed(journal, who, "receipt_address_confirm")


def _ask_for_address(service: Service, ann: Tenant, email: str) -> None:
    wish = RequestEmailChange(
        account_id=ann.account_id, session_id=ann.things["session_id"], email=email
    )
    context = envelope(service, ann.account_id)
    request_email_change(service.journal, wish, context)


def _mailed(journal: Journal, who: UUID, name: str) -> str:
    mails = mails_of(journal, who)
    found = [mail["values"]["token"] for mail in mails if mail["template"] == name]
    return str(found[-1])


def contents(service: Service, of: UUID | None = None) -> dict[str, str]:
    """Return what stands in every table, or of this account, a fingerprint each."""
    with service.connections.for_account(UUID(int=0)) as connection:
        rows = connection.execute(TABLES).fetchall()
        return {
            name: _fingerprint(connection, name, of)
            for name, has_account in rows
            if name not in COUNTED and (has_account or of is None)
        }


def _fingerprint(connection: Any, name: str, of: UUID | None) -> str:
    statement = sql.SQL(
        "SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), ''"
        " ORDER BY t::text)), '') FROM {} t{}"
    ).format(
        sql.Identifier(name),
        sql.SQL("" if of is None else " WHERE account_id = {}").format(of),
    )
    return str(connection.execute(statement).fetchone()[0])
