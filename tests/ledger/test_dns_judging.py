"""How a record stands by the word of all resolvers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.dns_judging import judge, questions
from ledger.dns_records import Answer, Question
from tests.ledger.dns_samples import (
    BELOW,
    DKIM1,
    DKIM2,
    DMARC,
    FAILURE,
    NO_DATA,
    NO_NAME,
    RETURN_PATH,
    TIMEOUT,
    TRACKING,
    Answers,
    own,
    says,
)

GOOD = says(DKIM1.value)
ANSWERS = {
    "found": GOOD,
    "waiting": NO_NAME,
    "different": says("elsewhere.example.net"),
    "several": says(DKIM1.value, "elsewhere.example.net"),
    "dns_error": FAILURE,
    "timed_out": TIMEOUT,
}
BAD = ("waiting", "different", "several")
FAILED = ("dns_error", "timed_out")
states = st.sampled_from(sorted(ANSWERS))


def state_of(*each: Answer) -> str:
    return judge(DKIM1, [own(DKIM1, answer) for answer in each]).state


@pytest.mark.parametrize("state", ANSWERS)
def test_two_that_agree_are_believed(state: str) -> None:
    assert state_of(ANSWERS[state], ANSWERS[state]) == state


def test_no_data_is_as_much_nothing_as_no_name() -> None:
    assert state_of(NO_DATA, NO_NAME) == "waiting"


@given(st.lists(states, min_size=1, max_size=4))
def test_found_is_only_what_everybody_found(told: list[str]) -> None:
    state = state_of(*(ANSWERS[one] for one in told))
    assert (state == "found") == (set(told) == {"found"})


@given(st.lists(states, min_size=1, max_size=4))
def test_one_bad_answer_never_takes_back_what_another_found(told: list[str]) -> None:
    state = state_of(*(ANSWERS[one] for one in told))
    assert (state in BAD) == (set(told) <= set(BAD))


@given(st.lists(states, min_size=1, max_size=4))
def test_one_that_failed_makes_all_wait(told: list[str]) -> None:
    finding = judge(DKIM1, [own(DKIM1, ANSWERS[one]) for one in told])
    if set(told) & set(FAILED):
        assert finding.state in FAILED
    assert finding.is_temporary == (finding.state in FAILED)


def test_where_one_sees_it_and_the_other_does_not_that_is_said() -> None:
    finding = judge(DKIM1, [own(DKIM1, NO_NAME), own(DKIM1, GOOD)])
    assert (finding.state, finding.mistake) == ("dns_error", "seen_by_one")
    assert finding.found == [DKIM1.value]


def test_without_resolvers_nothing_is_known() -> None:
    assert judge(DKIM1, []).is_temporary


def test_a_question_that_was_not_asked_is_no_answer() -> None:
    assert judge(DKIM1, [{}, own(DKIM1, GOOD)]).state == "timed_out"


def test_the_first_hop_is_compared_exactly() -> None:
    for target in (f"x.{DKIM1.value}", f"{DKIM1.value}.attacker.net", DKIM2.value):
        assert state_of(says(target), says(target)) == "different"


def test_what_is_kept_of_a_strangers_words_is_little() -> None:
    many = says(*("x" * 5_000 + str(number) for number in range(50)))
    found = judge(DKIM1, [own(DKIM1, many)]).found
    assert [len(one) for one in found] == [512] * 10


def all_asked(answers: Answers) -> list[Question]:
    wanted = [DKIM1, DKIM2, RETURN_PATH, DMARC]
    return [*questions(wanted, answers)]


def test_first_the_records_are_asked_for_then_the_zones_servers() -> None:
    assert all_asked({}) == [
        ("dm1._domainkey.example.com", "CNAME"),
        ("dm2._domainkey.example.com", "CNAME"),
        ("bounce.example.com", "CNAME"),
        ("_dmarc.example.com", "TXT"),
        ("example.com", "NS"),
    ]


def test_where_all_is_found_nothing_else_is_asked() -> None:
    answers = {
        **{Question(one.host, one.type): says(one.value)
           for one in (DKIM1, DKIM2, RETURN_PATH, DMARC)},
        Question("example.com", "NS"): says("ns1.example.net"),
    }  # fmt: skip
    assert all_asked(answers) == []


@pytest.mark.parametrize("answer", [FAILURE, TIMEOUT])
def test_who_failed_is_not_asked_for_more(answer: Answer) -> None:
    answers = own(DKIM1, answer)
    assert not [host for host, _ in all_asked(answers) if "dm1" in host]


def test_a_missing_record_is_looked_for_where_it_is_put_by_mistake() -> None:
    answers = own(DKIM1, NO_NAME)
    more = [one for one in all_asked(answers) if one not in all_asked({})]
    assert more == [("dm1._domainkey.example.com.example.com", "CNAME")]
    (below, *_) = BELOW
    asked = [*questions([below], own(below, NO_DATA))][1:]
    assert asked == [
        ("dm1._domainkey.news.example.com", "TXT"),
        ("dm1._domainkey.news.example.com", "A"),
        ("dm1._domainkey.news.example.com.example.com", "CNAME"),
        ("dm1._domainkey.example.com", "CNAME"),
    ]


def test_the_required_records_come_first_and_the_return_path_last() -> None:
    wanted = (DKIM1, DKIM2, RETURN_PATH, DMARC)
    answers = {Question(one.host, one.type): NO_NAME for one in wanted}
    answers[Question("example.com", "NS")] = says("ns1.example.net")
    assert [host for host, _ in all_asked(answers)] == [
        "dm1._domainkey.example.com.example.com",
        "dm2._domainkey.example.com.example.com",
        "_dmarc.com",
        "bounce.example.com.example.com",
    ]


def test_what_stands_there_is_looked_for_beside_it_too() -> None:
    text = Question(DKIM1.host, "TXT")
    answers = own(DKIM1, NO_DATA) | {text: says("something")}
    assert [*questions([DKIM1], answers)][1:] == [("dm0._domainkey.example.com", "TXT")]
    alias = own(DKIM1, says("elsewhere.example.net"))
    asked = [*questions([DKIM1], alias)][1:]
    assert asked == [("dm0._domainkey.example.com", "CNAME")]
    assert [*questions([DKIM1], own(DKIM1, says(DKIM2.value)))][1:] == []


def test_a_tracking_host_is_judged_alike() -> None:
    finding = judge(TRACKING, [own(TRACKING, says(TRACKING.value))] * 2)
    assert (finding.kind, finding.state) == ("tracking", "found")
