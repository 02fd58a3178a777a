"""The usual mistakes with records, by what is found and where.

Each has a code; the sentence beside it is what the reference says of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.dns_providers import is_proxying
from ledger.dns_records import (
    ANSWERED,
    DIFFERENT,
    NO_DATA,
    NO_NAME,
    WAITING,
    Answers,
    Finding,
    Question,
    Wanted,
    relative_to,
)

MISTAKES = {
    "no_such_domain": "Nobody has registered the domain, or its zone is gone.",
    "zone_twice": "The host was typed in full where the zone's name is appended.",
    "zone_in_target": "The zone's name was appended to the target, for lack of a dot.",
    "subdomain_left_out": "The record stands one domain higher than it should.",
    "quotes": "Quotation marks or blanks belong to the value.",
    "proxied": "A proxy stands before the record and hides it: it must be DNS only.",
    "wrong_type": "A record of another type stands there.",
    "old_target": "The target has the right form and another label: an earlier one.",
    "swapped": "The targets of the two selectors were swapped.",
    "cut_off": "The end of the value lacks.",
    "two_dmarc": "Of two DMARC records none counts.",
    "bad_policy": "The DMARC record asks for no policy that exists.",
    "revoked": "The key was withdrawn: its record is empty.",
    "seen_by_one": "One of our resolvers sees another answer than the other.",
}
MARKS = "\"'` \t\\“”‘’«»"
ESCAPED = ("\\226\\128\\156", "\\226\\128\\157", "\\226\\128\\152", "\\226\\128\\153",
           "\\194\\171", "\\194\\187", "\\194\\160")  # fmt: skip
"""Typographic quotation marks and a hard blank, as octets of UTF-8 are told."""
CUT_CHARACTERS_MIN = 8
"""A shorter beginning of a value may be anything."""


def bare(value: str) -> str:
    """Return the value without quotation marks and blanks around it."""
    for mark in ESCAPED:
        value = value.replace(mark, " ")
    return value.replace("\\032", " ").replace('\\"', '"').strip(MARKS)


def of_target(wanted: Wanted, target: str) -> str | None:
    """Return the mistake that leads to another target than the wanted one."""
    if target.startswith(f"{wanted.value}."):
        return "zone_in_target"
    if bare(target) == wanted.value:
        return "quotes"
    if _is_other_label(wanted.value, target):
        return "swapped" if _label(wanted.value) == _label(target) else "old_target"
    if len(target) >= CUT_CHARACTERS_MIN and wanted.value.startswith(target):
        return "cut_off"
    return None


def further_questions(wanted: Wanted, answers: Answers) -> Iterator[Question]:
    """Yield what tells why an alias is not at its host."""
    status = answers[Question(wanted.host, "CNAME")].status
    if status == NO_DATA:  # something else may be there
        yield Question(wanted.host, "TXT")
        yield Question(wanted.host, "A")
    if status in (NO_DATA, NO_NAME):
        for _, host in _elsewhere(wanted):
            yield Question(host, "CNAME")


def of_absence(wanted: Wanted, answers: Answers) -> Finding | None:
    """Return what is found in the place of an alias, or in another place."""
    zone = answers.get(Question(wanted.apex, "NS"))
    if zone is not None and zone.status == NO_NAME:
        return _finding(wanted, WAITING, [], "no_such_domain")
    for code, host in _elsewhere(wanted):
        found = answers.get(Question(host, "CNAME"))
        if found is not None and wanted.value in found.values:
            return _finding(wanted, DIFFERENT, [wanted.value], code, host)
    for type_ in ("TXT", "A"):
        found = answers.get(Question(wanted.host, type_))
        if found is not None and found.status == ANSWERED:
            hides = zone is not None and is_proxying(zone.values)
            code = "proxied" if type_ == "A" and hides else "wrong_type"
            values = [f"{type_} {one}" for one in found.values]
            return _finding(wanted, DIFFERENT, values, code)
    return None


def _elsewhere(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Yield the hosts at which a record is put by mistake."""
    yield "zone_twice", f"{wanted.host}.{wanted.apex}"
    relative = relative_to(wanted.host, wanted.apex)
    kept = 2 if "._domainkey" in wanted.host else 1
    first = ".".join(relative.split(".")[:kept])
    if first != relative:
        yield "subdomain_left_out", f"{first}.{wanted.apex}"


def _is_other_label(value: str, target: str) -> bool:
    """Tell whether the target is one of ours of the same kind: `dm2.x.dkim.zone`."""
    ours, theirs = value.split("."), target.split(".")
    kept = 2 if _is_dkim(ours) else 1
    return len(ours) == len(theirs) and ours[kept:] == theirs[kept:]


def _is_dkim(labels: list[str]) -> bool:
    return labels[2:3] == ["dkim"]


def _label(value: str) -> str:
    labels = value.split(".")
    return labels[1] if _is_dkim(labels) else labels[0]


def _finding(
    wanted: Wanted, state: str, found: list[str], code: str, where: str | None = None
) -> Finding:
    return Finding(
        kind=wanted.kind, state=state, found=found, mistake=code, where=where
    )
