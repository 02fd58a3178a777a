"""Cursors and refused fields of the API."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from web.api.shapes import before_of, cursor_of, refused_fields

NUMBERS = st.integers(1, 10**17)


@given(NUMBERS)
def test_a_cursor_leads_back_to_where_it_was_made(number: int) -> None:
    assert before_of("purchases", cursor_of("purchases", number)) == number


@given(NUMBERS)
def test_a_cursor_is_good_for_its_own_list_only(number: int) -> None:
    assert before_of("receipts", cursor_of("purchases", number)) is None


@given(st.from_regex(r"[A-Za-z0-9_-]{0,64}", fullmatch=True))
def test_a_cursor_has_one_spelling(text: str) -> None:
    found = before_of("receipts", text)
    assert found is None or cursor_of("receipts", found) == text


def test_refused_fields_are_named_by_json_pointers() -> None:
    wrong = {"a/b~": ["Wrong."], "c": {0: {"d": ["Late."]}}, "_schema": ["?"]}
    lines = refused_fields({"json": wrong})
    found = [(line["in"], line["pointer"], line["detail"]) for line in lines]
    assert found == [
        ("json", "/a~1b~0", "Wrong."),
        ("json", "/c/0/d", "Late."),
        ("json", "", "?"),
    ]
