"""What follows from the use of a period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from commands.reaction_mails import tell_holder
from commands.reactions import Reaction
from ledger.journal import Fact, Journal
from ledger.usage import PeriodUsage

Now = Callable[[], datetime]


def usage_reactions(journal: Journal, clock: Now) -> list[Reaction]:
    """Return the reactions of this module."""

    def when_limit_is_near_tell_holder(fact: Fact) -> None:
        assert isinstance(fact.event, PeriodUsage.LimitNear)
        usage = journal.fresh(PeriodUsage, fact.stream_id)
        tell_holder(
            journal,
            fact,
            "usage_near",
            clock(),
            percent=fact.event.percent,
            tier_contacts=fact.event.tier_contacts,
            counted=fact.event.distinct,
            period_until=usage.period_until,
        )

    return [Reaction("usage_near", "usage.LimitNear", when_limit_is_near_tell_holder)]
