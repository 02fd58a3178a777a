"""Mails with DNS records that an account has sent to whoever looks after its DNS."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ledger.aggregate import Aggregate, event
from ledger.refusals import TooManyAttempts

LETTERS_MAX = 5
"""An IT person, his deputy, and a mistyped address or two: more is no help."""
LETTERS_TERM = timedelta(hours=24)


def it_letters_id(account_id: UUID) -> UUID:
    """Return the id of an account's stream of such letters (UUID v5)."""
    return uuid5(account_id, "it letters")


class ItLetters(Aggregate, created_event_name="Begun"):
    """Fixed texts to people who have no account: so few a day, and whom is not kept."""

    TOPIC = "it_letters"

    class Event(Aggregate.Event):
        TOPIC = "it_letters.Event"

    class Begun(Event, Aggregate.Created):
        TOPIC = "it_letters.Begun"
        account_id: UUID

    class Sent(Event):
        """The records of a domain were mailed; the address is nobody's of ours."""

        TOPIC = "it_letters.Sent"
        letter_id: UUID
        domain_id: UUID
        at: datetime

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.latest: list[datetime] = []

    @classmethod
    def begin(cls, account_id: UUID) -> ItLetters:
        """Begin the stream: nothing was sent."""
        return cls._create(
            event_class=cls.Begun, id=it_letters_id(account_id), account_id=account_id
        )

    def left(self, now: datetime) -> int:
        """Return how many letters may be sent now."""
        return LETTERS_MAX - len([at for at in self.latest if now < at + LETTERS_TERM])

    def send(self, letter_id: UUID, domain_id: UUID, now: datetime) -> None:
        """Mail a domain's records. Raises TooManyAttempts after five within a day."""
        if not self.left(now):
            wait = self.latest[0] + LETTERS_TERM - now
            raise TooManyAttempts(max(1, -(-wait // timedelta(seconds=1))))
        self._sent(letter_id=letter_id, domain_id=domain_id, at=now)

    @event(Sent)
    def _sent(self, letter_id: UUID, domain_id: UUID, at: datetime) -> None:
        self.latest = [*self.latest, at][-LETTERS_MAX:]
