"""The shapes of sending domains: records to publish, what was found, identities."""

from __future__ import annotations

from ledger.domain_names import TYPED_MAX
from web.api.shapes import (
    Shape,
    asked_query,
    asked_text,
    flag,
    identity,
    instant,
    many,
    nested,
    text,
    texts,
    whole,
)

LOCAL_MAX = 64
"""Octets of a local part that SMTP takes (RFC 5321 §4.5.3.1.1)."""


class NewDomainSchema(Shape):
    """A domain as somebody types it: a name, an address at it, or a URL."""

    name = asked_text("The domain", TYPED_MAX)


class RecordSchema(Shape):
    """A record to publish, and what was found at its host the last time."""

    kind = text("dkim1, dkim2, return_path or dmarc")
    type = text("CNAME or TXT")
    host = text("Where it stands")
    relative_host = text("The same within the zone, as most providers ask for it")
    value = text("What it says")
    required = flag("Whether the domain is verified only with it")
    state = text(
        "waiting, found, different, several, dns_error or timed_out; null before the"
        " first look",
        nullable=True,
    )
    found = texts("What stands there")
    mistake = text("The usual mistake that it looks like", nullable=True)


class SummarySchema(Shape):
    """A sending domain and how it stands."""

    domain_id = identity("The domain")
    name = text("Its name, in A-labels")
    state = text("pending, verified, degraded or failed")
    since = instant("Since when")
    contested_until = instant(
        "When it is decided whether it goes to another account", nullable=True
    )


class DomainsSchema(Shape):
    """An account's sending domains."""

    data = many(SummarySchema, "The domains, the oldest first")


class DomainSchema(SummarySchema):
    """A sending domain with its records."""

    records = many(RecordSchema, "The records to publish, the required ones first")
    checked_at = instant("When they were looked at last", nullable=True)
    provider = text("The company that seems to keep the zone", nullable=True)


class AddedSchema(DomainSchema):
    """A domain that was added."""

    version = whole("The version of the stream that the command left")
    position = text("Its place in the journal; null: nothing changed", nullable=True)


class RemovedSchema(Shape):
    """A domain that was removed."""

    domain_id = identity("The domain")
    version = whole("The version of the stream that the command left")
    position = text("Its place in the journal; null: nothing changed", nullable=True)


class IdentityQuery(Shape):
    """The From address that somebody would like to send with."""

    domain = asked_query("The domain of the address", TYPED_MAX)
    local_part = asked_query("What stands before the @, kept readable", LOCAL_MAX, "")


class SigningSchema(Shape):
    """What a mail is signed with."""

    domain_id = identity("The domain, as `signatures` asks for it")
    domain = text("`d=` of the signature")
    selector = text("`s=` of the signature")
    return_path = text("Where bounces go, if its record is found", nullable=True)


class IdentitySchema(Shape):
    """Either what signs the mail, or the address that it is sent from instead."""

    domain = text("The domain that was asked for, in A-labels")
    authenticated = flag("Whether mail from it is signed with it")
    signing = nested(SigningSchema, "What signs it", nullable=True)
    from_address = text("The From address to send with instead", nullable=True)
    why = text("unverifiable, unknown, unverified or without_key", nullable=True)
