"""SPF records: their words, and what a receiver has to ask to read them."""

from __future__ import annotations

import pytest

from ledger.dns_records import Question
from ledger.dns_spf import Reading, Term, is_record, spf_questions, term_from
from tests.ledger.dns_samples import NAME, NO_NAME, TIMEOUT, texts


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("v=spf1 -all", True),
        ("v=spf1", True),
        ("V=SPF1 mx", True),
        ("v=spf10 -all", False),
        ("v=spf1-all", False),
        (" v=spf1 -all", False),
        ("spf2.0/pra", False),
    ],
)
def test_a_record_begins_with_its_version(text: str, is_one: bool) -> None:
    assert is_record(text) == is_one


@pytest.mark.parametrize(
    ("word", "term"),
    [
        ("-all", ("-", "all", "")),
        ("MX", ("+", "mx", "")),
        ("?a/24", ("?", "a", "/24")),
        ("a:example.com/24//64", ("+", "a", "example.com/24//64")),
        ("~include:_spf.example.com", ("~", "include", "_spf.example.com")),
        ("ip6:2001:db8::/32", ("+", "ip6", "2001:db8::/32")),
        ("exists:%{i}.example.com", ("+", "exists", "%{i}.example.com")),
        ("redirect=example.com", ("", "redirect", "example.com")),
        ("exp=", ("", "exp", "")),
        ("x-new=anything", ("", "x-new", "anything")),
    ],
)
def test_a_word_is_read(word: str, term: tuple[str, str, str]) -> None:
    assert term_from(word) == Term(*term)


@pytest.mark.parametrize(
    "word",
    ["include:", "include", "ip4", "all:x", "redirect=", "ipv4:1.2.3.4", "+", "!a"],
)
def test_a_word_that_does_not_exist_is_none(word: str) -> None:
    assert term_from(word) is None


def test_what_is_included_is_asked_for_next() -> None:
    answers = texts({NAME: ["other", "v=spf1 include:A.example.net. redirect=b.net"]})
    assert [*spf_questions(NAME, {})] == [Question(NAME, "TXT")]
    asked = [host for host, _ in spf_questions(NAME, answers)]
    assert asked == ["a.example.net", "b.net"]


def test_words_after_all_are_not_read() -> None:
    answers = texts({NAME: ["v=spf1 mx -all include:a.example.net redirect=b.net"]})
    reading = Reading(NAME, answers)
    assert (reading.lookups, reading.unasked) == (1, [])
    assert [term.name for term in reading.terms] == ["mx", "all"]


def test_a_redirect_is_left_out_beside_all_and_a_second_one_is_a_mistake() -> None:
    beside = Reading(NAME, texts({NAME: ["v=spf1 redirect=b.net -all"]}))
    assert (beside.lookups, beside.unasked) == (0, [])
    second = Reading(NAME, texts({NAME: ["v=spf1 redirect=b.net redirect=c.net"]}))
    assert second.malformed == ["redirect=c.net"]


def test_lookups_are_counted_through_everything_included() -> None:
    answers = texts(
        {
            NAME: ["v=spf1 a mx ip4:192.0.2.1 include:a.net exists:%{i}.x ~all"],
            "a.net": ["v=spf1 ptr include:b.net include:b.net -all"],
            "b.net": ["v=spf1 a:mail.b.net ?all"],
        }
    )
    assert Reading(NAME, answers).lookups == 4 + 3 + 2


def test_names_in_macros_cannot_be_followed() -> None:
    answers = texts({NAME: ["v=spf1 include:%{d}.example.net -all"]})
    reading = Reading(NAME, answers)
    assert (reading.lookups, reading.unasked) == (1, [])


def test_a_loop_ends() -> None:
    answers = texts(
        {NAME: ["v=spf1 include:a.net"], "a.net": [f"v=spf1 include:{NAME}"]}
    )
    assert Reading(NAME, answers).loops == [NAME]


def test_a_fan_of_includes_is_not_followed_past_the_limit() -> None:
    wide = " ".join("include:a.net" for _ in range(500))
    answers = texts({NAME: [f"v=spf1 {wide}"], "a.net": [f"v=spf1 {wide}"]})
    assert Reading(NAME, answers).lookups < 1_100


def test_what_is_included_and_gone_is_missing_or_free_for_anybody() -> None:
    answers = texts({NAME: ["v=spf1 include:s.gone.net include:late.net"]})
    answers |= {Question("s.gone.net", "TXT"): NO_NAME}
    answers |= {Question("late.net", "TXT"): TIMEOUT}
    reading = Reading(NAME, answers)
    assert reading.missing == ["s.gone.net"]
    assert reading.unasked == [Question("gone.net", "NS")]
    answers |= {Question("gone.net", "NS"): NO_NAME}
    assert Reading(NAME, answers).expired == ["gone.net"]
