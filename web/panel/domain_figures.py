"""What the pages of sending domains show."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g, request

from commands.domains import domains_of, known
from commands.it_letters import letters_of
from commands.signing_keys import keys_of_domain
from ledger.it_letters import LETTERS_MAX
from ledger.refusals import NoSigningKey
from web import access
from web.panel.dns_advice import advice_row
from web.panel.dns_words import steps
from web.panel.domain_history import change_row, look_row
from web.panel.domain_keys import key_words
from web.panel.domain_looks import Seen, is_looked_for
from web.panel.lists import before, paging, recorded_soon
from web.panel.tracking_figures import below
from web.words import current_language

HISTORY_ROWS = 12


def list_page() -> dict[str, Any]:
    """Return what the list of sending domains shows, the newest first."""
    service = access.service()
    found = domains_of(service.journal, access.account_id())
    return {
        "domains": [Seen(domain).summary() for domain in reversed(found)],
        "ours": service.settings.from_domain,
        "form": {"domain": request.form.get("domain", "")},
        "command_id": access.new_command_id(),
    }


def domain_page(domain_id: UUID, problem: str | None = None) -> dict[str, Any]:
    """Return what the page of a domain shows. Raises NoSuchDomain."""
    service, account_id = access.service(), access.account_id()
    soon = recorded_soon("domains")
    seen = Seen(known(service.journal, account_id, domain_id))
    changes = service.views.domains.changes(
        account_id, domain_id, before=before(), size=HISTORY_ROWS
    )
    return {
        **seen.records(),
        "domain": seen.values() | {"why": _why(domain_id)},
        "provider": seen.provider,
        "steps": steps(seen.provider, seen.zone) if seen.is_lacking else [],
        "advice": [advice_row(one) for one in seen.advice],
        "keys": _keys(domain_id),
        "looks": [look_row(check, found) for check, found in seen.looks],
        "history": {
            "rows": [change_row(row) for row in changes.rows],
            **paging(changes, "domains.show", domain_id=domain_id),
        },
        "problem": problem,
        "looked_for": is_looked_for(),
        "ours": service.settings.from_domain,
        "now": g.now,
        "command_id": access.new_command_id(),
        "recorded_soon": soon,
    }


def sheet_page(domain_id: UUID) -> dict[str, Any]:
    """Return what the sheet for the IT person shows. Raises NoSuchDomain."""
    journal, account_id = access.service().journal, access.account_id()
    seen = Seen(known(journal, account_id, domain_id))
    return {
        **seen.to_publish(),
        "domain": seen.values(),
        "asker": access.account()["email"],
        "form": {"email": "", "language": current_language()},
        "left": letters_of(journal, account_id).left(g.now),
        "daily": LETTERS_MAX,
        "command_id": access.new_command_id(),
    }


def removal_page(domain_id: UUID) -> dict[str, Any]:
    """Return what is asked before a domain is removed. Raises NoSuchDomain."""
    service, account_id = access.service(), access.account_id()
    domain = known(service.journal, account_id, domain_id)
    return {
        "domain": Seen(domain).values(),
        "tracking": below(domain.name or ""),
        "ours": service.settings.from_domain,
        "command_id": access.new_command_id(),
    }


def _why(domain_id: UUID) -> str | None:
    """Return why a domain failed, if that is the latest that became of it."""
    views, account_id = access.service().views, access.account_id()
    latest = views.domains.changes(account_id, domain_id, size=1).rows[:1]
    for change in latest:
        if change.what == "Transferred":
            return "transferred"
        if change.what == "Failed":
            return change.why
    return None


def _keys(domain_id: UUID) -> list[str]:
    """Return how the domain's keys stand, a sentence each."""
    service = access.service()
    try:
        keys = keys_of_domain(service.journal, access.account_id(), domain_id)
    except NoSigningKey:
        return []
    return key_words(keys.keys)
