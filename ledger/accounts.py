"""An account: who signed up, whether his address is his, what his receipts say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from ledger import account_facts as facts
from ledger.aggregate import Aggregate, event
from ledger.billing_details import BillingDetails
from ledger.refusals import AccountClosed, CurrencyIsFixed, TokenGone

PAY_PER_EMAIL = "pay_per_email"
"""The plan of every account until it changes to another."""
UNLIMITED = "unlimited"
"""The monthly plan, in tiers by contacts."""
SIGN_UP_TERM = timedelta(hours=24)
"""How long a sign-up waits for its address to be confirmed: mail may be slow and
people asleep."""


class Account(Aggregate, created_event_name="SignedUp"):
    """A person's or company's account.

    It begins as a sign-up, which can neither sign in nor buy. The account exists from
    the moment that its address is verified; only then is the address claimed.
    """

    TOPIC = "accounts"

    Event = facts.Event
    SignedUp = facts.SignedUp
    Verified = facts.Verified
    BillingDetailsChanged = facts.BillingDetailsChanged
    LanguageChanged = facts.LanguageChanged
    CurrencyFixed = facts.CurrencyFixed
    EmailChanged = facts.EmailChanged
    WebsiteChanged = facts.WebsiteChanged
    Disabled = facts.Disabled
    Enabled = facts.Enabled
    Closed = facts.Closed
    Erased = facts.Erased
    PlanChanged = facts.PlanChanged

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
        self.disabled = False
        self.closed = False
        self.erase_at: datetime | None = None
        self.erased: list[str] = []
        self.expires_at = expires_at
        self.secret_id = secret_id
        self.secret_mac = secret_mac
        self.secret_mac_key_id = secret_mac_key_id

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

    def change_plan(self, plan: str) -> None:
        """Pay in another way, as the stream of the subscription decided."""
        assert plan in (PAY_PER_EMAIL, UNLIMITED)
        if plan != self.plan:
            self._plan_changed(plan=plan)

    def change_email(self, email: str | None) -> None:
        """Have another address, as the stream of the address decided."""
        assert self.verified
        self._email_changed(email=email)

    def change_website(self, website: str | None) -> None:
        """Show another website, or none."""
        if website != self.website:
            self._website_changed(website=website)

    def disable(self, reason: str) -> None:
        """Let nobody act in the account until it is enabled again."""
        if not self.disabled:
            self._disabled(reason=reason)

    def enable(self, reason: str) -> None:
        """Let the customer act again."""
        if self.disabled:
            self._enabled(reason=reason)

    def close(self, by: str, erase_at: datetime) -> None:
        """End the account; the person is erased later. Raises AccountClosed."""
        if self.closed:
            raise AccountClosed
        self._closed(by=by, erase_at=erase_at)

    def erase(self, purposes: list[str]) -> None:
        """Have these keys destroyed: what they sealed is unreadable from now on."""
        assert self.closed or not self.verified
        new = sorted(set(purposes) - set(self.erased))
        if new:
            self._erased(purposes=new)

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

    @event(PlanChanged)
    def _plan_changed(self, plan: str) -> None:
        self.plan = plan

    @event(EmailChanged)
    def _email_changed(self, email: str | None) -> None:
        self.email = email

    @event(WebsiteChanged)
    def _website_changed(self, website: str | None) -> None:
        self.website = website

    @event(Disabled)
    def _disabled(self, reason: str | None) -> None:
        self.disabled = True

    @event(Enabled)
    def _enabled(self, reason: str | None) -> None:
        self.disabled = False

    @event(Closed)
    def _closed(self, by: str, erase_at: datetime) -> None:
        self.closed = True
        self.erase_at = erase_at

    @event(Erased)
    def _erased(self, purposes: list[str]) -> None:
        self.erased = [*self.erased, *purposes]
        if "profile" in purposes:
            self.email = self.website = self.details = None


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
