"""What a processor that keeps cards is asked, whichever one it is."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError
from typing import Any, get_type_hints

import pytest

from commands.gateways.payments import StripePayments
from commands.gateways.saved_cards import CardPage, SavedCards

QUESTIONS = [name for name in vars(SavedCards) if not name.startswith("_")]


@pytest.mark.parametrize("name", QUESTIONS)
def test_stripe_is_asked_exactly_what_any_processor_is_asked(name: str) -> None:
    ours, theirs = getattr(SavedCards, name), getattr(StripePayments, name)
    assert inspect.signature(ours).parameters.keys() == (
        inspect.signature(theirs).parameters.keys()
    )
    assert get_type_hints(ours) == get_type_hints(theirs)


def test_what_was_said_is_never_changed() -> None:
    made: Any = CardPage(id="cs_1", status="open", card=None)
    with pytest.raises(FrozenInstanceError):
        made.status = "complete"
