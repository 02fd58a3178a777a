"""DMARC records as RFC 9989 reads them: the policy, and the walk up the tree to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger.dns_mistakes import bare
from ledger.dns_records import (
    DIFFERENT,
    DMARC,
    DNS_ERROR,
    FOUND,
    SERVER_FAILURE,
    SEVERAL,
    TIMED_OUT,
    TIMEOUT,
    WAITING,
    Answer,
    Answers,
    Finding,
    Question,
    Wanted,
)

PREFIX = "_dmarc."
VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(;|$)")
URI = re.compile(r"mailto:[^@\s,!]+@([^@\s,!]+)(![0-9]+[kmgt]?)?", re.IGNORECASE)
WALK_MAX = 8
"""Questions of a walk: longer names jump from themselves to their last seven labels."""
STRENGTH = {"none": 0, "quarantine": 1, "reject": 2}
REMOVED = ("pct", "rf", "ri")
"""Tags of RFC 7489 that mean nothing any more."""
TROUBLE = {SERVER_FAILURE: DNS_ERROR, TIMEOUT: TIMED_OUT}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A record that was read. `p` is None where it names no policy that exists.

    `np` and `sp` are what they stand for where they are left out; `psd` is y, n or u.
    """

    text: str
    p: str | None
    sp: str | None
    np: str | None
    psd: str
    is_dkim_strict: bool
    is_spf_strict: bool
    is_testing: bool
    reports_to: tuple[str, ...]
    removed_tags: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether receivers go by it."""
        return None not in (self.p, self.sp, self.np)


def is_record(text: str) -> bool:
    """Tell whether the text is a DMARC record; others at its host are ignored."""
    return VERSION.match(text) is not None


def policy_from(text: str) -> Policy:
    """Return what a record says; what it says wrongly counts as left out.

    A policy that does not exist counts as `none` where reports are asked for, and else
    makes the record count for nothing.
    """
    assert is_record(text)
    tags = _tags(text)
    reports = tuple(_domains(tags.get("rua", "")))
    p, sp, np = _asked_for(tags, bool(reports))
    psd = tags.get("psd", "").lower()
    return Policy(
        text=text,
        p=p,
        sp=sp,
        np=np,
        psd=psd if psd in ("y", "n") else "u",
        is_dkim_strict=tags.get("adkim", "").lower() == "s",
        is_spf_strict=tags.get("aspf", "").lower() == "s",
        is_testing=tags.get("t", "").lower() == "y",
        reports_to=reports,
        removed_tags=tuple(tag for tag in REMOVED if tag in tags),
    )


def walk(name: str) -> list[str]:
    """Return the names that may have a say on `name`: itself, and those above it."""
    labels = name.split(".")
    first = 1 if len(labels) < WALK_MAX else len(labels) - WALK_MAX + 1
    return [name, *(".".join(labels[at:]) for at in range(first, len(labels)))]


def walk_questions(name: str, answers: Answers) -> Iterator[Question]:
    """Yield the next question of a walk, unless it has ended."""
    for domain in walk(name):
        answer = answers.get(question_of(domain))
        if answer is None:
            yield question_of(domain)
            return
        policy = _sole(answer)
        if policy is not None and (domain == name or policy.psd != "u"):
            return


def question_of(domain: str) -> Question:
    """Return what is asked for a domain's own record."""
    return Question(f"{PREFIX}{domain}", "TXT")


def policies(name: str, answers: Answers) -> dict[str, Policy]:
    """Return the records along the walk, by domain; where two are, none counts."""
    found: dict[str, Policy] = {}
    for domain in walk(name):
        answer = answers.get(question_of(domain))
        policy = None if answer is None else _sole(answer)
        if policy is not None:
            found[domain] = policy
            if policy.psd != "u":
                break
    return found


def organizational_domain(name: str, found: Mapping[str, Policy]) -> str:
    """Return the domain that a name belongs to, by the records along its walk."""
    for domain, policy in found.items():
        if policy.psd == "n":
            return domain
        if policy.psd == "y":
            kept = len(domain.split(".")) + 1
            return ".".join(name.split(".")[-kept:])
    return min(found, key=lambda domain: domain.count("."), default=name)


def applied(name: str, found: Mapping[str, Policy]) -> str | None:
    """Return the domain whose record receivers go by for mail from `name`."""
    above = organizational_domain(name, found)
    public = [domain for domain, policy in found.items() if policy.psd == "y"]
    return next((one for one in (name, above, *public) if one in found), None)


def judge_dmarc(wanted: Wanted, answers: Answers) -> Finding:
    """Return how the record stands: any valid one will do, also one further up."""
    name = wanted.host.removeprefix(PREFIX)
    own = answers.get(question_of(name), Answer(status=TIMEOUT))
    if own.status in TROUBLE:
        return _finding(TROUBLE[own.status])
    records = [text for text in own.values if is_record(text)]
    if len(records) > 1:
        return _finding(SEVERAL, records, "two_dmarc")
    if not records and (near := [text for text in own.values if _is_near(text)]):
        return _finding(DIFFERENT, near, "quotes")
    found = policies(name, answers)
    at = applied(name, found)
    if at is None:
        trouble = [
            TROUBLE[answer.status]
            for domain in walk(name)
            if (answer := answers.get(question_of(domain))) is not None
            and answer.status in TROUBLE
        ]
        return _finding(trouble[0] if trouble else WAITING)
    where = None if at == name else f"{PREFIX}{at}"
    if not found[at].counts:
        return _finding(DIFFERENT, [found[at].text], "bad_policy", where)
    return _finding(FOUND, [found[at].text], where=where)


def _finding(
    state: str,
    found: list[str] | None = None,
    mistake: str | None = None,
    where: str | None = None,
) -> Finding:
    return Finding(
        kind=DMARC, state=state, found=found or [], mistake=mistake, where=where
    )


def _sole(answer: Answer) -> Policy | None:
    records = [text for text in answer.values if is_record(text)]
    return policy_from(records[0]) if len(records) == 1 else None


def _is_near(text: str) -> bool:
    """Tell whether only marks and capitals keep the text from being a record."""
    return VERSION.match(bare(text).replace("dmarc1", "DMARC1")) is not None


def _tags(text: str) -> dict[str, str]:
    """Return the tags, of one that is there twice the first."""
    found: dict[str, str] = {}
    for part in text.split(";")[1:]:
        tag, equals, value = part.partition("=")
        if equals:
            found.setdefault(tag.strip(" \t").lower(), value.strip(" \t"))
    return found


def _asked_for(
    tags: dict[str, str], is_reported: bool
) -> tuple[str | None, str | None, str | None]:
    """Return what is asked for at the domain, under it, and where there is nothing."""
    p, sp, np = (_policy(tags.get(tag)) for tag in ("p", "sp", "np"))
    if any(
        value is None and tag in tags
        for tag, value in (("p", p), ("sp", sp), ("np", np))
    ):
        return ("none", "none", "none") if is_reported else (p, sp, np)
    p = p or "none"
    sp = sp or p
    return p, sp, np or sp


def _policy(value: str | None) -> str | None:
    return value.lower() if value is not None and value.lower() in STRENGTH else None


def _domains(value: str) -> Iterator[str]:
    for part in value.split(","):
        if match := URI.fullmatch(part.strip(" \t")):
            yield match[1].lower()
