"""Why a name was not taken, in the sentence that stands by the field."""

from __future__ import annotations

from ledger import refusals
from web.words import gettext, ngettext

SECONDS_SHOWN_MAX = 30
"""A domain's own wait; what is longer is the account's."""


def name_words(refusal: refusals.Refusal) -> str:
    """Return what is wrong with a typed name, and what to type instead."""
    if isinstance(refusal, refusals.TooManyDomains):
        return ngettext(
            "An account has %(num)s sending domain at most. Remove one first.",
            "An account has %(num)s sending domains at most. Remove one first.",
            refusal.domains_max,
        )
    words = {
        refusals.DomainMissing: gettext("Type a domain, such as news.example.com."),
        refusals.DomainMalformed: gettext(
            "This is not a domain: between its dots stand letters, digits and hyphens."
        ),
        refusals.DomainIsNumeric: gettext(
            "This is an IP address, which has no records. Type the name of a domain."
        ),
        refusals.DomainWithoutDot: gettext(
            "A domain has at least one dot, such as example.com."
        ),
        refusals.DomainTooLong: gettext(
            "This name is so long that no room is left for the records before it."
        ),
        refusals.DomainIsOurs: gettext(
            "This domain is ours. Type the domain of your own sender address."
        ),
    }
    return words.get(type(refusal)) or _about(refusal)


def too_soon(refusal: refusals.TooManyAttempts) -> str:
    """Return when a check may be asked for again."""
    seconds = refusal.retry_seconds
    if seconds > SECONDS_SHOWN_MAX:
        return ngettext(
            "An account has ten checks an hour. The next is possible in %(num)s"
            " minute.",
            "An account has ten checks an hour. The next is possible in %(num)s"
            " minutes.",
            -(-seconds // 60),
        )
    return ngettext(
        "What was looked up just now is still the same. The next check is possible in"
        " %(num)s second.",
        "What was looked up just now is still the same. The next check is possible in"
        " %(num)s seconds.",
        seconds,
    )


def _about(refusal: refusals.Refusal) -> str:
    """Return a sentence that names the name."""
    if isinstance(refusal, refusals.DomainIsFreeMail):
        return gettext(
            "Mailboxes at %(domain)s are given to everybody, and only their provider"
            " can publish records. Type a domain that is yours alone.",
            domain=refusal.domain,
        )
    if isinstance(refusal, refusals.DomainIsPublicSuffix):
        return gettext(
            "Anybody can register a name below %(domain)s. Type the name that you"
            " registered there.",
            domain=refusal.domain,
        )
    if isinstance(refusal, refusals.DomainIsReserved):
        return gettext(
            "Names that end in .%(ending)s are not found on the internet. Type the"
            " name that your mail really comes from.",
            ending=refusal.ending,
        )
    return _about_host(refusal)


def _about_host(refusal: refusals.Refusal) -> str:
    if isinstance(refusal, refusals.TrackingHostIsDomain):
        return gettext(
            "%(host)s is needed for other things. Type a name below it, such as"
            " links.%(host)s.",
            host=refusal.host,
        )
    if isinstance(refusal, refusals.TrackingHostIsTaken):
        return gettext(
            "%(host)s is used by a record of your sending domain. Type another name.",
            host=refusal.host,
        )
    if isinstance(refusal, refusals.TooManyTrackingHosts):
        return gettext(
            "The account has used as many hosts as it may. Take one of them."
        )
    if isinstance(refusal, refusals.TrackingHostHeld):
        return gettext(
            "%(host)s belongs to another account. Type another name.", host=refusal.host
        )
    assert isinstance(refusal, refusals.TrackingHostElsewhere)
    return gettext(
        "%(host)s is not below a sending domain of yours that is verified.",
        host=refusal.host,
    )
