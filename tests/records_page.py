"""The page of the reference that tells what a check says of a record."""

from __future__ import annotations

from ledger.dns_advice import ADVICE
from ledger.dns_mistakes import MISTAKES
from tests.route_pages import table

STATES = {
    "found": "All resolvers see what is wanted.",
    "waiting": "No resolver sees anything.",
    "different": "Something else stands there, or the record stands elsewhere.",
    "several": "More than one record stands where one must.",
    "dns_error": "A resolver failed, or the resolvers differ: nothing is concluded.",
    "timed_out": "A resolver did not answer in time: nothing is concluded.",
}


def records() -> list[str]:
    """The states, the mistakes and the advice, by their codes."""
    lines = ["# Records", "", "What a check says of a domain's records."]
    for title, codes in (
        ("States", STATES),
        ("Mistakes that are recognised", MISTAKES),
        ("Advice on other records", ADVICE),
    ):
        rows = [(f"`{code}`", sentence) for code, sentence in codes.items()]
        lines += ["", f"## {title}", "", *table(("code", "says"), rows)]
    return lines
