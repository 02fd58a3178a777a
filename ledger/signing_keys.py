"""The keys that sign a domain's mail (DKIM, RFC 6376).

A domain has two selectors, each with a key at a time: one signs, the other waits for
its turn or goes. A key that was not seen in the zone never signs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from ledger import signing_key_facts as facts
from ledger.aggregate import Aggregate, event
from ledger.factors import Binding
from ledger.signing_refusals import KeyNotSeen, NoActiveKey, NoSigningKey

SELECTORS = ("dm1", "dm2")
KEY_TTL = timedelta(minutes=10)
"""How long resolvers keep a key that we publish."""
SEEN_FOR = 2 * KEY_TTL
"""So long a key is in the zone, for all who ask, before it signs."""
ROTATED_AFTER = timedelta(days=150)
"""A key signs for less than half a year, with a month left for what goes wrong."""
RETIRING = timedelta(days=14)
"""Queues give up after five days, and a mailbox may be read a week later."""
REVOKED = timedelta(days=7)
"""So long an empty key says that the one before was withdrawn."""

KeyState = Literal["staged", "active", "retiring", "revoked", "removed"]


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key that was just made: what is published, and where its secret lies."""

    key_id: UUID
    public_key: str
    binding: Binding


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A key under its selector; `since` is when it came into its state."""

    key_id: UUID
    state: KeyState
    public_key: str
    binding: Binding
    since: datetime
    seen_at: datetime | None = None

    @property
    def has_secret(self) -> bool:
        """Whether its private part is still kept."""
        return self.state in ("staged", "active", "retiring")

    def may_sign(self, now: datetime) -> bool:
        """Whether it could be the one that signs: it was seen for long enough."""
        if not self.has_secret or self.seen_at is None:
            return False
        return self.state != "staged" or now >= self.seen_at + SEEN_FOR


class SigningKeys(Aggregate, created_event_name="Begun"):
    """A domain's keys by selector; at most one of them is active."""

    TOPIC = "signing_keys"

    Event = facts.Event
    Begun = facts.Begun
    Staged = facts.Staged
    Seen = facts.Seen
    Missed = facts.Missed
    Activated = facts.Activated
    Retired = facts.Retired
    Revoked = facts.Revoked
    Removed = facts.Removed
    Stopped = facts.Stopped
    Resumed = facts.Resumed

    @staticmethod
    def create_id(
        domain_id: UUID, account_id: UUID | None = None, label: str = ""
    ) -> UUID:
        del account_id, label
        return uuid5(domain_id, "signing keys")

    def __init__(self, account_id: UUID, domain_id: UUID, label: str) -> None:
        self.account_id = account_id
        self.domain_id = domain_id
        self.label = label
        self.keys: dict[str, SigningKey] = {}
        self.stopped = False

    @property
    def active(self) -> tuple[str, SigningKey] | None:
        """The selector and the key that sign now."""
        for selector, key in self.keys.items():
            if key.state == "active":
                return selector, key
        return None

    @property
    def free(self) -> list[str]:
        """The selectors that have no key yet, or not any more."""
        return [
            selector
            for selector in SELECTORS
            if selector not in self.keys or self.keys[selector].state == "removed"
        ]

    def require_active(self) -> tuple[str, SigningKey]:
        """Return the selector and the key that sign now. Raises NoActiveKey."""
        found = self.active
        if found is None:
            raise NoActiveKey
        return found

    def key_of(self, selector: str) -> SigningKey:
        """Return the key of a selector. Raises NoSigningKey."""
        if selector not in self.keys:
            raise NoSigningKey(domain_id=self.domain_id)
        return self.keys[selector]

    def stage(self, made: Mapping[str, NewKey], now: datetime) -> None:
        """Publish new keys under selectors that are free."""
        assert not self.stopped
        for selector, key in made.items():
            assert selector in self.free
            self._staged(
                selector=selector,
                key_id=key.key_id,
                public_key=key.public_key,
                **key.binding._asdict(),
                staged_at=now,
            )

    def look(self, seen: Mapping[str, bool], now: datetime) -> None:
        """Note which staged keys all resolvers have; nothing of those left out."""
        for selector, is_seen in seen.items():
            key = self.keys[selector]
            if key.state != "staged" or is_seen == (key.seen_at is not None):
                continue
            if is_seen:
                self._seen(selector=selector, key_id=key.key_id, seen_at=now)
            else:
                self._missed(selector=selector, key_id=key.key_id)

    def advance(self, seen: Mapping[str, bool], now: datetime) -> None:
        """Do what is due: activate, rotate, revoke, remove.

        Only a key that is seen now, and was for long enough, comes to sign so.
        """
        self.look(seen, now)
        for selector, key in list(self.keys.items()):
            if key.state == "retiring" and now >= key.since + RETIRING:
                self._revoke(selector, "retired", now)
            elif key.state == "revoked" and now >= key.since + REVOKED:
                self._removed(selector=selector, key_id=key.key_id)
        active = self.active
        is_old = active is not None and now >= active[1].since + ROTATED_AFTER
        if (active is None or is_old) and not self.stopped:
            self._sign_with_next(now, [one for one in seen if seen[one]])

    def rotate(self, now: datetime) -> None:
        """Sign with the other key from now on. Raises NoActiveKey, KeyNotSeen."""
        self.require_active()
        if not self._sign_with_next(now):
            raise KeyNotSeen

    def revoke(self, selector: str, now: datetime) -> None:
        """Withdraw a key at once, whose secret may be known to somebody.

        Another that was seen signs instead, one that is retiring too. Where none is
        left that could ever sign, the selector withdrawn longest is free at once.
        Raises NoSigningKey.
        """
        if not self.key_of(selector).has_secret:
            return
        self._revoke(selector, "compromised", now)
        if self.active is None:
            self._sign_with_next(now, retiring=True)
        if not any(key.has_secret for key in self.keys.values()):
            self._free_the_oldest()

    def stop(self, why: str, now: datetime) -> None:
        """Withdraw every key: the domain is not this account's to sign for."""
        if self.stopped:
            return
        self._stopped(why=why)
        for selector, key in list(self.keys.items()):
            if key.has_secret:
                self._revoke(selector, "stopped", now)

    def resume(self) -> None:
        """Let the domain have keys again."""
        if self.stopped:
            self._resumed()
            self._free_the_oldest()

    def _sign_with_next(
        self,
        now: datetime,
        among: Collection[str] = SELECTORS,
        *,
        retiring: bool = False,
    ) -> bool:
        active, waiting = self.active, ("staged", "retiring")[: 1 + retiring]
        for selector, key in self.keys.items():
            if selector in among and key.state in waiting and key.may_sign(now):
                if active is not None:
                    self._retired(
                        selector=active[0], key_id=active[1].key_id, retired_at=now
                    )
                self._activated(selector=selector, key_id=key.key_id, activated_at=now)
                return True
        return False

    def _revoke(self, selector: str, why: str, now: datetime) -> None:
        key_id = self.keys[selector].key_id
        self._revoked(selector=selector, key_id=key_id, why=why, revoked_at=now)

    def _free_the_oldest(self) -> None:
        revoked = [s for s in self.keys if self.keys[s].state == "revoked"]
        if revoked and not self.free:
            oldest = min(revoked, key=lambda selector: self.keys[selector].since)
            self._removed(selector=oldest, key_id=self.keys[oldest].key_id)

    def _became(
        self, selector: str, state: KeyState, since: datetime
    ) -> dict[str, SigningKey]:
        key = replace(self.keys[selector], state=state, since=since)
        return {**self.keys, selector: key}

    @event(Staged)
    def _staged(
        self,
        selector: str,
        key_id: UUID,
        public_key: str,
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
        staged_at: datetime,
    ) -> None:
        key = SigningKey(
            key_id=key_id,
            state="staged",
            public_key=public_key,
            binding=Binding(secret_id, secret_mac, secret_mac_key_id),
            since=staged_at,
        )
        self.keys = {**self.keys, selector: key}

    @event(Seen)
    def _seen(self, selector: str, key_id: UUID, seen_at: datetime) -> None:
        key = replace(self.keys[selector], seen_at=seen_at)
        self.keys = {**self.keys, selector: key}

    @event(Missed)
    def _missed(self, selector: str, key_id: UUID) -> None:
        key = replace(self.keys[selector], seen_at=None)
        self.keys = {**self.keys, selector: key}

    @event(Activated)
    def _activated(self, selector: str, key_id: UUID, activated_at: datetime) -> None:
        self.keys = self._became(selector, "active", activated_at)

    @event(Retired)
    def _retired(self, selector: str, key_id: UUID, retired_at: datetime) -> None:
        self.keys = self._became(selector, "retiring", retired_at)

    @event(Revoked)
    def _revoked(
        self, selector: str, key_id: UUID, why: str, revoked_at: datetime
    ) -> None:
        self.keys = self._became(selector, "revoked", revoked_at)

    @event(Removed)
    def _removed(self, selector: str, key_id: UUID) -> None:
        key = replace(self.keys[selector], state="removed")
        self.keys = {**self.keys, selector: key}

    @event(Stopped)
    def _stopped(self, why: str) -> None:
        self.stopped = True

    @event(Resumed)
    def _resumed(self) -> None:
        self.stopped = False
