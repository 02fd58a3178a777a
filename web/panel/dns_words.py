"""What was found of a record, told so that whoever reads it knows what to do."""

from __future__ import annotations

from ledger.dns_providers import CLOUDFLARE
from ledger.dns_records import FOUND, Finding, Wanted, relative_to
from web.words import gettext


def advice(wanted: Wanted, finding: Finding, zone: str) -> str | None:
    """Return what to do about a record; None where there is nothing to do.

    `zone` is where the record belongs into.
    """
    values = {
        "zone": zone,
        "where": finding.where or wanted.host,
        "name": relative_to(wanted.host, zone),
        "type": wanted.type,
    }
    if finding.state != FOUND:
        found = _mistakes(values).get(finding.mistake or "")
        return found or _states(values)[finding.state]
    if finding.where is not None:
        return gettext(
            "The record at %(where)s holds for this domain too. Add none.", **values
        )
    if finding.found == [wanted.value]:
        return None
    return gettext("What you have is fine. Leave it as it is, and add none.")


def _mistakes(values: dict[str, str]) -> dict[str, str]:
    return {
        "no_such_domain": gettext(
            "There is no domain %(zone)s in the DNS: it is not registered, or its name"
            " servers do not know it. Was it typed right?",
            **values,
        ),
        "zone_twice": gettext(
            "The record stands at %(where)s: your DNS panel added “%(zone)s” to the"
            " name once more. Take the short name, %(name)s.",
            **values,
        ),
        "zone_in_target": gettext(
            "Your DNS panel added something to the end of the value. Write the value"
            " with a dot at its end."
        ),
        "subdomain_left_out": gettext(
            "The record stands at %(where)s, which is another domain’s. The short name"
            " is %(name)s.",
            **values,
        ),
        "wrong_type": gettext(
            "A record of another type has this name. Delete it, and publish one of the"
            " type %(type)s.",
            **values,
        ),
        **_wrong_values(),
        **_wrong_policies(),
        **_not_his(),
    }


def _wrong_values() -> dict[str, str]:
    return {
        "quotes": gettext(
            "There are quotation marks or blanks around the value. Take them away."
        ),
        "proxied": gettext(
            "A proxy stands before this record, so that it answers with addresses. Turn"
            " the proxy off for it: “DNS only”."
        ),
        "wildcard": gettext(
            "This is the value for every name that has no record of its own. Leave it"
            " as it is, and publish the record beside it."
        ),
        "old_target": gettext(
            "This value belongs to an earlier entry of the domain. Put the value above"
            " in its place."
        ),
        "swapped": gettext(
            "The values of the two signatures were swapped. Exchange them."
        ),
        "cut_off": gettext(
            "The end of the value is missing. Copy it once more, the whole of it."
        ),
    }


def _wrong_policies() -> dict[str, str]:
    return {
        "two_dmarc": gettext(
            "Of two DMARC records receivers heed none. Keep one and delete the other."
        ),
        "bad_policy": gettext(
            "The record asks for a policy that does not exist. It must be p=none,"
            " p=quarantine or p=reject."
        ),
    }


def _not_his() -> dict[str, str]:
    """What no owner of a domain can mend, nor need to."""
    return {
        "revoked": gettext(
            "Our key behind this name was withdrawn. There is nothing for you to do."
        ),
        "seen_by_one": gettext(
            "Not everybody sees this record yet, as is usual for some hours after a"
            " change. There is nothing for you to do."
        ),
    }


def _states(values: dict[str, str]) -> dict[str, str]:
    return {
        "waiting": gettext(
            "Nothing has this name yet. Publish the record; once you have, it may take"
            " some hours to be seen."
        ),
        "different": gettext("This is another value. Put the one above in its place."),
        "several": gettext(
            "Several records have this name. Keep the one above, and delete the others."
        ),
        "dns_error": gettext(
            "The name servers of %(zone)s answered with an error. Whoever runs them has"
            " to mend that.",
            **values,
        ),
        "timed_out": gettext(
            "The name servers did not answer in time. This is not the same as “not"
            " found”."
        ),
    }


def steps(provider: str | None, zone: str) -> list[str]:
    """Return where to click at whoever runs the DNS, in general terms."""
    values = {"zone": zone, "name": provider or ""}
    first = gettext(
        "Sign in where the DNS of %(zone)s is run: with the company that the domain was"
        " bought from, or the web host.",
        **values,
    )
    if provider is not None:
        first = gettext("Sign in at %(name)s and choose %(zone)s.", **values)
    found = [
        first,
        gettext("Open its list of DNS records: “DNS”, “Zone” or “Records”."),
        gettext(
            "Add each record: choose the type, copy name and value from here, and save."
        ),
    ]
    if provider == CLOUDFLARE:
        found.append(gettext("Set each CNAME record to “DNS only”, without the proxy."))
    return [*found, gettext("Come back and choose “Check now”.")]
