"""Usual mistakes, recognised by what is found and where."""

from __future__ import annotations

import pytest

from ledger.dns_judging import judge
from ledger.dns_mistakes import MISTAKES, bare
from ledger.dns_records import Answer, Finding, Question, Wanted
from tests.ledger.dns_samples import (
    BELOW,
    DKIM1,
    LABEL,
    NO_DATA,
    NO_NAME,
    RETURN_PATH,
    TRACKING,
    ZONE,
    Answers,
    own,
    says,
)

CLOUDFLARE = says("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
OTHER = "zyxwvutsrqponmlkjihgfedcba"


def found(wanted: Wanted, answer: Answer, **more: Answer) -> Finding:
    """Judge with answers of one resolver; `more` by type at the same host."""
    answers: Answers = own(wanted, answer)
    for type_, other in more.items():
        host = wanted.apex if type_ == "NS" else wanted.host
        answers[Question(host, type_)] = other
    return judge(wanted, [answers])


@pytest.mark.parametrize(
    ("target", "mistake"),
    [
        (f"dm1.{LABEL}.dkim.{ZONE}.example.com", "zone_in_target"),
        (f'\\"dm1.{LABEL}.dkim.{ZONE}\\"', "quotes"),
        (f"\\226\\128\\156dm1.{LABEL}.dkim.{ZONE}\\226\\128\\157", "quotes"),
        (f"\\032dm1.{LABEL}.dkim.{ZONE}", "quotes"),
        (f"dm1.{OTHER}.dkim.{ZONE}", "old_target"),
        (f"dm2.{OTHER}.dkim.{ZONE}", "old_target"),
        (f"dm2.{LABEL}.dkim.{ZONE}", "swapped"),
        (f"dm1.{LABEL}.dkim", "cut_off"),
        ("dm1", None),
        (f"{LABEL}.bounce.{ZONE}", None),
        ("elsewhere.example.net", None),
    ],
)
def test_a_wrong_target_says_how_it_came_about(
    target: str, mistake: str | None
) -> None:
    finding = found(DKIM1, says(target))
    assert (finding.state, finding.found) == ("different", [target])
    assert finding.mistake == mistake


def test_an_earlier_target_is_recognised_without_a_selector() -> None:
    for wanted, target in (
        (RETURN_PATH, f"{OTHER}.bounce.{ZONE}"),
        (TRACKING, f"{OTHER}.trk.{ZONE}"),
    ):
        assert found(wanted, says(target)).mistake == "old_target"
    assert found(TRACKING, says(f"{OTHER}.bounce.{ZONE}")).mistake is None


def test_a_zone_that_was_appended_to_the_host_is_found() -> None:
    twice = Question(f"{DKIM1.host}.example.com", "CNAME")
    finding = judge(DKIM1, [own(DKIM1, NO_NAME) | {twice: says(DKIM1.value)}])
    assert (finding.state, finding.mistake) == ("different", "zone_twice")
    assert finding.where == "dm1._domainkey.example.com.example.com"
    assert finding.found == [DKIM1.value]


def test_a_record_of_the_domain_above_is_found() -> None:
    (below, *_) = BELOW
    above = Question("dm1._domainkey.example.com", "CNAME")
    finding = judge(below, [own(below, NO_NAME) | {above: says(below.value)}])
    assert (finding.mistake, finding.where) == ("subdomain_left_out", above.host)


def test_another_domains_record_above_is_none_of_ours() -> None:
    (below, *_) = BELOW
    above = Question("dm1._domainkey.example.com", "CNAME")
    answers = own(below, NO_NAME) | {above: says(f"dm1.{OTHER}.dkim.{ZONE}")}
    assert judge(below, [answers]).state == "waiting"


def test_a_text_in_the_place_of_an_alias_is_of_the_wrong_type() -> None:
    finding = found(DKIM1, NO_DATA, TXT=says("v=DKIM1; k=rsa; p=MIIB"))
    assert (finding.state, finding.mistake) == ("different", "wrong_type")
    assert finding.found == ["TXT v=DKIM1; k=rsa; p=MIIB"]


def test_addresses_in_the_place_of_an_alias_are_a_proxy_where_there_is_one() -> None:
    address = says("104.16.0.1")
    proxied = found(TRACKING, NO_DATA, TXT=NO_DATA, A=address, NS=CLOUDFLARE)
    assert (proxied.mistake, proxied.found) == ("proxied", ["A 104.16.0.1"])
    other = found(TRACKING, NO_DATA, A=address, NS=says("ns1.gandi.net"))
    assert other.mistake == "wrong_type"
    assert found(TRACKING, NO_DATA, A=address).mistake == "wrong_type"


@pytest.mark.parametrize("type_", ["TXT", "A", "CNAME"])
def test_what_answers_for_every_name_is_a_wildcard(type_: str) -> None:
    value = says("something")
    for wanted, nobodys in (
        (DKIM1, "dm0._domainkey.example.com"),
        (TRACKING, "dm0.example.com"),
    ):
        answers = own(wanted, NO_DATA) | {Question(wanted.host, type_): value}
        elsewhere = answers | {Question(nobodys, type_): NO_NAME}
        assert judge(wanted, [elsewhere]).mistake in ("wrong_type", None)
        everywhere = answers | {Question(nobodys, type_): value}
        finding = judge(wanted, [everywhere])
        assert (finding.state, finding.mistake) == ("different", "wildcard")


def test_a_domain_that_nobody_registered_is_told_apart() -> None:
    finding = found(DKIM1, NO_NAME, NS=NO_NAME)
    assert (finding.state, finding.mistake) == ("waiting", "no_such_domain")
    assert found(DKIM1, NO_NAME, NS=says("ns1.gandi.net")).mistake is None


def test_marks_around_a_value_are_taken_off() -> None:
    for typed in ('"x"', "“x”", " x ", "«\\194\\160x\\194\\160»", "\\032x", "`x`"):
        assert bare(typed) == "x"


def test_every_mistake_has_its_sentence() -> None:
    assert all(sentence.endswith(".") for sentence in MISTAKES.values())
    assert len(set(MISTAKES.values())) == len(MISTAKES)
