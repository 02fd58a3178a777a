"""A domain's records looked up: every resolver asked, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore

from commands import limits
from commands.gateways.dns import Conversation, Lookups
from ledger.dns_advice import advice_on, advice_questions
from ledger.dns_dkim import judge_key
from ledger.dns_judging import judge, questions
from ledger.dns_providers import provider_of
from ledger.dns_records import (
    ANSWERED,
    Advice,
    Answer,
    Answers,
    Finding,
    Question,
    Wanted,
)
from ledger.domain_names import is_at_or_under
from ledger.refusals import TooManyAttempts

Asked = dict[Question, Answer]
TURNS = BoundedSemaphore(limits.DNS_CHECKS_AT_ONCE)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look-up comes to: a finding for each wanted record, in their order.

    `provider` is the company that seems to keep the zone; `zone` its name, where a
    resolver told it.
    """

    findings: list[Finding]
    provider: str | None
    zone: str | None


@contextmanager
def turn(turns: BoundedSemaphore = TURNS) -> Iterator[None]:
    """Let few people's look-ups be under way in a process, whatever servers do.

    Raises TooManyAttempts when none of them ends soon.
    """
    if not turns.acquire(timeout=limits.DNS_CHECK_WAIT_SECONDS_MAX):
        raise TooManyAttempts(round(limits.DNS_LOOKUP_SECONDS_MAX))
    try:
        yield
    finally:
        turns.release()


def look_up(lookups: Lookups, wanted: Sequence[Wanted]) -> Looked:
    """Ask all resolvers for the wanted records, and say how each stands."""
    answers = _answers(lookups, lambda known: questions(wanted, known))
    return Looked(
        findings=[judge(one, answers) for one in wanted],
        provider=_provider(wanted, answers),
        zone=_zone(wanted, answers),
    )


def look_for_key(lookups: Lookups, host: str, public_key: str) -> Finding:
    """Ask all resolvers for a key of ours; the finding's kind is `key`."""
    question = Question(host, "TXT")
    return judge_key(host, public_key, _answers(lookups, lambda known: [question]))


def advise(lookups: Lookups, name: str) -> list[Advice]:
    """Return what the owner of a name should know of his SPF and DMARC records.

    One resolver is asked: nothing depends on it.
    """
    for conversation in lookups.begin()[:1]:
        return advice_on(name, _talk(conversation, lambda k: advice_questions(name, k)))
    return []


def _answers(
    lookups: Lookups, todo: Callable[[Answers], Iterable[Question]]
) -> list[Asked]:
    """Return what each resolver says, all of them asked at the same time."""
    talks = lookups.begin()
    if not talks:
        return []
    with ThreadPoolExecutor(len(talks), thread_name_prefix="resolver") as pool:
        return list(pool.map(lambda talk: _talk(talk, todo), talks))


def _talk(
    conversation: Conversation, todo: Callable[[Answers], Iterable[Question]]
) -> Asked:
    """Ask what is to be asked until nothing is, or the questions are used up."""
    known: Asked = {}
    for _ in range(limits.DNS_QUESTIONS_MAX):
        question = next((one for one in todo(known) if one not in known), None)
        if question is None:
            break
        known[question] = conversation.ask(question)
    return known


def _provider(wanted: Sequence[Wanted], answers: Sequence[Asked]) -> str | None:
    for known in answers:
        for one in wanted:
            answer = known.get(Question(one.apex, "NS"))
            if answer is not None and answer.status == ANSWERED:
                return provider_of(answer.values)
    return None


def _zone(wanted: Sequence[Wanted], answers: Sequence[Asked]) -> str | None:
    """Return the zone that the records belong into, if an answer named it."""
    for known in answers:
        for one in wanted:
            answer = known.get(Question(one.host, one.type))
            if answer is None or answer.chain or answer.zone is None:
                continue
            # A zone above the registered name only says that there is no such name.
            if is_at_or_under(answer.zone, one.apex):
                return answer.zone
    return None
