"""Names of hosts, in and out of A-labels."""

from __future__ import annotations

import pytest

from ledger.host_names import NotAHost, host_from, shown


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("Example.COM", "example.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("example.com.", "example.com."),
    ],
)
def test_a_name_is_written_in_a_labels(typed: str, host: str) -> None:
    assert host_from(typed) == host


@pytest.mark.parametrize("typed", ["", "a..b", "a_b.c", "☃.net", "\ud800.com", "-a.b"])
def test_what_is_no_name_is_none(typed: str) -> None:
    with pytest.raises(NotAHost):
        host_from(typed)


def test_a_name_is_shown_as_its_people_write_it() -> None:
    assert shown("xn--bcher-kva.de") == "bücher.de"
    assert shown("dm1._domainkey.example.com") == "dm1._domainkey.example.com"
