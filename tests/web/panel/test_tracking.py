"""The tracking domain: set, looked for, lost, cleared."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from commands.tracking_domains import tracking_of
from commands.tracking_looks import look_at_due_hosts, wanted_of
from tests.web.browsing import words_of
from tests.web.panel.publishing import NAME, Publisher
from tests.web.signed_in import Inhabitant

HOST, MINUTE = f"links.{NAME}", timedelta(minutes=1)


@pytest.fixture
def her(ida: Inhabitant) -> Publisher:
    """Somebody whose domain is verified."""
    her = Publisher(ida)
    her.publish("dkim1", "dkim2")
    her.checked()
    return her


def chosen(her: Publisher, typed: str = HOST) -> TestResponse:
    return her.ida.send("/tracking", host=typed)


def published(her: Publisher) -> str:
    """Publish the record of the host that was chosen; return its value."""
    journal, who = her.ida.service.journal, her.ida.account_id
    wanted = wanted_of(tracking_of(journal, who).require_current(), "mail.daybook.test")
    her.names.publish(wanted.host, "CNAME", wanted.value)
    return wanted.value


def looked(her: Publisher, after: timedelta) -> str:
    her.ida.clock.move(after)
    service = her.ida.service
    look_at_due_hosts(service.journal, service.eyes, her.ida.clock())
    if not her.ida.is_in():
        her.ida.sign_in()
    return her.ida.reads("/tracking")


def test_without_a_verified_domain_the_page_says_what_comes_first(
    ida: Inhabitant,
) -> None:
    page = ida.reads("/tracking")
    assert "No verified sending domain yet" in page
    assert "instead of links.localhost" in page


def test_a_host_is_set_published_and_used(her: Publisher) -> None:
    assert f"such as links.{NAME}" in her.ida.reads("/tracking")
    assert chosen(her, f" https://{HOST.upper()}/x ").location == "/tracking"
    page = her.ida.reads("/tracking")
    assert "Until it is found, links lead through links.localhost" in page
    value = published(her)
    assert value in page
    page = looked(her, MINUTE)
    assert f"Links lead through {HOST}" in page
    assert "Checked today at 12:08" in page


def test_a_check_is_answered_at_once_and_limited(her: Publisher) -> None:
    chosen(her)
    published(her)
    assert her.ida.send("/tracking/check", "/tracking").location == "/tracking"
    assert f"Links lead through {HOST}" in her.ida.reads("/tracking")
    answer = her.ida.send("/tracking/check", "/tracking")
    assert answer.status_code == 429
    assert "The next check is possible in 30 seconds." in words_of(answer.text)


def test_a_record_that_vanishes_makes_links_fall_back(her: Publisher) -> None:
    chosen(her)
    published(her)
    looked(her, MINUTE)
    her.names.remove(HOST, "CNAME")
    assert f"Links lead through {HOST}" in looked(her, timedelta(days=1))
    page = looked(her, 6 * MINUTE)
    assert "Links lead through links.localhost for now" in page
    assert "Nothing has this name yet" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (NAME, f"Type a name below it, such as links.{NAME}"),
        ("links.other.com", "not below a sending domain of yours that is verified"),
        (f"bounce.{NAME}", "is used by a record of your sending domain"),
        ("", "Type a domain"),
    ],
)
def test_a_host_that_cannot_be_is_refused_by_its_field(
    her: Publisher, typed: str, words: str
) -> None:
    answer = chosen(her, typed)
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    assert f'value="{typed}"' in answer.text


def test_clearing_brings_the_form_back_and_removing_the_domain_warns(
    her: Publisher,
) -> None:
    chosen(her)
    assert f"instead of {HOST}" in her.ida.reads(f"{her.path}/remove")
    assert her.ida.send("/tracking/clear", "/tracking").location == "/tracking"
    assert "Set a tracking domain" not in her.ida.reads("/tracking")
    assert 'name="host"' in her.ida.browser.get("/tracking").text
    assert HOST not in her.ida.reads(f"{her.path}/remove")
    assert her.ida.send("/tracking/check", "/tracking").location == "/tracking"


def test_a_host_below_a_domain_that_was_removed_is_not_used(her: Publisher) -> None:
    chosen(her)
    published(her)
    looked(her, MINUTE)
    her.ida.send(f"{her.path}/remove", f"{her.path}/remove")
    assert f"The domain above {HOST} is not verified" in her.ida.reads("/tracking")
