"""Which part of a name somebody registered."""

from __future__ import annotations

import pytest

from ledger.public_suffixes import registrable


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("a.b.example.com", "example.com"),
        ("example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("ann.github.io", "ann.github.io"),
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("a.xn--55qx5d.cn", "a.xn--55qx5d.cn"),
        ("a.example.brandnew", "example.brandnew"),
    ],
)
def test_a_name_has_one_registrable_part_or_none(name: str, part: str | None) -> None:
    assert registrable(name) == part
