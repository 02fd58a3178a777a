"""An API key: what a program may do, for one account or for the whole service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from ledger.aggregate import SYSTEM, Aggregate, Personal, event
from ledger.refusals import ScopeUnknown

SERVICE_SCOPES = ("accounts:read", "credits:hold", "usage:report")
"""What a key of another system of the company may be allowed."""


class ApiKey(Aggregate, created_event_name="Issued"):
    """A key's public id is the stream's; its secret's digest stands beside the journal.

    A service key belongs to no account: its account is the nil UUID.
    """

    TOPIC = "api_keys"

    class Event(Aggregate.Event):
        TOPIC = "api_keys.Event"

    class Issued(Event, Aggregate.Created):
        """`secret_*` name the row that keeps the secret's digest, and bind it."""

        TOPIC = "api_keys.Issued"
        account_id: UUID
        name: Personal
        scopes: list[str]
        secret_id: UUID
        secret_mac: str
        secret_mac_key_id: UUID
        expires_at: datetime | None
        for_service: bool

    class Revoked(Event):
        """`why` is withdrawn, leaked or erased."""

        TOPIC = "api_keys.Revoked"
        why: str

    def __init__(
        self,
        account_id: UUID,
        name: str | None,
        scopes: list[str],
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
        expires_at: datetime | None,
        for_service: bool,
    ) -> None:
        self.account_id = account_id
        self.name = name
        self.scopes = scopes
        self.secret_id = secret_id
        self.secret_mac = secret_mac
        self.secret_mac_key_id = secret_mac_key_id
        self.expires_at = expires_at
        self.for_service = for_service
        self.revoked = False

    @classmethod
    def issue(
        cls,
        key_id: UUID,
        *,
        name: str,
        scopes: Iterable[str],
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
        expires_at: datetime | None,
    ) -> ApiKey:
        """Issue a service key. Raises ScopeUnknown."""
        chosen = sorted(set(scopes))
        for scope in chosen:
            if scope not in SERVICE_SCOPES:
                raise ScopeUnknown(scope=scope)
        return cls._create(
            event_class=cls.Issued,
            id=key_id,
            account_id=SYSTEM,
            name=name,
            scopes=chosen,
            secret_id=secret_id,
            secret_mac=secret_mac,
            secret_mac_key_id=secret_mac_key_id,
            expires_at=expires_at,
            for_service=True,
        )

    def is_good(self, now: datetime) -> bool:
        """Whether the key may be used now."""
        return not self.revoked and (self.expires_at is None or now < self.expires_at)

    def revoke(self, why: str) -> None:
        """Withdraw the key for ever; a revoked one stays as it is."""
        if not self.revoked:
            self._revoked(why=why)

    @event(Revoked)
    def _revoked(self, why: str) -> None:
        self.revoked = True
