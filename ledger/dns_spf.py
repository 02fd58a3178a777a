"""SPF records as RFC 7208 reads them, for advice: our own mail does not need them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ledger.dns_records import ANSWERED, NO_DATA, NO_NAME, Answers, Question
from ledger.public_suffixes import registrable

VERSION = re.compile(r"v=spf1( |$)", re.IGNORECASE)
TERM = re.compile(
    r"(?P<qualifier>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?P<value>[:/].+)?|(?P<modifier>[a-z][a-z0-9_.-]*)=(?P<told>.*)",
    re.IGNORECASE,
)
NEEDS_VALUE = ("include", "ip4", "ip6", "exists", "redirect")
COUNTED = ("include", "a", "mx", "ptr", "exists", "redirect")
"""Terms that make a receiver ask; more than `LOOKUPS_MAX` of them end in an error."""
LOOKUPS_MAX = 10
DEPTH_MAX = 10


class Term(NamedTuple):
    """One term of a record; of `+include:example.com` the three parts."""

    qualifier: str
    name: str
    value: str


class Reading:
    """A record with all that it includes, as far as answers tell of it."""

    def __init__(self, name: str, answers: Answers) -> None:
        self.records = records(name, answers)
        self.lookups = 0
        self.malformed: list[str] = []
        self.missing: list[str] = []
        self.expired: list[str] = []
        self.loops: list[str] = []
        self.unasked: list[Question] = []
        self.terms = list[Term]()
        self._answers = answers
        self._follow(name, (name,))

    def _follow(self, name: str, path: tuple[str, ...]) -> None:
        texts = self._texts(name)
        if len(texts) != 1:
            if len(path) > 1 and self._is_settled(name):
                self.missing.append(name)
                self._look_for_owner(name)
            return
        for term in self._effective(texts[0], len(path) == 1):
            self.lookups += term.name in COUNTED
            if term.name in ("include", "redirect") and "%" not in term.value:
                self._into(term.value.lower().rstrip("."), path)

    def _into(self, name: str, path: tuple[str, ...]) -> None:
        if name in path:
            self.loops.append(name)
        elif len(path) < DEPTH_MAX and self.lookups <= LOOKUPS_MAX:
            self._follow(name, (*path, name))

    def _effective(self, text: str, is_own: bool) -> list[Term]:
        """Return the terms that count: none after `all`, and beside it no redirect."""
        found: list[Term] = []
        for word in text.split()[1:]:
            term = term_from(word)
            if term is None or (term.name == "redirect" and _redirects(found)):
                self.malformed.append(word)
            else:
                found.append(term)
        kept = _until_all(found)
        if is_own:
            self.terms = kept
        return kept

    def _texts(self, name: str) -> list[str]:
        if Question(name, "TXT") not in self._answers:
            self.unasked.append(Question(name, "TXT"))
        return records(name, self._answers)

    def _is_settled(self, name: str) -> bool:
        answer = self._answers.get(Question(name, "TXT"))
        return answer is not None and answer.status in (ANSWERED, NO_DATA, NO_NAME)

    def _look_for_owner(self, name: str) -> None:
        """Note whether nobody has the name any more: whoever takes it may send."""
        question = Question(registrable(name) or name, "NS")
        answer = self._answers.get(question)
        if self._answers[Question(name, "TXT")].status != NO_NAME:
            return
        if answer is None:
            self.unasked.append(question)
        elif answer.status == NO_NAME:
            self.expired.append(question.host)


def is_record(text: str) -> bool:
    """Tell whether the text is an SPF record."""
    return VERSION.match(text) is not None


def records(name: str, answers: Answers) -> list[str]:
    """Return the SPF records at a name."""
    answer = answers.get(Question(name, "TXT"))
    return [text for text in answer.values if is_record(text)] if answer else []


def term_from(word: str) -> Term | None:
    """Return the term, or None when there is no such."""
    match = TERM.fullmatch(word)
    if match is None:
        return None
    if match["name"]:
        name, value = match["name"].lower(), (match["value"] or "").lstrip(":")
        qualifier = match["qualifier"] or "+"
    else:
        name, value, qualifier = match["modifier"].lower(), match["told"], ""
    if (name in NEEDS_VALUE and not value) or (name == "all" and value):
        return None
    return Term(qualifier, name, value)


def _until_all(terms: list[Term]) -> list[Term]:
    ends = [at for at, term in enumerate(terms) if term.name == "all"]
    if not ends:
        return terms
    return [term for term in terms[: ends[0] + 1] if term.name != "redirect"]


def _redirects(terms: list[Term]) -> bool:
    return any(term.name == "redirect" for term in terms)


def spf_questions(name: str, answers: Answers) -> Iterator[Question]:
    """Yield what is still to be asked to read the record of a name."""
    yield from Reading(name, answers).unasked
