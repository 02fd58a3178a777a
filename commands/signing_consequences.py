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
    keys_of_domain,
    new_pairs,
    stop_signing,
)
from ledger.domains import SendingDomain
from ledger.journal import Context, Fact, Journal
from ledger.signing_keys import SELECTORS
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
    free = list(SELECTORS)
    try:
        keys = keys_of_domain(journal, domain.account_id, domain.id)
    except NoSigningKey:
        pass
    else:
        keys.resume()  # a trial: keys are made before they are decided on
        free = keys.free
    command = BeginSigning(
        account_id=domain.account_id,
        domain_id=domain.id,
        label=domain.label,
        pairs=new_pairs(free),
    )
    begin_signing(journal, command, context)


def _stop(journal: Journal, domain: SendingDomain, context: Context) -> None:
    place = {"account_id": domain.account_id, "domain_id": domain.id}
    try:
        stop_signing(journal, StopSigning(**place, why=domain.state), context)
    except NoSigningKey:
        return
