"""The worker: views, reactions, webhooks, mails and the janitor, in one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from commands import checkouts, inbox, outbox, reconciliation, reversals
from commands.consequences import all_reactions
from commands.gateways.mail import Mailer
from commands.reactions import Reactions
from projections import moments
from web import logs, mails, timers
from web.receipt_writer import write_receipt
from web.wiring import Service

IDLE_SECONDS = 0.02
SLOW_SECONDS = 1.0
TROUBLE_SECONDS = 1.0
ASK_AGAIN_TIMES = 5
"""A checkout that stays open is asked about again after so many first waits."""


class Thread(threading.Thread):
    """Runs something that itself goes on until stopped."""

    def __init__(self, name: str, target: Callable[[], None]) -> None:
        super().__init__(name=name, target=target, daemon=True)


class Loop(threading.Thread):
    """Repeats a step; pauses when there was nothing to do, longer after trouble."""

    def __init__(
        self, name: str, step: Callable[[], int], stop: threading.Event, idle: float
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._step, self._stop_event, self._idle = step, stop, idle

    def run(self) -> None:
        """Repeat until stopped; what fails is logged and tried again."""
        while not self._stop_event.is_set():
            try:
                began = time.perf_counter()
                done = self._step()
                pause = 0.0 if done else self._idle
                if done:
                    took = round((time.perf_counter() - began) * 1000, 1)
                    logs.note("job", job=self.name, done=done, milliseconds=took)
            except Exception as trouble:  # the next try may find the database again
                logs.note("job failed", job=self.name, trouble=type(trouble).__name__)
                pause = TROUBLE_SECONDS
            if pause:
                self._stop_event.wait(pause)


def loops(
    service: Service, app: Flask, mailer: Mailer | None, stop: threading.Event
) -> list[threading.Thread]:
    """Return every loop of the worker, not yet started."""
    journal, clock = service.journal, service.clock
    reactions = Reactions(
        journal,
        service.reader,
        clock,
        all_reactions(journal, clock, service.payments, service.seller, write_receipt),
    )
    render = mails.renderer(app, service)
    again = ASK_AGAIN_TIMES * timedelta(
        seconds=service.settings.daybook_ask_after_seconds
    )

    def webhooks() -> int:
        return inbox.handle_inbox(journal, service.payments, clock())

    def post() -> int:
        return (
            0 if mailer is None else outbox.send_due(journal, render, mailer, clock())
        )

    def janitor() -> int:
        payments, now = service.payments, clock()
        asked = reversals.ask_about_reversals(journal, payments, now)
        return asked + checkouts.ask_about_open(journal, payments, now, again)

    def compare() -> int:
        payments = service.payments
        return reconciliation.reconcile_due(journal, service.reader, payments, clock())

    last_purge = [time.monotonic() - timedelta(hours=1).total_seconds()]

    def purge() -> int:
        if time.monotonic() - last_purge[0] < timedelta(hours=1).total_seconds():
            return 0
        last_purge[0] = time.monotonic()
        inbox.purge_inbox(journal, clock())
        outbox.purge_sent(journal, clock())
        return 0

    follower = service.views.follower(service.reader)

    def note_moments() -> None:
        moments.keep(service.connections, service.reader, stop)

    return [
        Thread("follow", lambda: follower.run(stop)),
        Thread("moments", note_moments),
        Loop("reactions", reactions.step, stop, IDLE_SECONDS),
        Loop("inbox", webhooks, stop, IDLE_SECONDS),
        Loop("outbox", post, stop, IDLE_SECONDS * 5),
        Loop("janitor", janitor, stop, SLOW_SECONDS),
        Loop("purge", purge, stop, SLOW_SECONDS * 30),
        Loop("reconcile", compare, stop, SLOW_SECONDS * 60),
        Loop("timers", lambda: timers.step(service), stop, SLOW_SECONDS * 30),
    ]
