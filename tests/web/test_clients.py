"""What a browser says it is, in words that tell devices apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from web.clients import device_of

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"


@pytest.mark.parametrize(
    ("client", "device"),
    [
        (f"{MAC} (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "Safari 18, macOS"),
        (f"{WINDOWS} Gecko/20100101 Firefox/145.0", "Firefox 145, Windows"),
        (f"{WINDOWS} Chrome/130.0 Safari/537.36 Edg/130.0", "Edge 130, Windows"),
        (f"{WINDOWS} Chrome/130.0 Safari/537.36", "Chrome 130, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) CriOS/130.1", "Chrome 130, iPhone"),
        ("python-requests/2.32", "python-requests/2.32"),
        ("Zapier", "Zapier"),
        ("", ""),
        (None, ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_a_client_is_told_by_browser_and_system(
    client: str | None, device: str
) -> None:
    assert device_of(client) == device


@given(some.text(max_size=400))
def test_whatever_a_client_says_is_one_short_line(client: str) -> None:
    found = device_of(client)
    assert len(found) <= 60
    assert "\n" not in found
    assert "<" not in found
