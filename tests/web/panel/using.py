"""What Ida's sending service tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from commands.gateways.erasure_list import ErasureList
from commands.usage import ReportUsage, report_usage, sorted_contacts, usage_of
from ledger.usage import PeriodUsage
from tests.commands.using import contacts
from tests.conftest import context_at
from tests.web.panel.test_subscriptions import Panel
from tests.web.service import followed


def tell(
    panel: Panel,
    people: Iterable[int],
    batch: str,
    *,
    since: datetime | None = None,
    sent_at: datetime | None = None,
) -> None:
    """Report a batch, and let the views follow."""
    ida = panel.ida
    journal, now = ida.service.journal, ida.clock()
    usage = usage_of(journal, ida.account_id, now)
    assert usage is not None
    period_id = PeriodUsage.create_id(ida.account_id, since) if since else usage.id
    command = ReportUsage(
        account_id=ida.account_id,
        period_id=period_id,
        campaign_id="spring",
        batch_id=batch,
        sent_at=sent_at or now,
        contacts=sorted_contacts(contacts(people)),
    )
    context = replace(context_at(now), principal="usage", key=f"{period_id}/{batch}")
    report_usage(journal, command, context)
    followed(ida.service)


def erasures(panel: Panel) -> ErasureList:
    folder = Path(panel.ida.service.settings.daybook_var)
    return ErasureList(folder / "erasures-of-a-test")
