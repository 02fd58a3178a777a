"""An account: who signed up, whether his address is his, what his receipts say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from ledger.aggregate import Aggregate, Personal, PersonalMap, event
from ledger.billing_details import BillingDetails
from ledger.refusals import CurrencyIsFixed, TokenGone

PAY_PER_EMAIL = "pay_per_email"
"""The plan of every account until it changes to another."""
SIGN_UP_TERM = timedelta(hours=24)
"""How long a sign-up waits for its address to be confirmed."""


class Account(Aggregate, created_event_name="SignedUp"):
    """A person's or company's account.

    It begins as a sign-up, which can neither sign in nor buy. The account exists from
    the moment that its address is verified; only then is the address claimed.
    """

    TOPIC = "accounts"

    class Event(Aggregate.Event):
        TOPIC = "accounts.Event"

    class SignedUp(Event, Aggregate.Created):
        """`secret_*` name the row that keeps the password's hash, and bind it."""

        TOPIC = "accounts.SignedUp"
        account_id: UUID
        email: Personal
        name: Personal
        company: Personal
        website: Personal
        language: str
        plan: str
        secret_id: UUID
        secret_mac: str
        secret_mac_key_id: UUID
        expires_at: datetime

    class Verified(Event):
        TOPIC = "accounts.Verified"

    class BillingDetailsChanged(Event):
        TOPIC = "accounts.BillingDetailsChanged"
        details: PersonalMap

    class LanguageChanged(Event):
        TOPIC = "accounts.LanguageChanged"
        language: str

    class CurrencyFixed(Event):
        TOPIC = "accounts.CurrencyFixed"
        currency: str

    def __init__(
        self,
        account_id: UUID,
        email: str | None,
        name: str | None,
        company: str | None,
        website: str | None,
        language: str,
        plan: str,
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
        expires_at: datetime,
    ) -> None:
        self.account_id = account_id
        self.email = email
        self.details = _details_of(name, company)
        self.website = website
        self.language = language
        self.plan = plan
        self.currency: str | None = None
        self.verified = False
        self.expires_at = expires_at
        self.secret_id = secret_id
        self.secret_mac = secret_mac
        self.secret_mac_key_id = secret_mac_key_id
        self.credential_epoch = 1

    @classmethod
    def sign_up(
        cls,
        account_id: UUID,
        now: datetime,
        *,
        email: str,
        name: str,
        company: str | None,
        website: str | None,
        language: str,
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
    ) -> Account:
        """Ask for an account, paying per e-mail, whose address is still to be shown."""
        return cls._create(
            event_class=cls.SignedUp,
            id=account_id,
            account_id=account_id,
            email=email,
            name=name,
            company=company,
            website=website,
            language=language,
            plan=PAY_PER_EMAIL,
            secret_id=secret_id,
            secret_mac=secret_mac,
            secret_mac_key_id=secret_mac_key_id,
            expires_at=now + SIGN_UP_TERM,
        )

    @property
    def name(self) -> str | None:
        """The person's name; None once erased."""
        return self.details["name"] if self.details else None

    @property
    def company(self) -> str | None:
        """The company's name, if there is one."""
        return self.details["company"] if self.details else None

    @property
    def country(self) -> str | None:
        """The buyer's country, ISO 3166-1 alpha-2, if he gave one."""
        return self.details["country"] if self.details else None

    def waits(self, now: datetime) -> bool:
        """Whether the sign-up still waits for its address to be verified."""
        return not self.verified and self.email is not None and now < self.expires_at

    def buyer(self) -> dict[str, Any] | None:
        """Who buys, as a receipt freezes it; None once erased."""
        if self.details is None:
            return None
        is_company = self.details["company"] or self.details["vat_number"]
        kind = "company" if is_company else "person"
        return {"kind": kind, "email": self.email, **self.details}

    def verify(self, now: datetime) -> None:
        """Open the account. Raises TokenGone when it was verified or has expired."""
        if not self.waits(now):
            raise TokenGone
        self._verified()

    def change_billing_details(self, details: BillingDetails) -> None:
        """Print other details on receipts from now on."""
        assert self.verified
        if details != self.details:
            self._billing_details_changed(details=cast("dict[str, Any]", details))

    def change_language(self, language: str) -> None:
        """Write mails and receipts in this language from now on."""
        assert self.verified
        if language != self.language:
            self._language_changed(language=language)

    def fix_currency(self, currency: str) -> None:
        """Buy in this currency, now and ever after. Raises CurrencyIsFixed."""
        assert self.verified
        if self.currency is None:
            self._currency_fixed(currency=currency)
        elif self.currency != currency:
            raise CurrencyIsFixed(asked=currency, currency=self.currency)

    @event(Verified)
    def _verified(self) -> None:
        self.verified = True

    @event(BillingDetailsChanged)
    def _billing_details_changed(self, details: dict[str, Any] | None) -> None:
        self.details = cast("BillingDetails | None", details)

    @event(LanguageChanged)
    def _language_changed(self, language: str) -> None:
        self.language = language

    @event(CurrencyFixed)
    def _currency_fixed(self, currency: str) -> None:
        self.currency = currency


def _details_of(name: str | None, company: str | None) -> BillingDetails | None:
    if name is None:
        return None
    return {
        "name": name,
        "company": company,
        "address_lines": [],
        "postcode": None,
        "city": None,
        "country": None,
        "vat_number": None,
    }
