"""What an owner should know of his SPF and DMARC records beside ours."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.dns_dmarc import (
    STRENGTH,
    Policy,
    applied,
    is_record,
    policies,
    walk_questions,
)
from ledger.dns_records import SERVER_FAILURE, TIMEOUT, Advice, Answers, Question
from ledger.dns_spf import LOOKUPS_MAX, Reading, spf_questions
from ledger.public_suffixes import registrable

ADVICE = {
    "spf_two": "There are several SPF records, so receivers go by none.",
    "spf_malformed": "The SPF record holds words that do not exist.",
    "spf_lookups": "Reading the SPF record takes more than the ten questions allowed.",
    "spf_missing": "The SPF record includes names that have none.",
    "spf_expired": "The SPF record includes a name that anybody can register.",
    "spf_loop": "The SPF record includes itself.",
    "spf_anybody": "The SPF record lets anybody send.",
    "spf_ptr": "The SPF record asks for reverse names, which receivers leave out.",
    "dmarc_removed": "The DMARC record holds words that mean nothing any more.",
    "dmarc_testing": "The DMARC record says that it is only a test.",
    "dmarc_weaker": "The DMARC record asks for less under the domain than for it.",
    "dmarc_reports": "DMARC reports go to where nobody said that they are welcome.",
    "dmarc_strict": "Each domain under this one must be added on its own.",
}
"""The codes, each with what the reference says of it."""
REPORTS_MAX = 3
"""Addresses that are looked after; receivers need not heed more than two."""


def advice_questions(name: str, answers: Answers) -> Iterator[Question]:
    """Yield what is still to be asked to give advice on a name."""
    yield from spf_questions(name, answers)
    yield from walk_questions(name, answers)
    yield from (one for one in _welcomes(name, answers) if one not in answers)


def advice_on(name: str, answers: Answers) -> list[Advice]:
    """Return what is worth saying, the worst first."""
    return [*_on_spf(Reading(name, answers)), *_on_dmarc(name, answers)]


def _on_spf(read: Reading) -> Iterator[Advice]:
    if read.expired:
        yield Advice(code="spf_expired", evidence=read.expired)
    if any(term.name == "all" and term.qualifier == "+" for term in read.terms):
        yield Advice(code="spf_anybody", evidence=read.records)
    if len(read.records) > 1:
        yield Advice(code="spf_two", evidence=read.records)
    if read.malformed:
        yield Advice(code="spf_malformed", evidence=read.malformed)
    if read.loops:
        yield Advice(code="spf_loop", evidence=read.loops)
    if gone := [name for name in read.missing if registrable(name) not in read.expired]:
        yield Advice(code="spf_missing", evidence=gone)
    if read.lookups > LOOKUPS_MAX:
        yield Advice(code="spf_lookups", evidence=read.records)
    if any(term.name == "ptr" for term in read.terms):
        yield Advice(code="spf_ptr", evidence=read.records)


def _on_dmarc(name: str, answers: Answers) -> Iterator[Advice]:
    policy = _policy(name, answers)
    if policy is None or policy.p is None:
        return
    if policy.removed_tags:
        yield Advice(code="dmarc_removed", evidence=[*policy.removed_tags])
    if policy.is_testing:
        yield Advice(code="dmarc_testing", evidence=[policy.text])
    below = [one for one in (policy.sp, policy.np) if one is not None]
    if any(STRENGTH[one] < STRENGTH[policy.p] for one in below):
        yield Advice(code="dmarc_weaker", evidence=[policy.text])
    if unwelcome := [
        question.host
        for question in _welcomes(name, answers)
        if not _is_welcome(question, answers)
    ]:
        yield Advice(code="dmarc_reports", evidence=unwelcome)
    if policy.is_dkim_strict:
        yield Advice(code="dmarc_strict", evidence=[policy.text])


def _policy(name: str, answers: Answers) -> Policy | None:
    found = policies(name, answers)
    at = applied(name, found)
    return None if at is None else found[at]


def _welcomes(name: str, answers: Answers) -> list[Question]:
    """Return where somebody must say that he takes reports on another's domain."""
    found = policies(name, answers)
    at = applied(name, found)
    if at is None:
        return []
    return [
        Question(f"{at}._report._dmarc.{there}", "TXT")
        for there in dict.fromkeys(found[at].reports_to)
        if registrable(there) != registrable(at)
    ][:REPORTS_MAX]


def _is_welcome(question: Question, answers: Answers) -> bool:
    answer = answers.get(question)
    if answer is None or answer.status in (SERVER_FAILURE, TIMEOUT):
        return True  # nothing is said that is not known
    return any(map(is_record, answer.values))
