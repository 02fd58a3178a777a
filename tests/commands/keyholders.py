"""A domain with keys of its own, and a zone that shows them or does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from commands.domain_checks import RecordCheck, record_check
from commands.domains import AddDomain, RemoveDomain, add_domain, remove_domain
from commands.signing_keys import (
    BeginSigning,
    RevokeSigningKey,
    RotateKeys,
    StopSigning,
    begin_signing,
    keys_of_domain,
    new_pairs,
    revoke_signing_key,
    rotate_keys,
    stop_signing,
)
from commands.signing_rounds import tend_keys
from ledger.domains import SendingDomain
from ledger.journal import Recorded
from ledger.signing_keys import SEEN_FOR, SELECTORS, SigningKeys
from tests.conftest import NOON, context_at
from web.wiring import Service


class KeyHolder:
    """Somebody whose domain has just got its keys."""

    def __init__(
        self,
        service: Service,
        account_id: UUID | None = None,
        domain_id: UUID | None = None,
        label: str | None = None,
    ) -> None:
        self.service = service
        self.account_id = account_id or uuid4()
        self.domain_id = domain_id or uuid4()
        self.label = label or uuid4().hex[:26]
        self.shown: bool | None = True
        self.asked: list[tuple[str, str]] = []

    @property
    def place(self) -> dict[str, Any]:
        return {"account_id": self.account_id, "domain_id": self.domain_id}

    @property
    def keys(self) -> SigningKeys:
        return keys_of_domain(self.service.journal, self.account_id, self.domain_id)

    @property
    def states(self) -> list[str]:
        return [self.keys.keys[selector].state for selector in SELECTORS]

    def hold(self, name: str) -> None:
        """Add a domain, and have its records found."""
        journal = self.service.journal
        add = AddDomain(account_id=self.account_id, name=name)
        added = add_domain(journal, add, context_at(NOON), ())
        self.domain_id = UUID(added.ids["domain"])
        self.label = journal.fresh(SendingDomain, self.domain_id).label
        found = RecordCheck(**self.place, outcome="found")
        record_check(journal, found, context_at(NOON))

    def let_go(self) -> None:
        """Remove the domain."""
        command = RemoveDomain(**self.place)
        remove_domain(self.service.journal, command, context_at(NOON))

    def begin(self, now: datetime = NOON) -> Recorded:
        command = BeginSigning(
            **self.place, label=self.label, pairs=new_pairs(SELECTORS)
        )
        return begin_signing(self.service.journal, command, context_at(now))

    def tend(self, now: datetime) -> int:
        """Let the worker come by."""
        return tend_keys(self.service.journal, self._sight, now)

    def sign_from(self, now: datetime = NOON) -> datetime:
        """Let the first key be seen for long enough; the moment it signs."""
        self.begin(now)
        self.tend(now)
        ready = now + SEEN_FOR
        self.tend(ready)
        return ready

    def rotate(self, now: datetime) -> Recorded:
        return self._do(rotate_keys, RotateKeys(**self.place), now)

    def revoke(self, selector: str, now: datetime) -> Recorded:
        command = RevokeSigningKey(**self.place, selector=selector)
        return self._do(revoke_signing_key, command, now)

    def stop(self, now: datetime) -> Recorded:
        return self._do(stop_signing, StopSigning(**self.place, why="failed"), now)

    def rows(self, sql: str) -> list[Any]:
        """What stands in a table about the account."""
        with self.service.connections.for_account(self.account_id) as connection:
            asked = f"{sql} WHERE account_id = %s"
            return connection.execute(asked, (self.account_id,)).fetchall()

    @property
    def table(self) -> list[str]:
        """The states as the table has them."""
        rows = self.rows("SELECT selector, state FROM signing_keys")
        return [state for _, state in sorted(rows)]

    @property
    def secrets(self) -> int:
        """How many private parts are kept."""
        return len(self.rows("SELECT secret_id FROM secrets"))

    def due_at(self) -> datetime | None:
        rows = self.rows("SELECT due_at FROM watched_signing_keys")
        return rows[0][0] if rows else None

    def _sight(self, name: str, value: str) -> bool | None:
        self.asked.append((name, value))
        return self.shown

    def _do(
        self, handle: Callable[..., Recorded], command: Any, now: datetime
    ) -> Recorded:
        return handle(self.service.journal, command, context_at(now))


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
