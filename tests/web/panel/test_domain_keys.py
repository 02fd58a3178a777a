"""How keys stand, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.conftest import NOON
from tests.web.panel.telling import telling
from web.panel.domain_keys import key_words


@dataclass
class Known:
    state: str
    since: datetime = NOON


def test_each_key_has_a_sentence_with_its_number_and_its_day() -> None:
    with telling():
        found = key_words({"dm2": Known("staged"), "dm1": Known("active")})
    assert found == [
        "Key 1 has signed since 23 Nov 2026.",
        "Key 2 has been published since 23 Nov 2026, and signs when it is its turn.",
    ]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("retiring", "so that mail on its way still passes"),
        ("revoked", "was withdrawn on 23 Nov 2026"),
    ],
)
def test_a_key_that_signs_no_more_says_why_it_is_still_there(
    state: str, words: str
) -> None:
    with telling():
        assert words in key_words({"dm1": Known(state)})[0]


def test_what_was_removed_says_nothing() -> None:
    with telling():
        assert key_words({"dm1": Known("removed")}) == []
