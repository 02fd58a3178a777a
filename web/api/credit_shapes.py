"""The shapes of credits: figures, lots, holds and what commands ask and answer."""

from __future__ import annotations

from ledger.holds import HOLD_TERM, HOLD_TERM_MAX
from web.api.shapes import (
    CREDITS_MAX,
    Shape,
    asked_campaign,
    asked_choice,
    asked_flag,
    asked_whole,
    flag,
    identity,
    instant,
    many,
    nested,
    page_shape,
    text,
    whole,
)

TERM_SECONDS = int(HOLD_TERM.total_seconds())
TERM_SECONDS_MAX = int(HOLD_TERM_MAX.total_seconds())


class CreditsSchema(Shape):
    """Always granted = captured + held + available + coming + expired + frozen
    + refunded + disputed + removed.
    """

    balance = whole("Held and available together: what can still be sent")
    held = whole("Reserved by holds that run")
    available = whole("What can be held now")
    coming = whole("Of lots that are not effective yet")
    granted = whole("All that was ever granted")
    captured = whole("All that was ever sent")
    expired = whole("All that was ever lost to expiry")
    frozen = whole("Set aside while a refund or a dispute is not decided")
    refunded = whole("Taken back, since their money was given back")
    disputed = whole("Taken back, since the bank took their money back")
    removed = whole("Taken away by staff")
    debt = whole("Sent before their money was taken back: the next purchase makes up")
    threshold = whole("Below so many available, a notice is shown", nullable=True)
    open_holds = whole("How many holds run")
    version = whole("The version of the stream")


class RemedySchema(Shape):
    """What would help somebody who may not send."""

    act = text("buy_credits, bigger_tier, pay_renewal or wait")
    page = text("Where in the panel it is done: a path")
    sku = text("The smallest pack or tier that suffices, or the biggest", nullable=True)
    quantity = whole("Its credits or contacts", nullable=True)
    at = instant("Until when to wait", nullable=True)


class AllowanceSchema(Shape):
    """The answer to "may I send to so many?"."""

    kind = text("What a hold is of: credits, or period (the plan Unlimited)")
    allowed = flag("Whether it may be sent")
    needed = whole("Credits, or contacts, for so many recipients")
    available = whole("Credits available now, or contacts of the tier not counted yet")
    short = whole("How many credits lack, or by how many contacts the tier is small")
    reason = text(
        "too_few_credits, tier_used_up, recipients_exceed_tier or renewal_unpaid",
        nullable=True,
    )
    period_id = identity("The period that is used", nullable=True)
    period_until = instant("When it is over", nullable=True)
    tier_contacts = whole("Contacts of the plan's tier", nullable=True)
    counted = whole("Different contacts sent to in the period", nullable=True)
    remedies = many(RemedySchema, "What would help; empty where it is allowed")


class SourceSchema(Shape):
    """Where a lot came from."""

    kind = text("purchase, promotion or adjustment")
    id = text("The purchase, or the staff's reference")


class LotSchema(Shape):
    """A grant of which credits are left."""

    lot_id = identity("The lot")
    quantity = whole("Credits granted")
    left = whole("Credits neither sent nor expired, held ones among them")
    free = whole("Credits of it that can be held, once it is effective")
    net_minor = whole("What the whole lot cost, without tax, in minor units")
    tax_minor = whole("The tax on the whole lot, in minor units")
    currency = text("ISO 4217")
    source = nested(SourceSchema, "Where it came from")
    priority = whole("Lower burns first, then what expires sooner, then what is older")
    granted_at = instant("When it was granted")
    effective_at = instant("From when on it can be held")
    expires_at = instant("When it is lost; null for never", nullable=True)


class LotsSchema(Shape):
    """The lots of an account that have credits left."""

    data = many(LotSchema, "The lots, oldest first")
    version = whole("The version of the stream")


class HoldSchema(Shape):
    """A hold that is not closed."""

    hold_id = identity("The hold")
    kind = text("credits or period")
    campaign_id = text("The campaign it is for")
    open = whole("Credits that may still be captured; of a period: its recipients")
    expires_at = instant("Until when they are reserved")
    ended = flag("Whether that is past: a capture then takes what is available")
    version = whole("The version of the stream")


class NewHoldSchema(Shape):
    """Reserve credits for a campaign: all of them, or none."""

    campaign_id = asked_campaign(
        "The campaign: 1 to 100 characters, no control characters"
    )
    recipients = asked_whole("How many contacts it has", 1, CREDITS_MAX)
    kind = asked_choice(
        "What it is sent under, as the allowance tells", "credits", "period"
    )
    term_seconds = asked_whole(
        "How long the hold lasts", 1, TERM_SECONDS_MAX, TERM_SECONDS
    )


class CaptureSchema(Shape):
    """Spend credits of a hold for what was sent."""

    credits = asked_whole("How many were sent", 1, CREDITS_MAX)
    final = asked_flag("Whether the rest of the hold is released")


class ReleaseSchema(Shape):
    """Nothing more than the hold's address is needed."""


class ExtendSchema(Shape):
    """Let a hold last longer; one that lasts longer anyway stays as it is."""

    term_seconds = asked_whole(
        "How long it lasts from now", 1, TERM_SECONDS_MAX, TERM_SECONDS
    )


class Done(Shape):
    """What every command answers."""

    hold_id = identity("The hold")
    version = whole("The version of the stream that the command left")
    position = text("Its place in the journal; null: nothing changed", nullable=True)


class HeldSchema(Done):
    """What was reserved."""

    kind = text("credits or period")
    campaign_id = text("The campaign it is for")
    recipients = whole("How many contacts it has")
    credits = whole("Credits reserved; none of a period")


class CapturedSchema(Done):
    """What was spent."""

    credits = whole("Credits captured")
    final = flag("Whether the rest was released")


class ReleasedSchema(Done):
    """The hold is closed."""


class ExtendedSchema(Done):
    """The hold lasts longer."""


class LineSchema(Shape):
    """A line of the statement; the balance after it counts held credits too."""

    number = whole("1 is the oldest")
    at = instant("When it happened")
    kind = text(
        "granted, captured, expired, removed, frozen, thawed, withdrawn, restored or"
        " filled"
    )
    change = whole("Credits, negative when they went")
    balance = whole("Credits after this line")
    source = text("What granted them", nullable=True)
    source_id = text("Its id", nullable=True)
    label = text("A note", nullable=True)
    order_number = whole("The order that bought them", nullable=True)
    net_minor = whole("What they cost without tax", nullable=True)
    currency = text("ISO 4217", nullable=True)
    expires_at = instant("When they are lost", nullable=True)
    campaign_id = text("What they were sent for", nullable=True)
    held = whole("On a closed hold's last capture: what it held", nullable=True)
    released = whole("And what it gave back", nullable=True)


StatementSchema = page_shape(LineSchema, "Statement")
