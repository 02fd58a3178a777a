"""The page of e-mail credits, and the threshold of the low-balance notice."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from commands.credits import balance_of
from tests.web.browsing import Browser, customer
from tests.web.service import a_purchase, followed
from web.panel.credits import THRESHOLD_MAX, threshold_of
from web.wiring import Service


@pytest.fixture
def ann(service: Service, app: Flask) -> tuple[Browser, UUID]:
    return customer(service, app)


@pytest.fixture
def browser(ann: tuple[Browser, UUID]) -> Browser:
    return ann[0]


@pytest.mark.parametrize(
    ("typed", "credits"),
    [
        ("", None),
        ("0", 0),
        ("1500", 1500),
        ("1,500", 1500),
        ("1.500", 1500),
        ("1 500", 1500),
        ("1’500", 1500),
        ("12\u202f345\u202f678", 12_345_678),
        ("1\u00a0000\u00a0000", 1_000_000),
        ("0000000007", 7),
        (str(THRESHOLD_MAX), THRESHOLD_MAX),
    ],
    ids=range(11),
)
def test_a_number_is_read_as_people_group_it(typed: str, credits: int | None) -> None:
    assert threshold_of(typed) == credits


@pytest.mark.parametrize(
    "typed",
    [
        "a few",
        "-1",
        "+1",
        "1.5",
        "1,50",
        "1.500,00",
        "1,500.000",
        ",500",
        "1,",
        "1_000",
        "1e3",
        "²",
        "①",
        "٣",
        "1\n500",
        "1\x00",
        str(THRESHOLD_MAX + 1),
        "9" * 5000,
        "1" + ",000" * 2000,
    ],
    ids=range(19),
)
def test_what_is_no_whole_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        threshold_of(typed)


@pytest.mark.parametrize("typed", ["a few", "²", "9" * 5000, "<b>"], ids=range(4))
def test_a_threshold_that_is_no_number_stands_again_beside_its_error(
    browser: Browser, typed: str
) -> None:
    answer = browser.send("/credits/threshold", "/credits", threshold=typed)
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert "Type a whole number of credits" in answer.text
    assert f'value="{typed.replace("<b>", "&lt;b&gt;")}"' in answer.text


def test_a_threshold_is_kept_and_taken_back(browser: Browser, service: Service) -> None:
    for typed, shown in (("1,500", "1500"), ("", ""), ("0", "0")):
        answer = browser.send("/credits/threshold", "/credits", threshold=typed)
        assert (answer.status_code, answer.location[:15]) == (303, "/credits?after=")
        followed(service)
        page = browser.get(answer.location).text
        assert f'id="threshold" name="threshold" type="text" value="{shown}"' in page


def test_the_notice_is_shown_while_fewer_credits_are_available(
    ann: tuple[Browser, UUID], service: Service
) -> None:
    browser, account_id = ann
    a_purchase(service, account_id)
    for threshold, is_low in (("2000", False), ("2001", True)):
        browser.send("/credits/threshold", "/credits", threshold=threshold)
        followed(service)
        words = "Available credits are below the 2,001 you set"
        assert (words in browser.read("/credits")) == is_low
        assert (words in browser.read("/")) == is_low


def test_a_threshold_of_a_stranger_is_not_set(app: Flask) -> None:
    answer = Browser(app).send("/credits/threshold", "/sign-in", threshold="5")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/")


def test_a_form_that_is_sent_again_later_changes_nothing_back(
    ann: tuple[Browser, UUID], service: Service
) -> None:
    browser, account_id = ann
    first = {"command_id": "the-same-form", "threshold": "7"}
    browser.send("/credits/threshold", "/credits", **first)
    browser.send("/credits/threshold", "/credits", threshold="9")
    answer = browser.send("/credits/threshold", "/credits", **first)
    assert answer.status_code == 303
    assert balance_of(service.journal, account_id).threshold == 9
    changed = first | {"threshold": "8"}
    assert browser.send("/credits/threshold", "/credits", **changed).status_code == 409


def test_what_is_recorded_and_not_yet_followed_is_said(browser: Browser) -> None:
    answer = browser.send("/credits/threshold", "/credits", threshold="7")
    assert "Recorded, shown in a moment" in browser.read(answer.location)
