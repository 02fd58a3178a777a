"""Somebody with the plan Unlimited, and whom he sends to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from commands.period_holds import HoldPeriod, hold_period
from commands.usage import ReportUsage, report_usage, sorted_contacts, usage_of
from ledger.contacts import CONTACT_BYTES
from ledger.journal import Recorded
from ledger.usage import PeriodUsage
from tests.commands.subscribing import Member
from tests.conftest import context_at


def contacts(people: Iterable[int]) -> bytes:
    """Contacts of these people, as a sender would send them."""
    return b"".join(
        sha256(str(person).encode()).digest()[:CONTACT_BYTES] for person in people
    )


def used(member: Member) -> PeriodUsage:
    """The usage of the period that is used now."""
    found = usage_of(member.service.journal, member.account_id, member.clock())
    assert found is not None
    return found


def reporting(
    member: Member,
    people: Iterable[int],
    batch: str,
    *,
    period_id: UUID | None = None,
    sent_at: datetime | None = None,
) -> ReportUsage:
    return ReportUsage(
        account_id=member.account_id,
        period_id=period_id or used(member).id,
        campaign_id="spring",
        batch_id=batch,
        sent_at=sent_at or member.clock(),
        contacts=sorted_contacts(contacts(people)),
    )


def tell(member: Member, command: ReportUsage) -> Recorded:
    """Report under the batch's own name."""
    key = f"{command.period_id}/{command.campaign_id}/{command.batch_id}"
    context = replace(context_at(member.clock()), principal="usage", key=key)
    return report_usage(member.service.journal, command, context)


def report(
    member: Member,
    people: Iterable[int],
    batch: str,
    *,
    period_id: UUID | None = None,
    sent_at: datetime | None = None,
) -> tuple[int, int]:
    """Report; how many were new, and the count with them."""
    given = {"period_id": period_id, "sent_at": sent_at}
    command = reporting(member, people, batch, **given)  # type: ignore[arg-type]
    ids = tell(member, command).ids
    return int(ids["added"]), int(ids["distinct"])


def allow(member: Member, recipients: int, key: str | None = None) -> UUID:
    """Have a campaign allowed; its hold's id."""
    command = HoldPeriod(
        account_id=member.account_id, campaign_id="spring", recipients=recipients
    )
    context = context_at(member.clock())
    if key is not None:
        context = replace(context, key=key)
    recorded = hold_period(member.service.journal, command, context)
    return UUID(recorded.ids["hold"])
