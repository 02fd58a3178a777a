"""The shapes of usage: a period, its key for contacts, and reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

from ledger.contacts import CONTACT_BYTES
from ledger.usage import BATCH_CONTACTS_MAX
from web.api.shapes import (
    Shape,
    asked_campaign,
    identity,
    instant,
    text,
    whole,
)

HEX_DIGITS = 2 * CONTACT_BYTES
YEARS = (2000, 2200)
"""What no clock says is refused before it meets arithmetic."""


class _Contacts(fields.Field[bytes]):
    """A list of contacts, read as a whole: fifty thousand fields would take long."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bytes:
        if not isinstance(value, list) or not 0 < len(value) <= BATCH_CONTACTS_MAX:
            raise ValidationError(f"This is no list of 1 to {BATCH_CONTACTS_MAX}.")
        for number, one in enumerate(value):
            if not isinstance(one, str) or len(one) != HEX_DIGITS:
                message = f"This is no text of {HEX_DIGITS} hexadecimal digits."
                raise ValidationError({str(number): [message]})
        joined = "".join(value)
        try:
            found = bytes.fromhex(joined)
        except ValueError:
            found = b""
        if 2 * len(found) != len(joined):
            raise ValidationError("These are not hexadecimal digits only.")
        return found


class _Instant(fields.AwareDateTime):
    """An instant of a body, in UTC."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        found = super()._deserialize(value, attr, data, **kwargs)
        if not YEARS[0] <= found.year < YEARS[1]:
            raise self.make_error("invalid", input=value, obj_type="datetime")
        return found.astimezone(UTC)


class BatchSchema(Shape):
    """What is told with the contacts of a batch; told again it answers the same."""

    account_id = fields.UUID(
        required=True, metadata={"description": "Whose campaign it is"}
    )
    period_id = fields.UUID(
        required=True,
        metadata={"description": "The period whose key the contacts were made with"},
    )
    campaign_id = asked_campaign("The campaign")
    batch_id = asked_campaign("The batch: its name within the campaign")
    sent_at = _Instant(
        required=True,
        metadata={"description": "When it was sent: within the period, and past"},
    )


class UsageReportSchema(BatchSchema):
    """Whom a batch of a campaign was sent to."""

    contacts = _Contacts(
        required=True,
        metadata={
            "description": "HMAC-SHA-256 of each canonical address under the period's"
            " key, its first 16 bytes as 32 hexadecimal digits",
            "type": "array",
            "items": {"type": "string", "pattern": f"^[0-9A-Fa-f]{{{HEX_DIGITS}}}$"},
            "minItems": 1,
            "maxItems": BATCH_CONTACTS_MAX,
        },
    )


class ReportedSchema(Shape):
    """What was counted."""

    period_id = identity("The period")
    count = whole("Different contacts of the batch")
    added = whole("Those that were new in the period")
    distinct = whole("The period's count with them")
    version = whole("The version of the stream that the command left")
    position = text("Its place in the journal; null: nothing changed", nullable=True)


class UsageSchema(Shape):
    """The period of the plan that is used now, from its streams."""

    period_id = identity("The period")
    period_from = instant("When it began")
    period_until = instant("When it is over; that moment is the next one's")
    tier_contacts = whole("Contacts of the plan's tier")
    contacts = whole("Different contacts sent to")
    settles_at = instant("Until when late reports correct it")
    version = whole("The version of the stream; 1 for one without facts")


class ContactKeySchema(Shape):
    """What turns an address into a contact that tells nobody who it is."""

    period_id = identity("The period it is for")
    period_from = instant("When the period began")
    period_until = instant("When it is over: then there is another key")
    reports_until = instant("Until when reports under this key are taken")
    key = text("32 bytes as 64 hexadecimal digits; not to be stored")


def loaded(shape: Shape, given: Any) -> tuple[dict[str, Any], Any]:
    """Return the fields of what was given, and what is wrong with them, or None."""
    try:
        return shape.load(given), None
    except ValidationError as error:
        return {}, error.messages
