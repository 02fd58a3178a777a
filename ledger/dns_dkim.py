"""A key of ours in the DNS: whether receivers would find it and take it (RFC 6376)."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.dns_dmarc import TROUBLE
from ledger.dns_judging import agreed
from ledger.dns_records import (
    ANSWERED,
    DIFFERENT,
    FOUND,
    SEVERAL,
    TIMEOUT,
    WAITING,
    Answer,
    Answers,
    Finding,
    Question,
)

KEY = "key"
DEFAULTS = {"v": "DKIM1", "k": "rsa", "h": "sha256", "s": "*", "p": ""}


def judge_key(
    host: str, public_key: str, answers_of_each_resolver: Sequence[Answers]
) -> Finding:
    """Return how our public key stands at its host, by the word of all resolvers.

    `public_key` is its base64. The kind is `key`.
    """
    question = Question(host, "TXT")
    nobody = Answer(status=TIMEOUT)
    return agreed(
        KEY,
        [
            _judged(public_key, answers.get(question, nobody))
            for answers in answers_of_each_resolver
        ],
    )


def _judged(public_key: str, answer: Answer) -> Finding:
    if answer.status in TROUBLE:
        return Finding(kind=KEY, state=TROUBLE[answer.status], found=[])
    found = [*answer.values]
    if answer.status != ANSWERED:
        return Finding(kind=KEY, state=WAITING, found=[])
    if len(found) > 1:
        return Finding(kind=KEY, state=SEVERAL, found=found)
    tags = DEFAULTS | key_tags(found[0])
    if not tags["p"]:
        return Finding(kind=KEY, state=DIFFERENT, found=found, mistake="revoked")
    state = FOUND if _is_good(tags) and tags["p"] == public_key else DIFFERENT
    return Finding(kind=KEY, state=state, found=found)


def key_tags(text: str) -> dict[str, str]:
    """Return the tags of a key's record, blanks left out."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {
        name.strip(): "".join(value.split())
        for name, equals, value in pairs
        if equals and name.strip()
    }


def _is_good(tags: dict[str, str]) -> bool:
    return (
        tags["v"] == "DKIM1"
        and tags["k"] == "rsa"
        and "sha256" in tags["h"].split(":")
        and bool({"*", "email"} & {*tags["s"].split(":")})
    )
