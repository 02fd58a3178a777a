"""Why the processor did not do it: later perhaps, or never."""

from __future__ import annotations

from commands.gateways.processor_failures import PaymentRefused, PaymentsUnreachable


def test_a_refusal_says_why_in_words_and_for_a_program() -> None:
    refused = PaymentRefused("Your card was declined.", "card_declined", "card")
    told = (refused.message, refused.code, refused.parameter)
    assert told == ("Your card was declined.", "card_declined", "card")
    assert PaymentRefused("No.").code is None


def test_neither_is_taken_for_the_other() -> None:
    assert not issubclass(PaymentRefused, PaymentsUnreachable)
    assert not issubclass(PaymentsUnreachable, PaymentRefused)
