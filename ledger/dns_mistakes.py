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
    Answer,
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
    "wildcard": "Another record answers for every name that has none of its own.",
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
OTHERS = ("TXT", "A")
"""What may stand in the place of an alias."""
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
    """Yield what tells why an alias is not at its host, or another one is."""
    own = answers[Question(wanted.host, "CNAME")]
    if own.status == ANSWERED and not _is_told(wanted, own):
        yield Question(_nobodys(wanted), "CNAME")
    if own.status == NO_DATA:  # something else may be there
        for type_ in OTHERS:
            yield Question(wanted.host, type_)
            if _values(answers, wanted.host, type_):
                yield Question(_nobodys(wanted), type_)
                return
    if own.status in (NO_DATA, NO_NAME):
        for _, host in _elsewhere(wanted):
            yield Question(host, "CNAME")


def _is_told(wanted: Wanted, own: Answer) -> bool:
    """Tell whether the targets alone say how they came about."""
    return own.values == (wanted.value,) or any(
        of_target(wanted, target) for target in own.values
    )


def of_other_alias(wanted: Wanted, target: str, answers: Answers) -> str | None:
    """Return the mistake that leads to another target than the wanted one."""
    everywhere = _values(answers, _nobodys(wanted), "CNAME")
    return of_target(wanted, target) or ("wildcard" if target in everywhere else None)


def of_absence(wanted: Wanted, answers: Answers) -> Finding | None:
    """Return what is found in the place of an alias, or in another place."""
    zone = answers.get(Question(wanted.apex, "NS"))
    if zone is not None and zone.status == NO_NAME:
        return _finding(wanted, WAITING, [], "no_such_domain")
    for code, host in _elsewhere(wanted):
        if wanted.value in _values(answers, host, "CNAME"):
            return _finding(wanted, DIFFERENT, [wanted.value], code, host)
    for type_ in OTHERS:
        if values := _values(answers, wanted.host, type_):
            hides = type_ == "A" and zone is not None and is_proxying(zone.values)
            code = "proxied" if hides else "wrong_type"
            if values == _values(answers, _nobodys(wanted), type_):
                code = "wildcard"
            found = [f"{type_} {one}" for one in values]
            return _finding(wanted, DIFFERENT, found, code)
    return None


def _values(answers: Answers, host: str, type_: str) -> tuple[str, ...]:
    answer = answers.get(Question(host, type_))
    return () if answer is None else answer.values


def _nobodys(wanted: Wanted) -> str:
    """Return a host beside the wanted one at which nobody puts anything."""
    return f"dm0.{wanted.host.partition('.')[2]}"


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
