"""What resolvers say, held against what is wanted: one finding for each record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ledger.dns_dmarc import PREFIX, TROUBLE, judge_dmarc, walk_questions
from ledger.dns_mistakes import further_questions, of_absence, of_other_alias
from ledger.dns_records import (
    ANSWERED,
    DIFFERENT,
    DMARC,
    DNS_ERROR,
    FOUND,
    SEVERAL,
    TIMEOUT,
    WAITING,
    Answer,
    Answers,
    Finding,
    Question,
    Wanted,
)

FOUND_MAX = 10
FOUND_CHARACTERS_MAX = 512
"""Of what strangers published, so much is shown and kept."""
TELLING = (SEVERAL, DIFFERENT, WAITING)
"""States in which nothing is found, the most telling first."""


def judge(wanted: Wanted, answers_of_each_resolver: Sequence[Answers]) -> Finding:
    """Return how a record stands, by the word of all resolvers.

    It is found only when all of them found it, and it is missing or wrong only when
    none did: where they differ, or one of them failed, nothing may be concluded.
    """
    each = [_judged(wanted, answers) for answers in answers_of_each_resolver]
    return agreed(wanted.kind, each)


def agreed(kind: str, each: Sequence[Finding]) -> Finding:
    """Return one finding for those of all resolvers, cut to what is kept."""
    finding = _agreed(kind, each)
    found = [one[:FOUND_CHARACTERS_MAX] for one in finding.found[:FOUND_MAX]]
    return replace(finding, found=found)


def questions(wanted: Sequence[Wanted], answers: Answers) -> Iterator[Question]:
    """Yield what else is to be asked, the most needed first; nothing twice."""
    todo = dict.fromkeys(_questions(wanted, answers))
    yield from (question for question in todo if question not in answers)


def _questions(wanted: Sequence[Wanted], answers: Answers) -> Iterator[Question]:
    yield from (Question(one.host, one.type) for one in wanted)
    yield from (Question(one.apex, "NS") for one in wanted)
    required = [one for one in wanted if one.required]
    recommended = [one for one in wanted if not one.required]
    for one in (*required, *reversed(recommended)):  # DMARC before the return path
        if Question(one.host, one.type) not in answers:
            continue
        if one.kind == DMARC:
            yield from walk_questions(one.host.removeprefix(PREFIX), answers)
        else:
            yield from further_questions(one, answers)


def _judged(wanted: Wanted, answers: Answers) -> Finding:
    if wanted.kind == DMARC:
        return judge_dmarc(wanted, answers)
    question = Question(wanted.host, wanted.type)
    answer = answers.get(question, Answer(status=TIMEOUT))
    values = [*answer.values]
    nothing = Finding(kind=wanted.kind, state=WAITING, found=[])
    if answer.status in TROUBLE:
        return replace(nothing, state=TROUBLE[answer.status])
    if answer.status != ANSWERED:
        return of_absence(wanted, answers) or nothing
    if len(values) > 1:
        return replace(nothing, state=SEVERAL, found=values)
    if values == [wanted.value]:
        return replace(nothing, state=FOUND, found=values)
    mistake = of_other_alias(wanted, values[0], answers)
    return replace(nothing, state=DIFFERENT, found=values, mistake=mistake)


def _agreed(kind: str, each: Sequence[Finding]) -> Finding:
    if not each:
        return Finding(kind=kind, state=DNS_ERROR, found=[])
    if failed := [finding for finding in each if finding.is_temporary]:
        return failed[0]
    seen = [finding for finding in each if finding.state == FOUND]
    if len(seen) == len(each):
        return seen[0]
    if seen:
        return replace(seen[0], state=DNS_ERROR, mistake="seen_by_one")
    return min(each, key=lambda finding: TELLING.index(finding.state))
