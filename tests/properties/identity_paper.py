"""What one would note on paper of people, their sign-ins, links and keys.

Written from what the product promises, not from its code: the numbers stand here again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pyotp

TERMS = {
    "browser": (timedelta(hours=1), timedelta(hours=24)),
    "device": (timedelta(days=30), timedelta(days=90)),
}
"""How long a session lives without a request, and in all."""
TRIES_MAX = 5
UNDO = timedelta(hours=72)
RECENT = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
STEP_SECONDS = 30


@dataclass
class Factor:
    """An authenticator, and the latest of its steps that was accepted."""

    factor_id: UUID
    shows: pyotp.TOTP
    step: int


@dataclass
class Wish:
    """A change of address that waits for these sides."""

    change_id: UUID
    name: str
    missing: set[str]
    until: datetime


@dataclass
class Left:
    """An address that was left, and until when its owner may go back to it."""

    change_id: UUID
    name: str
    until: datetime


@dataclass(eq=False)
class Person:
    """One line a person; `epoch` counts what makes older links and challenges die."""

    account_id: UUID
    address: str
    phrase: str | None
    epoch: int = 1
    factors: dict[UUID, Factor] = field(default_factory=dict)
    codes: dict[str, bool] = field(default_factory=dict)
    wish: Wish | None = None
    left: list[Left] = field(default_factory=list)

    @property
    def kept(self) -> set[str]:
        """The addresses that nobody else can have."""
        return {self.address, *(left.name for left in self.left)}

    def without_factors(self) -> None:
        self.factors, self.codes = {}, {}
        self.epoch += 1


@dataclass(eq=False)
class Sitting:
    """A session: only the last of its tokens is good."""

    owner: Person
    session_id: UUID
    kind: str
    tokens: list[str]
    begun_at: datetime
    seen_at: datetime
    home: str
    ip: str
    shown_at: datetime | None
    ended: bool = False

    @property
    def until(self) -> datetime:
        idle, whole = TERMS[self.kind]
        return min(self.seen_at + idle, self.begun_at + whole)

    def is_live(self, now: datetime) -> bool:
        return not self.ended and now < self.until

    def is_recent(self, now: datetime) -> bool:
        return self.shown_at is not None and now - self.shown_at < RECENT

    def seen(self, now: datetime, ip: str | None) -> None:
        moved = ip is not None and ip != self.ip
        if moved or now - self.seen_at >= MINUTE:
            self.seen_at, self.ip = max(self.seen_at, now), ip or self.home


@dataclass(eq=False)
class Link:
    """A link, or a challenge; `epoch` is None where it outlives every change."""

    kind: str
    owner: Person
    token: str
    until: datetime
    epoch: int | None
    asker: Sitting | None = None
    change_id: UUID | None = None
    side: str = ""
    session_kind: str = ""
    shows: pyotp.TOTP | None = None
    used: bool = False
    tries: int = 0

    def is_open(self, now: datetime) -> bool:
        """Whether it may still be used, as far as it is itself concerned."""
        return (
            not self.used
            and now < self.until
            and self.tries < TRIES_MAX
            and self.epoch in (None, self.owner.epoch)
            and (self.asker is None or self.asker.is_live(now))
        )

    def answers(self, now: datetime) -> bool:
        """Whether it is open, and the change that it may be about waits for it."""
        wish, left = self.owner.wish, [one.change_id for one in self.owner.left]
        if self.kind == "undo":
            return self.is_open(now) and self.change_id in left
        if self.kind not in ("confirm", "cancel"):
            return self.is_open(now)
        waits = wish is not None and wish.change_id == self.change_id
        fits = not self.side or (wish is not None and self.side in wish.missing)
        return self.is_open(now) and waits and fits


@dataclass(eq=False)
class Key:
    """An API key, with every secret that it ever had."""

    owner: Person
    key_id: UUID
    secrets: list[str]
    until: datetime | None
    former: tuple[str, datetime] | None = None
    revoked: bool = False
    seen_at: datetime | None = None

    def takes(self, secret: str, now: datetime) -> bool:
        if self.revoked or (self.until is not None and now >= self.until):
            return False
        if secret == self.secrets[-1]:
            return True
        former = self.former
        return former is not None and secret == former[0] and now < former[1]

    def used(self, now: datetime) -> None:
        if self.seen_at is None or now - self.seen_at >= MINUTE:
            self.seen_at = now


@dataclass
class Paper:
    """All of it."""

    now: datetime
    people: list[Person] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)

    def holder(self, name: str) -> Person | None:
        found = [one for one in self.people if one.address == name]
        assert len(found) <= 1
        return found[0] if found else None

    def claimant(self, name: str) -> Person | None:
        found = [one for one in self.people if name in one.kept]
        assert len(found) <= 1
        return found[0] if found else None

    def live(self, owner: Person | None = None) -> list[Sitting]:
        """The sessions that are live, of this person or of both."""
        return [
            one
            for one in self.sittings
            if one.is_live(self.now) and owner in (None, one.owner)
        ]

    def of(self, kind: str) -> list[Link]:
        """Every link of a kind that was ever made, those that still work first."""
        found = [link for link in reversed(self.links) if link.kind == kind]
        return sorted(found, key=lambda link: not link.answers(self.now))

    def end(self, owner: Person, but: Sitting | None = None) -> None:
        for sitting in self.sittings:
            if sitting.owner is owner and sitting is not but:
                sitting.ended = True

    def keys_of(self, owner: Person) -> list[Key]:
        return [key for key in self.keys if key.owner is owner and not key.revoked]

    def deadlines(self, kind: str) -> list[datetime]:
        """The moments to come at which something of this kind is over."""
        return sorted(at for at in self._ends(kind) if at > self.now)

    def _ends(self, kind: str) -> Iterator[datetime]:
        if kind == "sessions":
            yield from (one.until for one in self.sittings if not one.ended)
        elif kind == "links":
            yield from (one.until for one in self.links if not one.used)
        elif kind == "undos":
            yield from (left.until for one in self.people for left in one.left)
        else:
            yield from (key.former[1] for key in self.keys if key.former)
            yield from (key.until for key in self.keys if key.until)

    def code(self, owner: Person, kind: str) -> tuple[str, bool]:
        """What is typed for a code, and whether it is one that must be taken."""
        if kind in ("fresh", "spent"):
            found = [c for c, good in owner.codes.items() if good == (kind == "fresh")]
            return (found[0], kind == "fresh") if found else ("000000", False)
        back = {"now": 0, "previous": 1, "older": 2}.get(kind)
        if back is None or not owner.factors:
            return "000000", False
        factor = next(iter(owner.factors.values()))
        step = int(self.now.timestamp()) // STEP_SECONDS - back
        text = factor.shows.at(step * STEP_SECONDS)
        return text, back < 2 and step > factor.step

    def spend(self, owner: Person, kind: str, text: str) -> None:
        """Note that a code was taken."""
        if kind == "fresh":
            owner.codes[text] = False
            return
        back = {"now": 0, "previous": 1}[kind]
        factor = next(iter(owner.factors.values()))
        factor.step = int(self.now.timestamp()) // STEP_SECONDS - back
