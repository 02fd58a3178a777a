"""What a sending domain's facts mean for the keys that sign its mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from commands.domains import domain_of
from commands.reactions import Reaction, reaction_context
from commands.signing_keys import (
    BeginSigning,
    StopSigning,
    begin_signing,
    stop_signing,
)
from ledger.domains import SendingDomain
from ledger.journal import Context, Fact, Journal
from ledger.signing_refusals import NoSigningKey

TOPICS = ("Added", "Resumed", "Verified", "Failed", "Transferred", "Removed")
"""After each of these the domain may sign, or may not any more."""


def signing_reactions(
    journal: Journal, clock: Callable[[], datetime]
) -> list[Reaction]:
    """Return the reactions of this module.

    They go by what the domain is by then, so that their order does not matter.
    """

    def when_domain_changed_fit_its_keys(fact: Fact) -> None:
        place = fact.account_id, fact.stream_id
        domain = domain_of(journal, *place, journal.fresh)
        context = reaction_context(fact, "signing_keys", clock())
        if domain.state in ("failed", "removed"):
            _stop(journal, domain, context)
        else:
            _begin(journal, domain, context)

    return [
        Reaction(
            f"signing_{name.lower()}",
            f"domains.{name}",
            when_domain_changed_fit_its_keys,
        )
        for name in TOPICS
    ]


def _begin(journal: Journal, domain: SendingDomain, context: Context) -> None:
    """Have the worker make keys: that takes a processor longer than a mail may wait."""
    command = BeginSigning(
        account_id=domain.account_id, domain_id=domain.id, label=domain.label
    )
    begin_signing(journal, command, context)


def _stop(journal: Journal, domain: SendingDomain, context: Context) -> None:
    place = {"account_id": domain.account_id, "domain_id": domain.id}
    try:
        stop_signing(journal, StopSigning(**place, why=domain.state), context)
    except NoSigningKey:
        return
