"""The shapes of tracking domains: a host with its record, and whose a host is."""

from __future__ import annotations

from ledger.domain_names import TYPED_MAX
from web.api.domain_shapes import RecordSchema
from web.api.shapes import (
    Shape,
    asked_text,
    flag,
    identity,
    instant,
    nested,
    text,
    whole,
)


class NewTrackingDomainSchema(Shape):
    """A host as somebody types it, below a verified domain of the account."""

    host = asked_text("The host", TYPED_MAX)


class TrackingDomainSchema(Shape):
    """The host that was chosen, with its record and how it stands."""

    host_id = identity("The host, whenever it is chosen")
    host = text("The host that links are to carry")
    state = text("pending, verified or lost; links carry it while it is verified")
    since = instant("Since when it is in this state")
    record = nested(RecordSchema, "The record to publish, and what was found of it")
    checked_at = instant("When it was looked at last", nullable=True)


class ChosenSchema(TrackingDomainSchema):
    """A tracking domain that was chosen."""

    version = whole("The version of the stream that the command left")
    position = text("Its place in the journal; null: nothing changed", nullable=True)


class ClearedSchema(Shape):
    """Links carry the service's own name."""

    version = whole("The version of the stream that the command left")
    position = text("Its place in the journal; null: nothing changed", nullable=True)


class TrackingHostSchema(Shape):
    """The host for new links."""

    host = text("The account's own while it is verified, else the service's")
    own = flag("Whether it is the account's own")


class AnsweredHostSchema(Shape):
    """Whose links are answered under a host."""

    host = text("The host, in lower case without a final dot")
    account_id = identity("The account")
