"""What an account shows of itself and wants to be sent: picture, look-up, mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ledger.aggregate import Aggregate, Personal, event
from ledger.refusals import TokenGone

ADDITIONAL, INSTEAD = "additional", "instead"
"""Receipts go to the receipt address too, or only there."""
CONFIRM_TERM = timedelta(days=7)
"""How long a receipt address waits to be confirmed: an accountant's mailbox."""


def profile_id(account_id: UUID) -> UUID:
    """Return the id of an account's stream of profile facts (UUID v5)."""
    return uuid5(account_id, "profile")


@dataclass(frozen=True)
class Picture:
    """A picture whose bytes stand beside the journal, and their SHA-256 in hex."""

    picture_id: UUID
    sha256: str


@dataclass(frozen=True)
class ReceiptAddress:
    """Where receipts are mailed to; `mode` is additional or instead."""

    address_id: UUID
    email: str | None
    mode: str
    expires_at: datetime


class Profile(Aggregate, created_event_name="Begun"):
    """The facts of the panel's profile that no other aggregate decides on."""

    TOPIC = "profiles"

    class Event(Aggregate.Event):
        TOPIC = "profiles.Event"

    class Begun(Event, Aggregate.Created):
        TOPIC = "profiles.Begun"
        account_id: UUID

    class PictureChanged(Event):
        TOPIC = "profiles.PictureChanged"
        picture_id: UUID
        sha256: str
        byte_count: int

    class PictureRemoved(Event):
        TOPIC = "profiles.PictureRemoved"
        picture_id: UUID

    class LookupChosen(Event):
        """Whether whoever knows the address is shown name and picture."""

        TOPIC = "profiles.LookupChosen"
        listed: bool

    class NewsletterChosen(Event):
        """`how` is panel, link or one_click."""

        TOPIC = "profiles.NewsletterChosen"
        subscribed: bool
        how: str

    class ReceiptAddressRequested(Event):
        TOPIC = "profiles.ReceiptAddressRequested"
        address_id: UUID
        email: Personal
        mode: str
        expires_at: datetime

    class ReceiptAddressConfirmed(Event):
        TOPIC = "profiles.ReceiptAddressConfirmed"
        address_id: UUID

    class ReceiptAddressRemoved(Event):
        TOPIC = "profiles.ReceiptAddressRemoved"
        address_id: UUID

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.picture: Picture | None = None
        self.listed = True
        self.subscribed = False
        self.receipt_address: ReceiptAddress | None = None
        self.waiting_address: ReceiptAddress | None = None

    @classmethod
    def begin(cls, account_id: UUID) -> Profile:
        """Begin the stream: no picture, listed, no newsletter."""
        return cls._create(
            event_class=cls.Begun, id=profile_id(account_id), account_id=account_id
        )

    def change_picture(self, picture_id: UUID, sha256: str, byte_count: int) -> None:
        """Show this picture; the same one again is no news."""
        if self.picture is None or self.picture.sha256 != sha256:
            self._picture_changed(
                picture_id=picture_id, sha256=sha256, byte_count=byte_count
            )

    def remove_picture(self) -> None:
        """Show none; without one there is nothing to do."""
        if self.picture is not None:
            self._picture_removed(picture_id=self.picture.picture_id)

    def choose_lookup(self, listed: bool) -> None:
        """Be found by whoever knows the exact address, or not."""
        if listed != self.listed:
            self._lookup_chosen(listed=listed)

    def choose_newsletter(self, subscribed: bool, how: str) -> None:
        """Get the newsletter, or get it no more."""
        if subscribed != self.subscribed:
            self._newsletter_chosen(subscribed=subscribed, how=how)

    def request_receipt_address(
        self, address_id: UUID, email: str, mode: str, now: datetime
    ) -> None:
        """Ask for receipts to be mailed there, once it was confirmed by link."""
        assert mode in (ADDITIONAL, INSTEAD)
        self._receipt_address_requested(
            address_id=address_id,
            email=email,
            mode=mode,
            expires_at=now + CONFIRM_TERM,
        )

    def confirm_receipt_address(self, address_id: UUID, now: datetime) -> None:
        """Mail receipts there from now on. Raises TokenGone."""
        waiting = self.waiting_address
        if waiting is None or waiting.address_id != address_id:
            raise TokenGone
        if now >= waiting.expires_at:
            raise TokenGone
        self._receipt_address_confirmed(address_id=address_id)

    def remove_receipt_address(self) -> None:
        """Mail receipts to the account's own address alone; forget a waiting one."""
        for address in (self.waiting_address, self.receipt_address):
            if address is not None:
                self._receipt_address_removed(address_id=address.address_id)

    def receipt_recipients(self, email: str | None) -> list[str]:
        """Return whom a receipt is mailed to; `email` is the account's own address."""
        own = [email] if email else []
        other = self.receipt_address
        if other is None or other.email is None:
            return own
        return [other.email] if other.mode == INSTEAD else [*own, other.email]

    @event(PictureChanged)
    def _picture_changed(self, picture_id: UUID, sha256: str, byte_count: int) -> None:
        self.picture = Picture(picture_id, sha256)

    @event(PictureRemoved)
    def _picture_removed(self, picture_id: UUID) -> None:
        self.picture = None

    @event(LookupChosen)
    def _lookup_chosen(self, listed: bool) -> None:
        self.listed = listed

    @event(NewsletterChosen)
    def _newsletter_chosen(self, subscribed: bool, how: str) -> None:
        self.subscribed = subscribed

    @event(ReceiptAddressRequested)
    def _receipt_address_requested(
        self, address_id: UUID, email: str | None, mode: str, expires_at: datetime
    ) -> None:
        self.waiting_address = ReceiptAddress(address_id, email, mode, expires_at)

    @event(ReceiptAddressConfirmed)
    def _receipt_address_confirmed(self, address_id: UUID) -> None:
        self.receipt_address = self.waiting_address
        self.waiting_address = None

    @event(ReceiptAddressRemoved)
    def _receipt_address_removed(self, address_id: UUID) -> None:
        for name in ("waiting_address", "receipt_address"):
            address = getattr(self, name)
            if address is not None and address.address_id == address_id:
                setattr(self, name, None)
