"""May I send to so many? One question for both plans, and what would help."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from commands.credits import credit_allowance
from commands.plans import Kind, kind_of, require_account
from commands.usage import usage_of
from ledger.catalogue import Catalogue
from ledger.journal import Context, Journal
from ledger.refusals import RecipientsExceedTier, Refusal, TierUsedUp
from ledger.usage import PeriodUsage


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What would help: `act` is buy_credits, bigger_tier, pay_renewal or wait.

    `sku` and `quantity` name the smallest pack or tier that suffices, or the biggest
    there is; `at` is when waiting ends. `page` is where in the panel it is done.
    """

    act: str
    page: str
    sku: str | None = None
    quantity: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether so many can be sent to; credits, or contacts of a tier.

    `reason` is too_few_credits, tier_used_up, recipients_exceed_tier or
    renewal_unpaid; None where it is allowed.
    """

    kind: Kind
    allowed: bool
    needed: int
    available: int
    short: int
    reason: str | None = None
    period_id: UUID | None = None
    period_until: datetime | None = None
    tier_contacts: int | None = None
    counted: int | None = None
    remedies: list[Remedy] = field(default_factory=list)


def allowance_of(
    journal: Journal,
    catalogue: Catalogue,
    account_id: UUID,
    recipients: int,
    context: Context,
) -> Answer:
    """Answer for the account's plan, from its streams. Raises NoSuchAccount."""
    account = require_account(journal, account_id)
    currency = account.currency or catalogue.currencies[0]
    if kind_of(journal, account, context.now) == "period":
        usage = usage_of(journal, account_id, context.now)
        if usage is None:
            return _unpaid(recipients)
        return _of_period(usage, recipients, catalogue, currency)
    found = credit_allowance(journal, account_id, recipients, context)
    remedies = [more_credits(catalogue, currency, found.short)] if found.short else []
    return Answer(
        kind="credits",
        allowed=found.allowed,
        needed=found.needed,
        available=found.available,
        short=found.short,
        reason=None if found.allowed else "too_few_credits",
        remedies=remedies,
    )


def more_credits(catalogue: Catalogue, currency: str, short: int) -> Remedy:
    """Return the smallest pack that makes up for what lacks, or the biggest."""
    packs = sorted(catalogue.packs_in(currency), key=lambda pack: pack.credits)
    enough = [pack for pack in packs if pack.credits >= short] or packs[-1:]
    if not enough:
        return Remedy(act="buy_credits", page="/credits")
    pack = enough[0]
    return Remedy(
        act="buy_credits", page="/credits", sku=pack.sku, quantity=pack.credits
    )


def period_remedies(
    catalogue: Catalogue, currency: str, refusal: TierUsedUp | RecipientsExceedTier
) -> list[Remedy]:
    """Return what helps where a tier is too small."""
    if isinstance(refusal, TierUsedUp):
        least, until = refusal.counted + 1, refusal.period_until
        wait = [Remedy(act="wait", page="/usage", at=until)]
    else:
        least, wait = refusal.recipients, []
    bigger = [
        tier
        for tier in sorted(catalogue.tiers_in(currency), key=lambda one: one.contacts)
        if tier.contacts > refusal.tier_contacts
    ]
    enough = [tier for tier in bigger if tier.contacts >= least] or bigger[-1:]
    return [
        *(
            Remedy(
                act="bigger_tier", page="/plan", sku=tier.sku, quantity=tier.contacts
            )
            for tier in enough[:1]
        ),
        *wait,
    ]


def _of_period(
    usage: PeriodUsage, recipients: int, catalogue: Catalogue, currency: str
) -> Answer:
    reason, remedies = None, []
    try:
        usage.check_campaign(recipients)
    except (TierUsedUp, RecipientsExceedTier) as refusal:
        reason = _reason(refusal)
        remedies = period_remedies(catalogue, currency, refusal)
    return Answer(
        kind="period",
        allowed=reason is None,
        needed=recipients,
        available=max(0, usage.tier_contacts - usage.distinct),
        short=max(0, recipients - usage.tier_contacts),
        reason=reason,
        period_id=usage.id,
        period_until=usage.period_until,
        tier_contacts=usage.tier_contacts,
        counted=usage.distinct,
        remedies=remedies,
    )


def _reason(refusal: Refusal) -> str:
    used_up = isinstance(refusal, TierUsedUp)
    return "tier_used_up" if used_up else "recipients_exceed_tier"


def _unpaid(recipients: int) -> Answer:
    return Answer(
        kind="period",
        allowed=False,
        needed=recipients,
        available=0,
        short=recipients,
        reason="renewal_unpaid",
        remedies=[Remedy(act="pay_renewal", page="/plan")],
    )
