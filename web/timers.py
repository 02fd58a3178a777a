"""Deeds whose time comes without anybody asking: each small, each repeated safely."""

from __future__ import annotations

from uuid import uuid4

from commands import limiter
from commands.email_undos import release_due
from commands.erasure import erase_due
from commands.factor_resets import finish_due
from commands.retention import keep_terms
from commands.usage_settling import end_periods
from ledger.journal import Actor, Context
from web.erasing import erasures_of
from web.wiring import Service


def step(service: Service) -> int:
    """Do what is due now; return how much there was.

    Addresses whose undo has lapsed are given up, two-factor is turned off where staff
    started it three days ago, closed accounts are erased, and what is kept for a time
    only is dropped. Periods of the plan are closed and settled.
    """
    journal, now = service.journal, service.clock()
    context = Context(
        principal="system:timers",
        key=str(uuid4()),
        actor=Actor("system", "timers"),
        now=now,
        correlation_id=uuid4(),
    )
    done = release_due(journal, context) + finish_due(journal, context)
    erasures = erasures_of(service.settings, service.seller)
    done += erase_due(journal, erasures, now) + keep_terms(journal, now)
    done += end_periods(journal, erasures.noted, now)
    return done + limiter.forget_old(journal, now)
