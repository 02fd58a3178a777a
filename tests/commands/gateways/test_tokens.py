"""How secrets are drawn, written and told apart."""

from __future__ import annotations

import hashlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.gateways import tokens

ANN = UUID(int=1)


def test_a_token_is_read_as_it_was_written_and_names_its_account() -> None:
    token = tokens.new_token(ANN)
    assert tokens.token_from(token.text) == token
    assert token.text.startswith(f"{ANN}.")
    assert len(token.secret) == 32
    assert token.digest == hashlib.sha256(token.secret).digest()


@given(st.text(max_size=130))
def test_any_other_text_is_no_token(text: str) -> None:
    assert tokens.token_from(text) is None


def test_a_token_has_one_spelling() -> None:
    account = UUID("abcdefab-cdef-4bcd-8fab-cdefabcdefab")
    text = tokens.AccountToken(account, bytes(range(32))).text
    for other in (
        text[:36].upper() + text[36:],
        text + "=",
        text[:-1] + "B",
        text.replace("-", "", 1),
        f"{{{account}}}{text[36:]}",
        " " + text,
        text + "A" * 100,
    ):
        assert tokens.token_from(other) is None


def test_no_two_tokens_are_alike() -> None:
    assert len({tokens.new_token(ANN).secret for _ in range(200)}) == 200
    assert len({tokens.new_key_secret() for _ in range(200)}) == 200


def test_a_keys_secret_has_a_prefix_and_a_checksum_that_notices_a_slip() -> None:
    secret = tokens.new_key_secret()
    assert secret.startswith("dms_")
    assert len(secret) == 53
    assert tokens.is_key_secret(secret)
    slips = [
        secret[:place] + ("A" if secret[place] != "A" else "B") + secret[place + 1 :]
        for place in range(len(secret))
    ]
    assert [slip for slip in slips if tokens.is_key_secret(slip)] == []


@pytest.mark.parametrize("text", ["", "dms_", "dms_" + "\N{BULLET}" * 49, "x" * 53])
def test_other_text_is_no_keys_secret(text: str) -> None:
    assert not tokens.is_key_secret(text)


def test_equal_bytes_are_the_same_and_others_are_not() -> None:
    assert tokens.same(b"one", b"one")
    assert not tokens.same(b"one", b"two")
