"""What automatic top-up records."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate, Personal
from ledger.top_up_terms import TopUpTerms


class Event(Aggregate.Event):
    TOPIC = "top_ups.Event"


class Opened(Event, Aggregate.Created):
    TOPIC = "top_ups.Opened"
    account_id: UUID


class CardPageOpened(Event):
    """A page of the processor where a card is saved; an earlier one is void."""

    TOPIC = "top_ups.CardPageOpened"
    checkout_id: str
    expires_at: datetime


class CardSaved(Event):
    """A card may be charged without its holder; `replaced` was, until now."""

    TOPIC = "top_ups.CardSaved"
    customer_id: str
    payment_method_id: str
    card_label: Personal
    replaced: str | None


class CardRemoved(Event):
    """The card is not to be charged any more."""

    TOPIC = "top_ups.CardRemoved"
    payment_method_id: str


class TurnedOn(Event):
    """Its holder agreed to these terms, for the first time or again."""

    TOPIC = "top_ups.TurnedOn"
    terms: TopUpTerms


class TurnedOff(Event):
    """`by` is customer or closed."""

    TOPIC = "top_ups.TurnedOff"
    by: str


class Paused(Event):
    """Nothing is bought until its holder says so; a dearer pack costs `total_minor`."""

    TOPIC = "top_ups.Paused"
    why: str
    total_minor: int | None


class Begun(Event):
    """A purchase was started; its amount counts in the month."""

    TOPIC = "top_ups.Begun"
    purchase_id: UUID
    amount_minor: int
    month: str


class ChargeOpened(Event):
    """The one payment by which the saved card can pay for the purchase."""

    TOPIC = "top_ups.ChargeOpened"
    purchase_id: UUID
    payment_intent_id: str


class ChargeFailed(Event):
    """The saved card did not pay; no `next_attempt_at` where none is to come."""

    TOPIC = "top_ups.ChargeFailed"
    purchase_id: UUID
    attempt_id: str
    code: str
    next_attempt_at: datetime | None


class HandedOver(Event):
    """The purchase is to be paid on the processor's page alone.

    `why` is authentication, where the bank wants to hear the card's holder, or by_hand.
    """

    TOPIC = "top_ups.HandedOver"
    purchase_id: UUID
    why: str


class GivenUp(Event):
    """The purchase will not be paid; its amount no longer counts.

    `why` is not_needed, or the reason of the pause that follows.
    """

    TOPIC = "top_ups.GivenUp"
    purchase_id: UUID
    why: str


class Bought(Event):
    """The purchase is paid."""

    TOPIC = "top_ups.Bought"
    purchase_id: UUID


class CapReached(Event):
    """One more pack would cost more than is allowed in the month; told once in it."""

    TOPIC = "top_ups.CapReached"
    month: str
    cap_minor: int
    spent_minor: int
    total_minor: int
