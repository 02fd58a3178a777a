"""Stripe's form encoding, read; and what is refused because Stripe would refuse it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.paying import form_of, refusal
from web.stand_in.parameters import (
    DEEPEST,
    Refused,
    checked,
    decode,
    email,
    labels,
    one_of,
    required,
    text,
    url,
    whole,
)

NAMES = st.text("abcdefgh_", min_size=1, max_size=4)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        st.text(st.characters(codec="utf-8"), max_size=5),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=3,
)


def refused_by(act: Callable[[], object]) -> tuple[int, str | None, str | None]:
    with pytest.raises(Refused) as refused:
        act()
    return refusal(refused.value)


@given(TREES)
def test_what_was_encoded_is_decoded_again(tree: dict[str, Any]) -> None:
    pairs = form_of(tree)
    if all(name.count("[") <= DEEPEST for name, _ in pairs):
        assert decode(urlencode(pairs)) == tree


def test_a_list_is_in_the_order_of_its_numbers_not_of_its_arrival() -> None:
    assert decode("a[10]=k&a[2]=c&a[0]=a") == {"a": ["a", "c", "k"]}
    assert decode("a[]=x&a[]=y") == {"a": ["x", "y"]}


@pytest.mark.parametrize(
    ("encoded", "param"),
    [
        ("a=1&a=2", "a"),
        ("a[b]=1&a[b]=2", "a[b]"),
        ("a=1&a[b]=2", "a[b]"),
        ("a[b]=1&a[b][c]=2", "a[b][c]"),
        ("[a]=1", "[a]"),
        ("a]=1", "a]"),
        ("a[b=1", "a[b"),
        ("a[b]c=1", "a[b]c"),
        ("=1", ""),
        ("a" + "[b]" * (DEEPEST + 1) + "=1", "a" + "[b]" * (DEEPEST + 1)),
    ],
    ids=range(10),
)
def test_a_name_that_makes_no_tree_is_refused(encoded: str, param: str) -> None:
    assert refused_by(lambda: decode(encoded)) == (400, None, param)


@pytest.mark.parametrize("encoded", ["a=%ff", "%c3%28=1", "a=%ed%a0%80"])
def test_bytes_that_are_no_text_are_refused(encoded: str) -> None:
    assert refused_by(lambda: decode(encoded)) == (400, None, None)


def test_digits_of_another_script_are_names_and_not_places() -> None:
    assert decode("a[%D9%A1]=x") == {"a": {"١": "x"}}


def test_an_unknown_parameter_is_named_with_its_whole_path() -> None:
    spec = {"lines": [{"price": {"amount": whole}}]}
    given = {"lines": [{"price": {"colour": "red"}}]}
    found = refused_by(lambda: checked(given, spec))
    assert found == (400, "parameter_unknown", "lines[0][price][colour]")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("x", [text]),
        ({"a": "x"}, [text]),
        ("x", {"a": text}),
        (["x"], {"a": text}),
        ({"a": "x"}, text),
        (["x"], whole),
        ("x", labels),
    ],
    ids=range(7),
)
def test_another_shape_than_wanted_is_refused(value: Any, wanted: Any) -> None:
    assert refused_by(lambda: checked({"p": value}, {"p": wanted}))[2] == "p"


@pytest.mark.parametrize("value", [None, "", []], ids=["none", "text", "list"])
def test_an_empty_parameter_is_as_missing_as_none(value: Any) -> None:
    found = refused_by(lambda: required({"a": value}, "a", within="b[0]"))
    assert found == (400, "parameter_missing", "b[0][a]")
    required({"a": 0, "b": "x"}, "a", "b")


@pytest.mark.parametrize(
    "value", ["", "1.0", "+1", "0x1", "1_0", " 1", "1\n", "٣", "9" * 13, "--1"]
)
def test_a_whole_number_has_digits_and_nothing_else(value: str) -> None:
    code = "parameter_invalid_integer"
    assert refused_by(lambda: whole("p", value)) == (400, code, "p")


def test_whole_numbers_may_be_negative_and_have_zeros_before_them() -> None:
    assert [whole("p", value) for value in ("-5", "007", "9" * 12)] == [
        -5,
        7,
        10**12 - 1,
    ]


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "//x.example", "http://", "ftp://x.example", "http://[x"],
)
def test_a_page_to_return_to_is_one_of_the_web(value: str) -> None:
    assert refused_by(lambda: url("p", value)) == (400, "url_invalid", "p")
    fine = "https://x.example/paid?checkout={CHECKOUT_SESSION_ID}"
    assert url("p", fine) == fine


@pytest.mark.parametrize("value", ["ann", "@x", "ann@", "a n@x", "a@b@c", "a@x\n"])
def test_an_address_has_one_sign_and_no_space(value: str) -> None:
    assert refused_by(lambda: email("p", value)) == (400, "email_invalid", "p")
    assert refused_by(lambda: email("p", "a@" + "x" * 799))[1] == "email_invalid"


def test_a_word_that_is_not_offered_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused, match="one of always, never"):
        one_of("always", "never")("p", "Always")


def test_metadata_keeps_to_stripes_limits_and_none_beyond() -> None:
    most = {f"k{n:02}": "v" * 500 for n in range(50)}
    assert labels("m", most) == most
    assert labels("m", "") == {}
    assert labels("m", ["a"]) == {"0": "a"}
    for wrong in (
        {**most, "one_more": "v"},
        {"k" * 41: "v"},
        {"k": "v" * 501},
        {"k": {"inner": "v"}},
        "text",
    ):
        assert refused_by(partial(labels, "m", wrong))[2] == "m"


def test_a_long_value_is_not_sent_back_whole() -> None:
    with pytest.raises(Refused) as refused:
        whole("p", "x" * 100_000)
    assert len(str(refused.value)) < 100
    assert refused_by(lambda: text("p", "x" * 5001))[2] == "p"
