"""What an owner is told of his other records."""

from __future__ import annotations

import pytest

from ledger.dns_advice import ADVICE, advice_on, advice_questions
from ledger.dns_records import Question
from tests.ledger.dns_samples import NAME, NO_NAME, TIMEOUT, Answers, says, texts

TEN = " ".join(f"a:h{number}.example.com" for number in range(10))


def codes(answers: Answers) -> list[str]:
    return [one.code for one in advice_on(NAME, answers)]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (f"v=spf1 {TEN} -all", []),
        (f"v=spf1 {TEN} mx -all", ["spf_lookups"]),
        ("v=spf1 +all", ["spf_anybody"]),
        ("v=spf1 all", ["spf_anybody"]),
        ("v=spf1 ?all", []),
        ("v=spf1 ptr ~all", ["spf_ptr"]),
        ("v=spf1 ipv4:192.0.2.1 -all", ["spf_malformed"]),
        (f"v=spf1 include:{NAME} -all", ["spf_loop"]),
        ("v=spf1 include:a.net -all", ["spf_missing"]),
        ("v=spf1 include:s.gone.net -all", ["spf_expired"]),
        ("no record", []),
    ],
)
def test_what_is_wrong_with_a_senders_record_is_said(
    record: str, expected: list[str]
) -> None:
    answers = texts({NAME: [record], "a.net": ["nothing"]})
    answers |= {Question("s.gone.net", "TXT"): NO_NAME}
    answers |= {Question("gone.net", "NS"): NO_NAME}
    assert codes(answers) == expected


def test_two_records_are_as_good_as_none() -> None:
    (advice,) = advice_on(NAME, texts({NAME: ["v=spf1 mx -all", "v=spf1 a -all"]}))
    assert (advice.code, len(advice.evidence)) == ("spf_two", 2)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=none", []),
        ("v=DMARC1; p=none; pct=100", ["dmarc_removed"]),
        ("v=DMARC1; p=reject; t=y", ["dmarc_testing"]),
        ("v=DMARC1; p=reject; sp=none", ["dmarc_weaker"]),
        ("v=DMARC1; p=reject; np=quarantine", ["dmarc_weaker"]),
        ("v=DMARC1; p=none; sp=reject", []),
        ("v=DMARC1; p=reject; adkim=s", ["dmarc_strict"]),
        ("v=DMARC1; p=refuse", []),
        ("v=DMARC1; p=none; rua=mailto:a@example.com,mailto:a@r.example.com", []),
        ("v=DMARC1; p=none; rua=mailto:a@welcome.net", []),
        ("v=DMARC1; p=none; rua=mailto:a@other.net", ["dmarc_reports"]),
        ("v=DMARC1; p=none; rua=mailto:a@slow.net", []),
    ],
)
def test_what_is_odd_about_a_policy_is_said(record: str, expected: list[str]) -> None:
    answers = texts(
        {
            f"_dmarc.{NAME}": [record],
            f"{NAME}._report._dmarc.welcome.net": ["v=DMARC1"],
            f"{NAME}._report._dmarc.other.net": ["unrelated"],
        }
    )
    answers |= {Question(f"{NAME}._report._dmarc.slow.net", "TXT"): TIMEOUT}
    assert codes(answers) == expected


def test_only_what_is_not_known_is_asked_for() -> None:
    asked = [*advice_questions(NAME, {})]
    assert asked == [(NAME, "TXT"), (f"_dmarc.{NAME}", "TXT")]
    known = texts({NAME: ["v=spf1 mx -all"]})
    known |= {asked[1]: says("v=DMARC1; p=none; rua=mailto:a@other.net")}
    more = [*advice_questions(NAME, known)]
    assert more == [(f"{NAME}._report._dmarc.other.net", "TXT")]
    assert [*advice_questions(NAME, known | {more[0]: NO_NAME})] == []


def test_every_advice_has_its_sentence() -> None:
    assert all(sentence.endswith(".") for sentence in ADVICE.values())
    assert len(set(ADVICE.values())) == len(ADVICE)
