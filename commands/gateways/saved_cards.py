"""What Daybook asks about cards that are charged without their holder.

Amounts are whole minor units, moments are aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from commands.gateways.processor_failures import PaymentRefused, PaymentsUnreachable
from ledger.top_up_terms import SavedCard

__all__ = [
    "CardPage",
    "PaymentRefused",
    "PaymentsUnreachable",
    "SavedCards",
    "SavedCharge",
]


@dataclass(frozen=True, kw_only=True)
class CardPage:
    """How a page where a card is saved stands: `status` is open, complete or expired.

    The card is there once it is complete.
    """

    id: str
    status: str
    card: SavedCard | None


@dataclass(frozen=True, kw_only=True)
class SavedCharge:
    """How a payment by a saved card stands.

    It is ready until it is tried, failed when the last attempt was, waiting while the
    bank is, then paid or closed. `attempt` names the one that failed; `asks_holder`
    says that the bank wants to hear the card's holder.
    """

    id: str
    status: Literal["ready", "failed", "waiting", "paid", "closed"]
    customer: str
    charge: str | None
    amount_minor: int
    currency: str
    card_label: str | None
    paid_at: datetime | None
    attempt: str | None
    code: str | None
    asks_holder: bool


class SavedCards(Protocol):
    """What Daybook asks about saved cards.

    Every method raises PaymentsUnreachable and PaymentRefused.
    """

    def open_card_page(
        self,
        *,
        account_id: UUID,
        customer: str | None,
        customer_email: str,
        success_url: str,
        cancel_url: str,
        locale: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> tuple[str, str, datetime]:
        """Open a page to save a card on: its id, address, and when it closes."""

    def saved_on(self, checkout_id: str) -> CardPage:
        """How such a page stands."""

    def forget_card(self, payment_method_id: str) -> None:
        """Let a card not be charged any more; again changes nothing."""

    def create_charge(
        self,
        *,
        purchase_id: UUID,
        account_id: UUID,
        card: SavedCard,
        amount_minor: int,
        currency: str,
        description: str,
        idempotency_key: str,
    ) -> str:
        """Make a payment without trying it yet; its id."""

    def try_charge(self, id: str, card: SavedCard, idempotency_key: str) -> SavedCharge:
        """Charge the card, its holder being away; a refusal of the bank is no fault."""

    def saved_charge(self, id: str) -> SavedCharge:
        """How a payment stands."""

    def close_charge(self, id: str) -> SavedCharge:
        """Let it never be paid, unless it is; tell how it stands."""
