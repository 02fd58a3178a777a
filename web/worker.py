"""The worker: views, reactions, webhooks, mails and the janitor, in one process."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from flask import Flask

from commands import (
    checkouts,
    domain_looks,
    inbox,
    outbox,
    reconciliation,
    reversals,
    subscription_settling,
    top_up_charges,
)
from commands.consequences import all_reactions
from commands.gateways.mail import Mailer
from commands.gateways.processor import Payments
from commands.key_sightings import sight_of
from commands.reactions import Reactions
from commands.signing_rounds import tend_keys
from commands.top_up_purchases import Shop
from commands.tracking_looks import look_at_due_hosts
from ledger.journal import Journal
from projections import moments
from web import mails, timers
from web.loops import Loop, Thread
from web.receipt_writer import write_receipt
from web.wiring import Service

IDLE_SECONDS = 0.02
SLOW_SECONDS = 1.0
ASK_AGAIN_TIMES = 5
"""A checkout that stays open is asked about again after so many first waits."""


class Work:
    """What the loops repeat, each step small and repeated safely."""

    def __init__(self, service: Service, app: Flask, mailer: Mailer | None) -> None:
        self._service = service
        self._mailer = mailer
        self._render = mails.renderer(app, service)
        self._purge_at = 0.0
        parts = (
            service.clock,
            service.payments,
            service.seller,
            write_receipt,
            service.shop,
        )
        self.reactions = Reactions(
            service.journal,
            service.reader,
            service.clock,
            all_reactions(service.journal, *parts),
        )

    def webhooks(self) -> int:
        """Handle webhooks that are due."""
        return inbox.handle_inbox(*self._asked())

    def post(self) -> int:
        """Send mails that are due; without a way out they wait."""
        journal, now = self._service.journal, self._service.clock()
        if self._mailer is None:
            return 0
        return outbox.send_due(journal, self._render, self._mailer, now)

    def janitor(self) -> int:
        """Ask the processor about what nobody told us."""
        seconds = self._service.settings.daybook_ask_after_seconds
        again = ASK_AGAIN_TIMES * timedelta(seconds=seconds)
        asked = reversals.ask_about_reversals(*self._asked())
        asked += top_up_charges.ask_about_top_ups(*self._shopping())
        asked += subscription_settling.ask_about_subscriptions(*self._asked())
        return asked + checkouts.ask_about_open(*self._asked(), again)

    def domains(self) -> int:
        """Look at the records of domains whose time has come."""
        service = self._service
        return domain_looks.look_at_due(service.journal, service.eyes, service.clock())

    def compare(self) -> int:
        """Compare yesterday's money with the processor's books."""
        journal, payments, now = self._asked()
        reader = self._service.reader
        return reconciliation.reconcile_due(journal, reader, payments, now)

    def hosts(self) -> int:
        """Look at the records of tracking hosts whose time has come."""
        service = self._service
        return look_at_due_hosts(service.journal, service.eyes, service.clock())

    def keys(self) -> int:
        """Look after the keys that sign mail."""
        sight = sight_of(self._service.lookups, self._service.settings.dns_zone)
        return tend_keys(self._service.journal, sight, self._service.clock())

    def purge(self) -> int:
        """Once an hour, drop what is kept for a time only."""
        if time.monotonic() >= self._purge_at:
            self._purge_at = time.monotonic() + timedelta(hours=1).total_seconds()
            inbox.purge_inbox(self._service.journal, self._service.clock())
            outbox.purge_sent(self._service.journal, self._service.clock())
        return 0

    def _shopping(self) -> tuple[Journal, Payments, Shop, datetime]:
        journal, payments, now = self._asked()
        return journal, payments, self._service.shop, now

    def _asked(self) -> tuple[Journal, Payments, datetime]:
        return self._service.journal, self._service.payments, self._service.clock()


def loops(
    service: Service, app: Flask, mailer: Mailer | None, stop: threading.Event
) -> list[threading.Thread]:
    """Return every loop of the worker, not yet started."""
    work = Work(service, app, mailer)
    follower = service.views.follower(service.reader)

    def note_moments() -> None:
        moments.keep(service.connections, service.reader, stop)

    return [
        Thread("follow", lambda: follower.run(stop)),
        Thread("moments", note_moments),
        Loop("reactions", work.reactions.step, stop, IDLE_SECONDS),
        Loop("inbox", work.webhooks, stop, IDLE_SECONDS),
        Loop("outbox", work.post, stop, IDLE_SECONDS),
        Loop("janitor", work.janitor, stop, SLOW_SECONDS),
        Loop("domains", work.domains, stop, SLOW_SECONDS),
        Loop("purge", work.purge, stop, SLOW_SECONDS * 30),
        Loop("reconcile", work.compare, stop, SLOW_SECONDS * 60),
        Loop("tracking hosts", work.hosts, stop, SLOW_SECONDS),
        Loop("signing keys", work.keys, stop, SLOW_SECONDS),
        Loop("timers", lambda: timers.step(service), stop, SLOW_SECONDS * 30),
    ]
