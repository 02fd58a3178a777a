"""The address that replaces one which may not be sent from."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.addresses import address_from
from ledger.from_addresses import LOCAL_MAX, TAG_CHARACTERS, readable, rewritten

TAG = hashlib.sha256(b"ann").digest()


@pytest.mark.parametrize(
    ("local", "kept"),
    [
        ("ann.miller", "ann.miller"),
        ("Ann.Miller", "ann.miller"),
        ("ann+news", "ann-news"),
        ("andré_müller", "andre_muller"),
        ("o'brien", "o-brien"),
        ("..ann..miller..", "ann.miller"),
        ("ann.-.miller", "ann.miller"),
        ('"ann"@evil <x>', "ann-evil-x"),
        ("a\r\nBcc: b", "a-bcc-b"),
        ("ＡＮＮ", "ann"),
        ("安", ""),
        ("", ""),
    ],
)
def test_a_person_is_recognised_by_what_is_kept(local: str, kept: str) -> None:
    assert readable(local) == kept


def test_nobody_has_a_name_of_our_own() -> None:
    for local in ("postmaster", "abuse", "noreply", ""):
        mailbox = rewritten(local, TAG, "daybook.net").partition("@")[0]
        assert len(mailbox.rpartition(".")[2]) == TAG_CHARACTERS
        assert mailbox != local


def test_another_tag_is_another_address() -> None:
    other = hashlib.sha256(b"bob").digest()
    assert rewritten("ann", TAG, "x.net") != rewritten("ann", other, "x.net")


@given(st.text(max_size=2 * LOCAL_MAX))
def test_whatever_it_is_made_of_it_is_an_address_in_our_domain(local: str) -> None:
    address = rewritten(local, TAG, "daybook.net")
    assert address_from(address).shown == address
    assert address.endswith("@daybook.net")
    assert len(address.partition("@")[0]) <= 64
