"""An API key: what a program may do, for one account or for the whole service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from ledger.aggregate import SYSTEM, Aggregate, Personal, event
from ledger.factors import Binding
from ledger.refusals import NoSuchKey, ScopesOnlyNarrow, ScopeUnknown

SERVICE_SCOPES = ("accounts:read", "credits:hold", "mail:sign", "usage:report")
"""What a key of another system of the company may be allowed."""
CUSTOMER_SCOPES = (
    "account:read",
    "credits:read",
    "domains:read",
    "domains:write",
    "purchases:read",
)
"""What a customer's key may be allowed: never keys, sign-in data or billing."""
OVERLAP = timedelta(days=7)
"""How long a rotated key's old secret may still be used, at most: most programs are
deployed once a week."""


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
        """`why` is withdrawn, leaked, closed or erased."""

        TOPIC = "api_keys.Revoked"
        why: str

    class Renamed(Event):
        TOPIC = "api_keys.Renamed"
        name: Personal

    class ScopesNarrowed(Event):
        TOPIC = "api_keys.ScopesNarrowed"
        scopes: list[str]

    class Rotated(Event):
        """`secret_*` name the new secret; the old one is good until then."""

        TOPIC = "api_keys.Rotated"
        secret_id: UUID
        secret_mac: str
        secret_mac_key_id: UUID
        old_ends_at: datetime

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
        self.old: tuple[Binding, datetime] | None = None

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
        account_id: UUID = SYSTEM,
    ) -> ApiKey:
        """Issue a key of an account, or a service key. Raises ScopeUnknown."""
        for_service = account_id == SYSTEM
        chosen = sorted(set(scopes))
        for scope in chosen:
            if scope not in (SERVICE_SCOPES if for_service else CUSTOMER_SCOPES):
                raise ScopeUnknown(scope=scope)
        return cls._create(
            event_class=cls.Issued,
            id=key_id,
            account_id=account_id,
            name=name,
            scopes=chosen,
            secret_id=secret_id,
            secret_mac=secret_mac,
            secret_mac_key_id=secret_mac_key_id,
            expires_at=expires_at,
            for_service=for_service,
        )

    @property
    def binding(self) -> Binding:
        """Where the newest secret lies."""
        return Binding(self.secret_id, self.secret_mac, self.secret_mac_key_id)

    def bindings(self, now: datetime) -> list[Binding]:
        """Return where the secrets lie that may be used now, the newest first."""
        if not self.is_good(now):
            return []
        old = [self.old[0]] if self.old is not None and now < self.old[1] else []
        return [self.binding, *old]

    def rename(self, name: str) -> None:
        """Call the key something else. Raises NoSuchKey for a revoked one."""
        self._require_live()
        if name != self.name:
            self._renamed(name=name)

    def narrow(self, scopes: Iterable[str]) -> None:
        """Allow less. Raises NoSuchKey for a revoked one, ScopesOnlyNarrow."""
        self._require_live()
        chosen = sorted(set(scopes))
        for scope in chosen:
            if scope not in self.scopes:
                raise ScopesOnlyNarrow(scope=scope)
        if chosen != self.scopes:
            self._scopes_narrowed(scopes=chosen)

    def rotate(self, secret: Binding, old_ends_at: datetime, now: datetime) -> None:
        """Use another secret, and the old one for a while. Raises NoSuchKey."""
        self._require_live()
        assert now <= old_ends_at <= now + OVERLAP
        self._rotated(**secret._asdict(), old_ends_at=old_ends_at)

    def _require_live(self) -> None:
        if self.revoked:
            raise NoSuchKey(key_id=self.id)

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

    @event(Renamed)
    def _renamed(self, name: str | None) -> None:
        self.name = name

    @event(ScopesNarrowed)
    def _scopes_narrowed(self, scopes: list[str]) -> None:
        self.scopes = scopes

    @event(Rotated)
    def _rotated(
        self,
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
        old_ends_at: datetime,
    ) -> None:
        self.old = (self.binding, old_ends_at)
        self.secret_id = secret_id
        self.secret_mac = secret_mac
        self.secret_mac_key_id = secret_mac_key_id
