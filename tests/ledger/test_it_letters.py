"""Mails with DNS records to people who have no account: few a day."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ledger.it_letters import LETTERS_MAX, ItLetters
from ledger.refusals import TooManyAttempts
from tests.specification import fact, given
from tests.strategies import NOON

ANN, DOMAIN, LETTER = (UUID(int=n) for n in range(1, 4))
HOUR = timedelta(hours=1)


def sent(count: int) -> ItLetters:
    """So many letters, one an hour from noon on."""
    letters = ItLetters.begin(ANN)
    for number in range(count):
        letters.send(UUID(int=100 + number), DOMAIN, NOON + number * HOUR)
    return letters


def test_a_letter_is_recorded_without_whom_it_went_to() -> None:
    given(sent(0)).when(lambda it: it.send(LETTER, DOMAIN, NOON)).then(
        fact(ItLetters.Sent, letter_id=LETTER, domain_id=DOMAIN, at=NOON)
    )


def test_the_sixth_within_a_day_waits_for_the_first_to_be_a_day_old() -> None:
    now = NOON + 6 * HOUR
    given(sent(LETTERS_MAX)).when(lambda it: it.send(LETTER, DOMAIN, now)).then_refused(
        TooManyAttempts, retry_seconds=18 * 3600
    )
    almost = NOON + 24 * HOUR - timedelta(microseconds=1)
    given(sent(LETTERS_MAX)).when(
        lambda it: it.send(LETTER, DOMAIN, almost)
    ).then_refused(TooManyAttempts, retry_seconds=1)
    day = NOON + 24 * HOUR
    given(sent(LETTERS_MAX)).when(lambda it: it.send(LETTER, DOMAIN, day)).then(
        fact(ItLetters.Sent, letter_id=LETTER, domain_id=DOMAIN, at=day)
    )


def test_what_is_left_comes_back_by_the_hour_and_only_the_latest_are_kept() -> None:
    letters = sent(LETTERS_MAX)
    assert letters.left(NOON + 5 * HOUR) == 0
    assert letters.left(NOON + 26 * HOUR) == 3
    letters.send(LETTER, DOMAIN, NOON + 30 * HOUR)
    assert len(letters.latest) == LETTERS_MAX
    assert letters.left(NOON + 30 * HOUR) == LETTERS_MAX - 1
