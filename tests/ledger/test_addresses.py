"""Which addresses are taken, and which are the same."""

from __future__ import annotations

import pytest

from ledger.addresses import address_from
from ledger.refusals import UndeliverableAddress


@pytest.mark.parametrize(
    ("typed", "shown", "canonical"),
    [
        (" Ann@Example.COM\n", "Ann@example.com", "ann@example.com"),
        ("a.n+news@b.co", "a.n+news@b.co", "a.n+news@b.co"),
        ("O'Hara@x.org", "O'Hara@x.org", "o'hara@x.org"),
        ("a@bücher.de", "a@xn--bcher-kva.de", "a@xn--bcher-kva.de"),
        ("a@bu\u0308cher.de", "a@xn--bcher-kva.de", "a@xn--bcher-kva.de"),
        ("ann@ｅxample.com", "ann@example.com", "ann@example.com"),
    ],
)
def test_an_address_is_claimed_without_regard_to_case_and_spelling(
    typed: str, shown: str, canonical: str
) -> None:
    assert address_from(typed) == (shown, canonical)


def test_a_look_alike_domain_is_shown_as_what_it_is() -> None:
    assert address_from("ann@ex\u0430mple.com").shown == "ann@xn--exmple-4nf.com"


@pytest.mark.parametrize(
    "typed",
    [
        "", "ann", "@example.com", "ann@", "ann@localhost", "ann@127.0.0.1",
        "ann@ex ample.com", "ann smith@example.com", ".ann@example.com",
        "a..n@example.com", "ann@example..com", "ann@-example.com", "ann@exa_mple.com",
        "ann\n@example.com", "ann@example.com\nBcc: x@y.z", '"ann"@example.com',
        "ann@[192.0.2.1]", "änn@example.com", "ann@example.com,ben@example.com",
        "<ann@example.com>", "a" * 65 + "@example.com", "ann@" + "a" * 64 + ".com",
        "ann@" + "a." * 130 + "com", "a\ud800@example.com", "ann@exa\ud800mple.com",
    ],
)  # fmt: skip
def test_what_no_mail_reaches_is_refused(typed: str) -> None:
    with pytest.raises(UndeliverableAddress):
        address_from(typed)


def test_the_words_of_an_address_are_its_parts_without_the_top_level() -> None:
    words = address_from("ann.smith@mail.example.com").words
    assert words == ["ann.smith", "ann", "smith", "mail", "example"]
