"""Where a value that was found differs from the one that was wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.panel.differing import Run, differing, whole

TARGET = "dm1.abc.dkim.daybook.example"
TEXTS = st.text("ab.-; 1é", max_size=12)


def marked(runs: list[Run]) -> str:
    return "".join(f"[{text}]" if is_marked else text for text, is_marked in runs)


@pytest.mark.parametrize(
    ("wanted", "found", "in_wanted", "in_found"),
    [
        (TARGET, TARGET, TARGET, TARGET),
        (TARGET, TARGET.upper() + ".", TARGET, TARGET.upper() + "."),
        (TARGET, f"{TARGET}.acme.test", TARGET, f"{TARGET}[.acme.test]"),
        (TARGET, "dm1.abd.dkim.daybook.example", "dm1.[abc].dkim.daybook.example",
         "dm1.[abd].dkim.daybook.example"),
        (TARGET, "dm1.abc.dkim", "dm1.abc.dkim[.daybook.example]", "dm1.abc.dkim"),
        (TARGET, f'"{TARGET}"', TARGET, f'["]{TARGET}["]'),
        ("v=DMARC1; p=none", "v=DMARC1; pct=5; p=none", "v=DMARC1; p=none",
         "v=DMARC1; [pct=5; ]p=none"),
        (TARGET, "A 192.0.2.1", TARGET, "[A 192.0.2.1]"),
        (TARGET, "", TARGET, ""),
    ],
)  # fmt: skip
def test_only_what_differs_is_marked(
    wanted: str, found: str, in_wanted: str, in_found: str
) -> None:
    ours, theirs = differing(wanted, found)
    assert (marked(ours), marked(theirs)) == (in_wanted, in_found)


@given(wanted=TEXTS, found=TEXTS)
def test_no_letter_is_lost_and_the_same_is_never_marked(
    wanted: str, found: str
) -> None:
    ours, theirs = differing(wanted, found)
    assert "".join(text for text, _ in ours) == wanted
    assert "".join(text for text, _ in theirs) == found
    assert (wanted != found) or not any(is_marked for _, is_marked in [*ours, *theirs])


def test_what_is_not_compared_is_not_marked() -> None:
    assert whole(TARGET) == [(TARGET, False)]
