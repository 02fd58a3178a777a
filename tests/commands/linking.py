"""Somebody with a verified domain who wants links under it, and a DNS that obeys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from commands.domain_looks import Eyes
from commands.tracking_domains import (
    ChooseTrackingHost,
    ClearTrackingHost,
    choose_tracking_host,
    clear_tracking_host,
    tracking_of,
)
from commands.tracking_looks import look_at_due_hosts, wanted_of
from ledger.journal import Recorded
from ledger.tracking_domains import TrackingDomain, TrackingHost
from tests.commands.sending import OURS, Sender
from tests.conftest import NOON, context_at
from tests.fakes import Names
from web.wiring import Service

ZONE = "mail.daybook.test"
MINUTE, HOUR, DAY = (timedelta(**{u: 1}) for u in ("minutes", "hours", "days"))


class Linker:
    """The owner of a domain, which is hollis.com unless told."""

    def __init__(self, service: Service, domain: str = "hollis.com") -> None:
        self.service, self.journal = service, service.journal
        self.sender = Sender(service.journal)
        self.account_id = self.sender.account_id
        self.domain_id = self.sender.verified(domain)
        self.names = Names()

    @property
    def eyes(self) -> Eyes:
        return Eyes(lookups=self.names, zone=ZONE)

    @property
    def tracking(self) -> TrackingDomain:
        return tracking_of(self.journal, self.account_id)

    @property
    def current(self) -> TrackingHost:
        return self.tracking.require_current()

    @property
    def used(self) -> str | None:
        """The host that new links carry, if it is the account's own."""
        host = self.tracking.used
        return None if host is None else host.host

    def choose(
        self,
        host: str = "links.hollis.com",
        now: datetime = NOON,
        key: str | None = None,
    ) -> Recorded:
        command = ChooseTrackingHost(account_id=self.account_id, host=host)
        return choose_tracking_host(self.journal, command, context_at(now, key), OURS)

    def clear(self, now: datetime = NOON) -> Recorded:
        command = ClearTrackingHost(account_id=self.account_id)
        return clear_tracking_host(self.journal, command, context_at(now))

    def publish(self, host: TrackingHost | None = None, value: str = "") -> None:
        """Set the record that the host needs, or another one."""
        wanted = wanted_of(host or self.current, ZONE)
        self.names.publish(wanted.host, "CNAME", value or wanted.value)

    def unpublish(self) -> None:
        self.names.remove(self.current.host or "", "CNAME")

    def look(self, now: datetime) -> int:
        """Let the worker come by."""
        return look_at_due_hosts(self.journal, self.eyes, now)

    def verified(self, host: str = "links.hollis.com") -> TrackingHost:
        """Choose a host and have its record found."""
        self.choose(host)
        self.publish()
        self.look(NOON)
        assert self.used == host
        return self.current

    def rows(self, sql: str) -> list[Any]:
        with self.service.connections.for_account(self.account_id) as connection:
            asked = f"{sql} WHERE account_id = %s"
            return connection.execute(asked, (self.account_id,)).fetchall()

    def due_at(self, host_id: UUID | None = None) -> datetime | None:
        rows = self.rows("SELECT host_id, due_at FROM watched_tracking")
        found: dict[UUID, datetime | None] = dict(rows)
        return found[host_id or self.current.host_id]
