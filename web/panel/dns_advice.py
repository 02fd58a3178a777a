"""What is good to know of a domain's other records, in plain words."""

from __future__ import annotations

from typing import Any

from ledger.dns_records import Advice
from web.words import gettext


def advice_row(advice: Advice) -> dict[str, Any]:
    """Return a sentence, and what it is about as it was found."""
    words = _on_spf() | _on_dmarc()
    return {"words": words[advice.code], "evidence": advice.evidence}


def _on_spf() -> dict[str, str]:
    return {
        "spf_two": gettext(
            "There are several SPF records, so receivers heed none. Make one of them."
        ),
        "spf_malformed": gettext(
            "The SPF record has words that do not exist, so receivers heed none of it."
        ),
        "spf_lookups": gettext(
            "Reading the SPF record takes more than ten look-ups, so that receivers"
            " give up. Take out what does not send for you any more."
        ),
        "spf_missing": gettext(
            "The SPF record includes names that have no SPF record. Take them out."
        ),
        "spf_expired": gettext(
            "The SPF record includes a domain that anybody can register, who may then"
            " send in your name. Take it out today."
        ),
        "spf_loop": gettext("The SPF record includes itself. Take that out."),
        "spf_anybody": gettext(
            "The SPF record lets anybody send in your name: it says “+all”. End it with"
            " “~all”."
        ),
        "spf_ptr": gettext(
            "The SPF record says “ptr”, which many receivers skip. Take it out."
        ),
    }


def _on_dmarc() -> dict[str, str]:
    return {
        "dmarc_removed": gettext(
            "The DMARC record has words that mean nothing any more. They do no harm."
        ),
        "dmarc_testing": gettext(
            "The DMARC record says “t=y”: receivers take its policy for a test."
        ),
        "dmarc_weaker": gettext(
            "The DMARC record asks for less for sub-domains than for the domain itself."
        ),
        "dmarc_reports": gettext(
            "DMARC reports go to a domain that has not said it takes them, so that they"
            " do not arrive."
        ),
        "dmarc_strict": gettext(
            "The DMARC record is strict: each sub-domain that you send with has to be"
            " added here by its own name."
        ),
    }
