"""Who an account is: address, name and billing details, language, plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from typing import Any
from uuid import UUID

from ledger import account_facts
from ledger.aggregate import Aggregate
from ledger.journal import Fact, Place
from ledger.journal.rows import Rows
from projections.view import View, surprise

SIGN_UP = """
INSERT INTO account_profiles (account_id, generation, position, language, plan,
    signed_up_at, sign_up_expires_at, contact, contact_key_id, details, details_key_id)
VALUES (%(account)s, %(generation)s, %(position)s, %(language)s, %(plan)s, %(at)s,
    %(expires_at)s, %(contact)s, %(contact_key)s, %(details)s, %(details_key)s)"""
THIS_ONE = (
    " position = %(position)s"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)
VERIFY = f"""
UPDATE account_profiles SET verified_at = %(at)s,{THIS_ONE} AND verified_at IS NULL"""
DETAILS = f"""
UPDATE account_profiles SET details = %(details)s, details_key_id = %(details_key)s,
    billing_details_at = %(at)s,{THIS_ONE}"""
LANGUAGE = f"UPDATE account_profiles SET language = %(language)s,{THIS_ONE}"
PLAN = f"UPDATE account_profiles SET plan = %(plan)s,{THIS_ONE}"
CURRENCY = f"UPDATE account_profiles SET currency = %(currency)s,{THIS_ONE}"
EMAIL = f"""
UPDATE account_profiles SET email = %(data)s, email_key_id = %(key)s,{THIS_ONE}"""
WEBSITE = f"""
UPDATE account_profiles SET website = %(data)s, website_key_id = %(key)s,{THIS_ONE}"""
DISABLED = f"UPDATE account_profiles SET disabled_at = %(at)s,{THIS_ONE}"
ENABLED = f"UPDATE account_profiles SET disabled_at = NULL,{THIS_ONE}"
CLOSED = f"""
UPDATE account_profiles SET closed_at = %(at)s, erase_at = %(erase_at)s,{THIS_ONE}"""
ERASED = f"UPDATE account_profiles SET erased_at = %(at)s,{THIS_ONE}"

PERSONAL = (
    "email",
    "website",
    "name",
    "company",
    "postcode",
    "city",
    "country",
    "vat_number",
)
COLUMNS = ("contact", "details", "email", "website")
"""Sealed ones; a later one says what an earlier one said before."""
PROFILE = (
    "SELECT language, plan, currency, signed_up_at, sign_up_expires_at,"
    " verified_at, billing_details_at, disabled_at, closed_at, erase_at, erased_at,"
    " contact, contact_key_id, details, details_key_id, email, email_key_id,"
    " website, website_key_id FROM account_profiles"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An account as it shows itself; what is about the person is None once erased.

    `billing_details_at` is None until the form was filled in for the first time.
    """

    account_id: UUID
    email: str | None
    website: str | None
    name: str | None
    company: str | None
    address_lines: tuple[str, ...]
    postcode: str | None
    city: str | None
    country: str | None
    vat_number: str | None
    language: str
    plan: str
    currency: str | None
    signed_up_at: datetime
    sign_up_expires_at: datetime
    verified_at: datetime | None
    billing_details_at: datetime | None
    disabled_at: datetime | None
    closed_at: datetime | None
    erase_at: datetime | None
    erased_at: datetime | None
    place: Place
    parked: bool


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A row as it lies in the table."""

    language: str
    plan: str
    currency: str | None
    signed_up_at: datetime
    sign_up_expires_at: datetime
    verified_at: datetime | None
    billing_details_at: datetime | None
    contact: bytes | None
    contact_key_id: UUID | None
    disabled_at: datetime | None
    closed_at: datetime | None
    erase_at: datetime | None
    erased_at: datetime | None
    details: bytes | None
    details_key_id: UUID | None
    email: bytes | None
    email_key_id: UUID | None
    website: bytes | None
    website_key_id: UUID | None


class AccountsView(View):
    """One row for each account and each sign-up; what is personal lies sealed."""

    name = "accounts"
    nouns = frozenset({"accounts"})
    tables = ("account_profiles",)

    def profile(self, account_id: UUID) -> Profile | None:
        """Return the account, or None when nobody signed up under this id."""
        with self.reading(account_id) as reading:
            row = reading.row(_Stored, PROFILE)
        if row is None:
            return None
        fields = vars(row).copy()
        opened: dict[str, Any] = {}
        for column in COLUMNS:
            data, key_id = fields.pop(column), fields.pop(f"{column}_key_id")
            opened |= self.open(account_id, column, data, key_id) or {}
        personal: dict[str, Any] = {name: opened.get(name) for name in PERSONAL}
        return Profile(
            account_id=account_id,
            **personal,
            address_lines=tuple(opened.get("address_lines") or ()),
            place=reading.place,
            parked=reading.parked,
            **fields,
        )

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: account_facts.SignedUp, fact: Fact, rows: Rows) -> None:
        contact = {"email": event.email, "website": event.website}
        details = {"name": event.name, "company": event.company}
        told = self.seal(fact.account_id, event.purpose(), "contact", contact)
        shown = self.seal(fact.account_id, event.purpose(), "details", details)
        rows.write(
            SIGN_UP,
            fact,
            language=event.language,
            plan=event.plan,
            expires_at=event.expires_at,
            contact=told.data,
            contact_key=told.key_id,
            details=shown.data,
            details_key=shown.key_id,
        )

    @post.register
    def _(self, event: account_facts.Verified, fact: Fact, rows: Rows) -> None:
        rows.write(VERIFY, fact)

    @post.register
    def _(
        self, event: account_facts.BillingDetailsChanged, fact: Fact, rows: Rows
    ) -> None:
        sealed = self.seal(fact.account_id, event.purpose(), "details", event.details)
        rows.write(DETAILS, fact, details=sealed.data, details_key=sealed.key_id)

    @post.register
    def _(self, event: account_facts.LanguageChanged, fact: Fact, rows: Rows) -> None:
        rows.write(LANGUAGE, fact, language=event.language)

    @post.register
    def _(self, event: account_facts.PlanChanged, fact: Fact, rows: Rows) -> None:
        rows.write(PLAN, fact, plan=event.plan)

    @post.register
    def _(self, event: account_facts.CurrencyFixed, fact: Fact, rows: Rows) -> None:
        rows.write(CURRENCY, fact, currency=event.currency)

    @post.register
    def _(self, event: account_facts.EmailChanged, fact: Fact, rows: Rows) -> None:
        told = {"email": event.email}
        data, key = self.seal(fact.account_id, event.purpose(), "email", told)
        rows.write(EMAIL, fact, data=data, key=key)

    @post.register
    def _(self, event: account_facts.WebsiteChanged, fact: Fact, rows: Rows) -> None:
        told = {"website": event.website}
        data, key = self.seal(fact.account_id, event.purpose(), "website", told)
        rows.write(WEBSITE, fact, data=data, key=key)

    @post.register
    def _(self, event: account_facts.Disabled, fact: Fact, rows: Rows) -> None:
        rows.write(DISABLED, fact)

    @post.register
    def _(self, event: account_facts.Enabled, fact: Fact, rows: Rows) -> None:
        rows.write(ENABLED, fact)

    @post.register
    def _(self, event: account_facts.Closed, fact: Fact, rows: Rows) -> None:
        rows.write(CLOSED, fact, erase_at=event.erase_at)

    @post.register
    def _(self, event: account_facts.Erased, fact: Fact, rows: Rows) -> None:
        rows.write(ERASED, fact)
