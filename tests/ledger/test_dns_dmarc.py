"""DMARC records: how they are read, which one applies, and what a domain belongs to."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from ledger.dns_dmarc import (
    applied,
    is_record,
    judge_dmarc,
    organizational_domain,
    policies,
    policy_from,
    question_of,
    walk,
    walk_questions,
)
from ledger.dns_records import Answer, Finding
from tests.ledger.dns_samples import (
    BELOW,
    DMARC,
    FAILURE,
    NO_DATA,
    NO_NAME,
    TIMEOUT,
    Answers,
    says,
)

NONE = "v=DMARC1; p=none"
NEWS = BELOW[-1]


def at(**answers: Answer) -> Answers:
    """Answers for the records of news.example.com, example.com and com."""
    names = {"news": "news.example.com", "apex": "example.com", "top": "com"}
    return {question_of(names[one]): answer for one, answer in answers.items()}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("v=DMARC1", True),
        ("v=DMARC1;", True),
        ("V = DMARC1 ; p=none", True),
        ("v=dmarc1; p=none", False),
        (" v=DMARC1; p=none", False),
        ('"v=DMARC1; p=none"', False),
        ("v=DMARC10; p=none", False),
        ("p=none; v=DMARC1", False),
        ("v=spf1 -all", False),
        ("", False),
    ],
)
def test_a_record_begins_with_its_version(text: str, is_one: bool) -> None:
    assert is_record(text) == is_one


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("v=DMARC1", ("none", "none", "none")),
        ("v=DMARC1;p=Reject", ("reject", "reject", "reject")),
        ("v=DMARC1; sp=none; p=quarantine", ("quarantine", "none", "none")),
        ("v=DMARC1; p=reject; np=none", ("reject", "reject", "none")),
        ("v=DMARC1; p=reject; p=none", ("reject", "reject", "reject")),
        ("v=DMARC1; rua=mailto:a@b.c", ("none", "none", "none")),
        ("v=DMARC1; p=refuse; rua=mailto:a@b.c", ("none", "none", "none")),
        ("v=DMARC1; p=reject; sp=x; rua=mailto:a@b.c", ("none", "none", "none")),
    ],
)
def test_a_policy_is_read_as_receivers_read_it(
    text: str, read: tuple[str, str, str]
) -> None:
    policy = policy_from(text)
    assert (policy.p, policy.sp, policy.np) == read
    assert policy.counts


@pytest.mark.parametrize(
    "text",
    ["v=DMARC1; p=refuse", "v=DMARC1; p=", "v=DMARC1; p=reject; np=all",
     "v=DMARC1; p=refuse; rua=https://example.com"],
)  # fmt: skip
def test_a_policy_that_does_not_exist_counts_for_nothing(text: str) -> None:
    assert not policy_from(text).counts


def test_the_rest_of_a_record_is_read() -> None:
    policy = policy_from(
        "v=DMARC1; p=none; adkim=s; aspf=S; t=y; psd=Y; pct=50; ri=3600; fo=1;"
        " rua=mailto:a@One.example, mailto:b@two.example!10m,ftp://x; unknown=1; x"
    )
    assert asdict(policy) == {
        "text": policy.text,
        "p": "none",
        "sp": "none",
        "np": "none",
        "psd": "y",
        "is_dkim_strict": True,
        "is_spf_strict": True,
        "is_testing": True,
        "reports_to": ("one.example", "two.example"),
        "removed_tags": ("pct", "ri"),
    }


def test_a_walk_asks_eight_times_at_most() -> None:
    assert walk("a.example.com") == ["a.example.com", "example.com", "com"]
    long = "a.b.c.d.e.f.g.h.i.j.example.com"
    assert walk(long)[:3] == [
        long,
        "f.g.h.i.j.example.com",
        "g.h.i.j.example.com",
    ]
    assert len(walk(long)) == len(walk("a.b.c.d.e.f.example.com")) == 8


def test_a_walk_goes_on_until_somebody_has_the_say() -> None:
    asked = [question_of("example.com")]
    assert [*walk_questions("news.example.com", at(news=NO_NAME))] == asked
    assert [*walk_questions("news.example.com", at(news=says(NONE)))] == []
    boundary = at(news=NO_NAME, apex=says(f"{NONE}; psd=n"))
    assert [*walk_questions("news.example.com", boundary)] == []
    above = at(news=NO_NAME, apex=says(NONE))
    assert [*walk_questions("news.example.com", above)] == [question_of("com")]


@pytest.mark.parametrize(
    ("answers", "organization", "applies"),
    [
        ({}, "news.example.com", None),
        ({"news": says(NONE)}, "news.example.com", "news.example.com"),
        ({"news": NO_NAME, "apex": says(NONE)}, "example.com", "example.com"),
        ({"apex": says(NONE), "top": says(f"{NONE}; psd=y")}, "example.com",
         "example.com"),
        ({"top": says(f"{NONE}; psd=y")}, "example.com", "com"),
        ({"top": says(NONE)}, "com", "com"),
        ({"news": says(f"{NONE}; psd=n"), "apex": says(NONE)}, "news.example.com",
         "news.example.com"),
        ({"apex": says(NONE, NONE)}, "news.example.com", None),
    ],
)  # fmt: skip
def test_a_domain_belongs_to_the_one_that_the_walk_names(
    answers: dict[str, Answer], organization: str, applies: str | None
) -> None:
    name = "news.example.com"
    found = policies(name, at(**answers))
    assert organizational_domain(name, found) == organization
    assert applied(name, found) == applies


def test_a_public_suffix_that_is_asked_about_belongs_to_itself() -> None:
    found = {"example.com": policy_from(f"{NONE}; psd=y")}
    assert organizational_domain("example.com", found) == "example.com"


def judged(**answers: Answer) -> Finding:
    return judge_dmarc(NEWS, at(**answers))


@pytest.mark.parametrize(
    "text", [NONE, "v=DMARC1; p=reject; rua=mailto:a@b.c", "v=DMARC1"]
)
def test_any_valid_record_will_do(text: str) -> None:
    finding = judged(news=says("unrelated", text))
    assert (finding.state, finding.found, finding.where) == ("found", [text], None)


def test_a_record_further_up_will_do_and_is_shown_with_its_place() -> None:
    finding = judged(news=NO_DATA, apex=says(NONE), top=NO_NAME)
    assert (finding.state, finding.where) == ("found", "_dmarc.example.com")


@pytest.mark.parametrize(
    ("answer", "state", "mistake"),
    [
        (NO_NAME, "waiting", None),
        (says("unrelated"), "waiting", None),
        (says(NONE, "v=DMARC1; p=reject"), "several", "two_dmarc"),
        (says(f'"{NONE}"'), "different", "quotes"),
        (says(f" {NONE}"), "different", "quotes"),
        (says(f"\\226\\128\\156{NONE}\\226\\128\\157"), "different", "quotes"),
        (says("v=dmarc1; p=none"), "different", "quotes"),
        (says("v=DMARC1; p=refuse"), "different", "bad_policy"),
        (FAILURE, "dns_error", None),
        (TIMEOUT, "timed_out", None),
    ],
)
def test_a_record_that_does_not_count_says_why(
    answer: Answer, state: str, mistake: str | None
) -> None:
    finding = judged(news=answer, apex=NO_NAME, top=NO_NAME)
    assert (finding.state, finding.mistake) == (state, mistake)


def test_a_failure_further_up_is_not_taken_for_nothing() -> None:
    assert judged(news=NO_NAME, apex=TIMEOUT).state == "timed_out"
    assert judged(news=NO_NAME, apex=FAILURE, top=NO_NAME).state == "dns_error"
    assert judged(news=NO_NAME, apex=says(NONE), top=FAILURE).state == "found"


def test_a_domain_that_was_registered_is_judged_by_its_own_record() -> None:
    answers = {question_of("example.com"): says("v=DMARC1; p=none;")}
    assert judge_dmarc(DMARC, answers).found == ["v=DMARC1; p=none;"]
    assert judge_dmarc(DMARC, {}).state == "timed_out"
